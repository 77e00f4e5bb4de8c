"""Drives the real window as a user would, and prints the results.

    python tests/integration/drive_window.py LIBRARY FOLDER QUERY SCREENSHOT

The script opens the window on an empty library, drops a folder on it, and waits until the folder is indexed. Then it
drops a picture, waits for the results and their thumbnails, and saves a screenshot. It prints the names of the photos
in the results, best first.
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
from tests.helpers.limits import HANG_TIMEOUT

if TYPE_CHECKING:
    from collections.abc import Callable

    from desktop.photos.grid_view import PhotoGrid


def has_thumbnails(grid: PhotoGrid) -> bool:
    """Return whether the thumbnails of all photos in sight have been loaded."""
    rows = grid.visible_rows()
    pixmaps = [grid.model().index(row, 0).data(Qt.ItemDataRole.DecorationRole) for row in rows]
    return bool(pixmaps) and all(isinstance(pixmap, QPixmap) and not pixmap.isNull() for pixmap in pixmaps)


async def wait_until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(HANG_TIMEOUT):
        while not condition():  # noqa: ASYNC110 - no event announces these conditions
            await asyncio.sleep(0.05)


async def drive(library: Path, folder: Path, query: Path, screenshot: Path) -> list[str]:
    """Index the folder, search for the query, and return the names of the photos found."""
    showing = asyncio.create_task(show(library, lambda: Engine(library, Settings()), None))
    await wait_until(lambda: any(isinstance(widget, MainWindow) for widget in QApplication.topLevelWidgets()))
    (window,) = (widget for widget in QApplication.topLevelWidgets() if isinstance(widget, MainWindow))
    await wait_until(window.shell.actions.add_folder.isEnabled)
    drop(window, files(folder))
    await wait_until(
        lambda: window.shell.progress.text.startswith("Done") and not window.shell.actions.stop.isEnabled()
    )
    drop(window, files(query))
    page = only(window, ResultsPage)
    await wait_until(lambda: has_thumbnails(page.view))
    QGuiApplication.primaryScreen().grabWindow(window.winId()).save(str(screenshot))
    names = [hit.path.name for hit in page.model.hits]
    window.close()
    await showing
    return names


if __name__ == "__main__":
    app = application("1.2.3")
    with asyncio.Runner(loop_factory=lambda: QEventLoop(app)) as runner:
        sys.stdout.write("\n".join(runner.run(drive(*map(Path, sys.argv[1:])))) + "\n")
