"""Use the real window as a person would, and say what it showed.

    python tests/integration/drive_window.py LIBRARY FOLDER QUERY SCREENSHOT

Opens the window on an empty library, drops a folder on it, waits until it is indexed, drops a picture, waits for the
results and their thumbnails, and saves a picture of the screen. Prints the names of the photos found, best first.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QPixmap
from PySide6.QtWidgets import QApplication
from qasync import QEventLoop

from core.engine import Engine
from core.library.settings import Settings
from desktop.app import application, show
from desktop.main_window import MainWindow
from desktop.search.results_page import ResultsPage
from tests.helpers.desktop.window_driver import drop, files, only
from tests.helpers.limits import HANGING

if TYPE_CHECKING:
    from collections.abc import Callable

    from desktop.photos.grid_model import GridModel

SEEN = 12


def has_thumbnail(model: GridModel, row: int) -> bool:
    """Tell whether the photo of a row can be seen."""
    pixmap = model.index(row, 0).data(Qt.ItemDataRole.DecorationRole)
    return isinstance(pixmap, QPixmap) and not pixmap.isNull()


async def until(condition: Callable[[], bool]) -> None:
    """Wait for something that no signal tells."""
    async with asyncio.timeout(HANGING):
        while not condition():  # noqa: ASYNC110 - a person looks again and again, too
            await asyncio.sleep(0.05)


async def use(library: Path, folder: Path, query: Path, screenshot: Path) -> list[str]:
    """Use the window and return the names of the photos that it found."""
    showing = asyncio.create_task(show(library, lambda: Engine(library, Settings()), None))
    await until(lambda: any(isinstance(widget, MainWindow) for widget in QApplication.topLevelWidgets()))
    (window,) = (widget for widget in QApplication.topLevelWidgets() if isinstance(widget, MainWindow))
    await until(window.shell.actions.add_folder.isEnabled)
    drop(window, files(folder))
    await until(lambda: window.shell.progress.text.startswith("Done") and not window.shell.actions.stop.isEnabled())
    drop(window, files(query))
    model = only(window, ResultsPage).model
    await until(lambda: bool(model.hits))
    await until(lambda: all(has_thumbnail(model, row) for row in range(min(SEEN, len(model.hits)))))
    QGuiApplication.primaryScreen().grabWindow(window.winId()).save(str(screenshot))
    names = [hit.path.name for hit in model.hits]
    window.close()
    await showing
    return names


if __name__ == "__main__":
    app = application()
    with asyncio.Runner(loop_factory=lambda: QEventLoop(app)) as runner:
        sys.stdout.write("\n".join(runner.run(use(*map(Path, sys.argv[1:])))) + "\n")
