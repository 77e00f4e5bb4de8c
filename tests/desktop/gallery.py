"""Saves pictures of the window: each page and dialog, light and dark, in several sizes, with the sample photos.

    python tests/desktop/gallery.py FOLDER     # everything
    python tests/desktop/gallery.py --readme   # only the pictures in the README, to resources/screenshots

The window is drawn offscreen, so that it needs no display.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from PySide6.QtCore import QSize, Qt
from PySide6.QtTest import QTest
from qasync import QEventLoop

from core.engine import Engine
from core.library.settings import Settings
from desktop.app import application
from desktop.duplicates.page import DuplicatesPage
from desktop.library.page import LibraryPage
from desktop.photos.actions import PhotoActions
from desktop.preview.overlay import PreviewOverlay
from desktop.problems.page import ProblemsPage
from desktop.search.filter_panel import FilterPanel
from desktop.search.page import SearchPage
from desktop.search.query import of_file
from desktop.search.query_input import QueryInput
from desktop.search.results_page import ResultsPage
from desktop.shell.appearance import Theme
from tests.helpers.benchmarks.real_window import wait_until, window
from tests.helpers.checkout import CHECKOUT
from tests.helpers.desktop.window_driver import only

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from desktop.main_window import MainWindow
    from desktop.photos.grid_view import PhotoGrid

SAMPLES = CHECKOUT / "resources" / "samples"
README_FOLDER = CHECKOUT / "resources" / "screenshots"
README_SIZE = (1366, 768)
README_PICTURES = {
    "search": Theme.LIGHT,
    "library": Theme.DARK,
    "comparison": Theme.LIGHT,
    "preview": Theme.DARK,
}
SHOWN_LARGE = "dahlia.jpg"
QUALITY = 88
SCALE = "QT_SCALE_FACTOR"

SIZES = {1: ((800, 600), README_SIZE), 2: ((1280, 720),)}
"""Widths and heights of the window, for each scale of the screen."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture to take: what it shows, in which colours and which size, and the file to save it in."""

    scene: str
    theme: Theme
    size: tuple[int, int]
    file: Path


async def search(shown: MainWindow) -> None:
    """Show the results of a search."""
    shown.shell.show_page(only(shown, SearchPage))
    only(shown, QueryInput).query_chosen.emit(of_file(SAMPLES / "query.jpg"))
    await wait_until(lambda: only(shown, ResultsPage).is_searching)
    await wait_until(lambda: not only(shown, ResultsPage).is_searching)
    await asyncio.sleep(1)  # for the better order
    await all_thumbnails(only(shown, ResultsPage).view)


async def filters(shown: MainWindow) -> None:
    """Show the results of a search with a filter."""
    await search(shown)
    shape = only(shown, FilterPanel).shape
    shape.setCurrentIndex(1)
    await asyncio.sleep(1)
    await all_thumbnails(only(shown, ResultsPage).view)


async def library(shown: MainWindow) -> None:
    """Show all photos."""
    page = only(shown, LibraryPage)
    shown.shell.show_page(page)
    await wait_until(lambda: bool(page.model.items))
    await all_thumbnails(page.view)


async def duplicates(shown: MainWindow) -> None:
    """Show groups of duplicates."""
    page = only(shown, DuplicatesPage)
    shown.shell.show_page(page)
    if not page.model.groups:
        page.find_first.click()
    await wait_until(lambda: bool(page.model.groups) and not page.stop.isVisible())
    await all_thumbnails(page.view)


async def problems(shown: MainWindow) -> None:
    """Show the photos that could not be read."""
    page = only(shown, ProblemsPage)
    shown.shell.show_page(page)
    await wait_until(lambda: page.model.rowCount() > 0)


async def preview(shown: MainWindow) -> None:
    """Show a photo over the whole window."""
    await library(shown)
    grid = only(shown, LibraryPage).view
    row = next(row for row, item in enumerate(only(shown, LibraryPage).model.items) if item.path.name == SHOWN_LARGE)
    grid.setCurrentIndex(grid.model().index(row, 0))
    only(shown, PhotoActions).preview.trigger()
    await asyncio.sleep(1)


async def comparison(shown: MainWindow) -> None:
    """Show a photo beside the query."""
    await search(shown)
    grid = only(shown, ResultsPage).view
    grid.setCurrentIndex(grid.model().index(1, 0))
    only(shown, PhotoActions).preview.trigger()
    QTest.keyClick(only(shown, PreviewOverlay), Qt.Key.Key_C)
    await asyncio.sleep(1)


SCENES: dict[str, Callable[[MainWindow], Awaitable[None]]] = {
    scene.__name__: scene for scene in (search, filters, library, duplicates, problems, preview, comparison)
}


async def all_thumbnails(grid: PhotoGrid) -> None:
    """Wait until every photo in sight has its thumbnail."""
    model = grid.model()
    role = Qt.ItemDataRole.DecorationRole
    await wait_until(lambda: all(model.index(row, 0).data(role) is not None for row in grid.visible_rows()))


async def take(folder: Path, pictures: Sequence[Picture]) -> None:
    """Index the sample photos and a file that cannot be read, and take the pictures."""
    shutil.copytree(SAMPLES / "photos", folder / "photos")
    (folder / "photos" / "download-of-a-photo.jpg").write_bytes(b"<html>")
    engine = Engine(folder / "library", Settings())
    async with window(folder / "library", engine) as shown:
        only(shown, QueryInput).folders_chosen.emit([folder / "photos"])
        await wait_until(lambda: shown.shell.progress.text.startswith("Done"))
        shown.shell.progress.hide()
        for picture in pictures:
            shown.appearance.choose(picture.theme)
            shown.resize(QSize(*picture.size))
            await SCENES[picture.scene](shown)
            picture.file.parent.mkdir(parents=True, exist_ok=True)
            if not shown.grab().save(str(picture.file), quality=QUALITY):
                sys.exit(f"{picture.file} cannot be written.")
            await leave(shown)


async def leave(shown: MainWindow) -> None:
    """Undo what a scene has left behind."""
    overlay = only(shown, PreviewOverlay)
    while overlay.isVisible():
        QTest.keyClick(overlay, Qt.Key.Key_Escape)
        await asyncio.sleep(0)
    only(shown, FilterPanel).shape.setCurrentIndex(0)


def readme_pictures() -> list[Picture]:
    """Return the pictures in the README."""
    return [
        Picture(scene, theme, README_SIZE, README_FOLDER / f"{scene}.jpg") for scene, theme in README_PICTURES.items()
    ]


def all_pictures(folder: Path, scale: int) -> list[Picture]:
    """Return all pictures for a scale of the screen."""
    return [
        Picture(scene, theme, size, folder / f"{scene}-{theme}-{size[0]}x{size[1]}@{scale}.png")
        for size in SIZES[scale]
        for theme in (Theme.LIGHT, Theme.DARK)
        for scene in SCENES
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, nargs="?")
    parser.add_argument("--readme", action="store_true")
    parser.add_argument("--scale", type=int, choices=SIZES, help="only this scale of the screen")
    chosen = parser.parse_args()
    if not chosen.readme and not chosen.folder:
        parser.error("name a folder, or use --readme")
    if not chosen.readme and os.environ.get(SCALE) != str(chosen.scale):  # it can be set only before Qt starts
        for scale in [chosen.scale] if chosen.scale else SIZES:
            command = [sys.executable, __file__, chosen.folder, "--scale", str(scale)]
            subprocess.run(command, env=os.environ | {SCALE: str(scale)}, check=True)
        return
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    pictures = readme_pictures() if chosen.readme else all_pictures(chosen.folder, chosen.scale)
    app = application("")
    with tempfile.TemporaryDirectory() as folder, asyncio.Runner(loop_factory=lambda: QEventLoop(app)) as runner:
        runner.run(take(Path(folder), pictures))


if __name__ == "__main__":
    main()
