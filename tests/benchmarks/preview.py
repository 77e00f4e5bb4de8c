"""Measures how long a photo takes to appear in the preview, and to become sharp.

    python tests/benchmarks/preview.py FOLDER [--width 1920 --height 1080]

The benchmark opens the real window in this size on a new library, on the current display or offscreen, and shows the
photos in FOLDER as hits. It opens the preview of each of them with Space, and closes it again: once the thumbnail is
drawn, the photo is open, and once the photo is drawn in the size of the window, it is sharp. Then it walks through all
photos with the right arrow, as soon as the next ones are decoded, and measures the same. Times are in milliseconds from
the key press.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import tempfile
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import numpy as np
from PySide6.QtCore import QSize, Qt
from PySide6.QtTest import QTest
from qasync import QEventLoop

from core.engine import Engine
from core.images.decoder import decode
from core.images.reader import read_bytes
from core.library.settings import Settings
from core.types import Hit, Label, Photo
from desktop.app import application
from desktop.preview.overlay import PreviewOverlay
from desktop.search.query_input import QueryInput
from desktop.search.results_page import ResultsPage
from tests.helpers.benchmarks.photo_copies import photos_in
from tests.helpers.benchmarks.real_window import wait_until, window
from tests.helpers.desktop.window_driver import only

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtWidgets import QWidget

    from desktop.photos.grid_model import GridModel

Times: TypeAlias = tuple[float, float]

POLL_S = 0.001
REST_S = 1.0
"""The time to look at a photo, in which the next ones are decoded."""


def hits_of(photos: Sequence[Path]) -> list[Hit]:
    hits = []
    for rank, path in enumerate(photos, 1):
        picture = decode(read_bytes(path), 1)
        hits.append(Hit(rank, Photo(path, width=picture.width, height=picture.height), 0.9, Label.CLOSE))
    return hits


async def press(widget: QWidget, key: Qt.Key, preview: PreviewOverlay) -> Times:
    """Press a key, and return after how many milliseconds a photo is visible and sharp."""
    photo = preview.pictures.photo
    begun = time.perf_counter()
    QTest.keyClick(widget, key)
    await wait_until(lambda: not photo.image.isNull(), POLL_S)
    preview.repaint()
    opened = time.perf_counter() - begun
    await wait_until(lambda: max(photo.image.width(), photo.image.height()) >= photo.side - 1, POLL_S)
    preview.repaint()
    return opened * 1000, (time.perf_counter() - begun) * 1000


async def measure(library: Path, folder: Path, size: QSize) -> dict[str, list[Times]]:
    """Return when each photo was visible and sharp, after opening it and after walking to it."""
    times: dict[str, list[Times]] = {"opened with Space": [], "walked to": []}
    photos = photos_in(folder)
    engine = Engine(library, Settings())
    async with window(library, engine) as main_window:
        main_window.resize(size)
        results, preview = only(main_window, ResultsPage), only(main_window, PreviewOverlay)
        only(main_window, QueryInput).folders_chosen.emit((folder,))
        await wait_until(main_window.shell.actions.stop.isEnabled)
        await wait_until(lambda: not main_window.shell.actions.stop.isEnabled())
        await wait_until(lambda: preview.size() == size)
        main_window.shell.show_pages()
        results.show_hits("photos", hits_of(photos))
        model, view = results.model, results.view
        main_window.activateWindow()
        view.setFocus()
        await wait_until(view.hasFocus)
        for row in range(len(photos)):
            view.setCurrentIndex(model.index(row))
            await wait_until(partial(_has_thumbnail, model, row))
            await asyncio.sleep(REST_S)
            times["opened with Space"].append(await press(view, Qt.Key.Key_Space, preview))
            QTest.keyClick(preview, Qt.Key.Key_Escape)
        view.setCurrentIndex(model.index(0))
        await press(view, Qt.Key.Key_Space, preview)
        for _ in photos[1:]:
            await asyncio.sleep(REST_S)
            times["walked to"].append(await press(preview, Qt.Key.Key_Right, preview))
    return times


def _has_thumbnail(model: GridModel, row: int) -> bool:
    return model.index(row).data(Qt.ItemDataRole.DecorationRole) is not None


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--width", type=int, default=1920)
    parser.add_argument("--height", type=int, default=1080)
    chosen = parser.parse_args()
    if sys.platform == "linux" and not os.environ.keys() & {"DISPLAY", "WAYLAND_DISPLAY"}:
        os.environ["QT_QPA_PLATFORM"] = "offscreen"
    size = QSize(chosen.width, chosen.height)
    app = application("1.2.3")
    with tempfile.TemporaryDirectory() as library, asyncio.Runner(loop_factory=lambda: QEventLoop(app)) as runner:
        times = runner.run(measure(Path(library), chosen.folder, size))
    print(f"{chosen.width} x {chosen.height} pixels; milliseconds after the key press")
    print(f"{'':28}{'p50':>8}{'p90':>8}{'max':>8}")
    for how, values in times.items():
        for name, column in zip(("visible", "sharp"), np.array(values).T, strict=True):
            p50, p90, worst = np.percentile(column, [50, 90, 100])
            print(f"{how + ', ' + name:28}{p50:8.0f}{p90:8.0f}{worst:8.0f}")


if __name__ == "__main__":
    main()
