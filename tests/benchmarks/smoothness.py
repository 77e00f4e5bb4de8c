"""Measures how long the window is blocked while the engine works: the delays of a timer in the window's event loop.

    python tests/benchmarks/smoothness.py [--photos 10000] [--server URI --token TOKEN]

The benchmark opens the real window on a new library, on the current display or offscreen, and indexes generated photos.
It shows them as 100,000 hits, scrolls through these from end to end, and jumps to and fro. Then it deletes the local
index and searches while the photos are copied from the catalog again. A timer is due every 5 ms, and the table shows
its delays during each phase. In the phase "idle", the window has nothing to do.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import shutil
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import numpy as np
from PIL import Image
from PySide6.QtCore import Qt
from qasync import QEventLoop

from core.engine import Engine
from core.library.settings import IndexSettings, Settings
from core.reports import Phase
from core.types import Hit, Label, Photo
from desktop.app import application
from desktop.search import query
from desktop.search.query_input import QueryInput
from desktop.search.results_page import ResultsPage
from tests.helpers.benchmarks.real_window import wait_until, window
from tests.helpers.desktop.window_driver import only

if TYPE_CHECKING:
    from desktop.main_window import MainWindow

INTERVAL_S = 0.005
IDLE_S = 5.0
HITS = 100_000
SCROLL_STEPS = 600
JUMPS = 20
FRAME_S = 1 / 60
LIMIT_MS = 50.0


class Probe:
    """Sleeps for 5 ms repeatedly, and records by how many milliseconds each wake-up was delayed."""

    def __init__(self) -> None:
        self.delays: list[float] = []

    async def run(self) -> None:
        while True:
            due = time.perf_counter() + INTERVAL_S
            await asyncio.sleep(INTERVAL_S)
            self.delays.append(max(0.0, time.perf_counter() - due) * 1000)

    def take(self) -> list[float]:
        """Return the delays since the last call."""
        taken, self.delays = self.delays, []
        return taken


def make_photos(folder: Path, count: int) -> None:
    """Write small JPEG files with random colours."""
    folder.mkdir(parents=True)
    random = np.random.default_rng(1)
    for number in range(count):
        patches = random.integers(0, 256, (6, 8, 3), dtype=np.uint8)
        Image.fromarray(patches).resize((320, 240), Image.Resampling.BICUBIC).save(folder / f"{number:06}.jpg")


def many_hits(photos: Path) -> list[Hit]:
    """Return hits in which the same photos occur again and again."""
    known = sorted(photos.iterdir())
    return [
        Hit(rank + 1, Photo(known[rank % len(known)], width=320, height=240), 0.5, Label.CLOSE) for rank in range(HITS)
    ]


async def show_hits(main_window: MainWindow, hits: list[Hit]) -> None:
    """Show hits on the page of results."""
    main_window.shell.show_pages()
    only(main_window, ResultsPage).show_hits("photos", hits)
    await asyncio.sleep(1)


async def scroll(main_window: MainWindow) -> None:
    """Scroll from the first to the last line, at 60 steps a second."""
    bar = only(main_window, ResultsPage).view.verticalScrollBar()
    for step in range(SCROLL_STEPS + 1):
        bar.setValue(bar.maximum() * step // SCROLL_STEPS)
        await asyncio.sleep(FRAME_S)


async def jump(main_window: MainWindow) -> list[float]:
    """Return the milliseconds from each jump until all photos in sight have their thumbnails."""
    results = only(main_window, ResultsPage)
    bar, waits = results.view.verticalScrollBar(), []
    for number in range(JUMPS):
        bar.setValue(bar.maximum() * (number * 7 % JUMPS) // JUMPS)
        begun = time.perf_counter()
        await wait_until(lambda: all(_has_thumbnail(results, row) for row in results.view.visible_rows()), 0.002)
        waits.append((time.perf_counter() - begun) * 1000)
        await asyncio.sleep(0.2)
    return waits


def _has_thumbnail(results: ResultsPage, row: int) -> bool:
    return results.model.index(row).data(Qt.ItemDataRole.DecorationRole) is not None


async def measure(library: Path, photos: Path, settings: Settings, token: str) -> dict[str, list[float]]:
    """Return the delays of the timer in milliseconds during each phase."""
    probe, delays = Probe(), {}
    probing = asyncio.create_task(probe.run())
    engine = Engine(library, settings, token)
    async with window(library, engine) as main_window:
        await wait_until(main_window.shell.actions.add_folder.isEnabled)
        await wait_until(lambda: engine.search_index.state.phase is Phase.READY)
        probe.take()
        await asyncio.sleep(IDLE_S)
        delays["idle"] = probe.take()
        only(main_window, QueryInput).folders_chosen.emit((photos,))
        await wait_until(main_window.shell.actions.stop.isEnabled)
        await wait_until(lambda: not main_window.shell.actions.stop.isEnabled())
        delays["indexing"] = probe.take()
        hits = many_hits(photos)
        await asyncio.sleep(2 * INTERVAL_S)  # the probe notes the time that this took
        probe.take()
        await show_hits(main_window, hits)
        delays[f"showing {HITS} hits"] = probe.take()
        await scroll(main_window)
        delays["scrolling"] = probe.take()
        waits = await jump(main_window)
        delays["jumping"] = probe.take()
        print(f"thumbnails in sight after a jump: p50 {np.median(waits):.0f} ms, worst {max(waits):.0f} ms")
    if not settings.index.uri:
        shutil.rmtree(library / "milvus")
        engine = Engine(library, settings, token)
        async with window(library, engine) as main_window:
            await wait_until(main_window.shell.actions.add_folder.isEnabled)
            await wait_until(lambda: engine.search_index.state.phase is Phase.COPYING)
            probe.take()
            while engine.search_index.state.phase is not Phase.READY:
                only(main_window, QueryInput).query_chosen.emit(query.of_file(photos / "000001.jpg"))
                await wait_until(lambda: not only(main_window, ResultsPage).is_searching)
            delays["copying into the index and searching"] = probe.take()
    probing.cancel()
    return delays


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--photos", type=int, default=10_000)
    parser.add_argument("--server", default="")
    parser.add_argument("--token", default="")
    chosen = parser.parse_args()
    if sys.platform == "linux" and not os.environ.keys() & {"DISPLAY", "WAYLAND_DISPLAY"}:
        os.environ["QT_QPA_PLATFORM"] = "offscreen"
    with tempfile.TemporaryDirectory() as folder:
        photos, library = Path(folder, "photos"), Path(folder, "library")
        make_photos(photos, chosen.photos)
        app = application("1.2.3")
        with asyncio.Runner(loop_factory=lambda: QEventLoop(app)) as runner:
            settings = Settings(index=IndexSettings(uri=chosen.server))
            phases = runner.run(measure(library, photos, settings, chosen.token))
    print(f"{chosen.photos} photos; delays in milliseconds")
    print(f"{'':40}{'p50':>8}{'p99':>8}{'max':>8}  over {LIMIT_MS:.0f} ms")
    for name, values in phases.items():
        p50, p99, worst = np.percentile(values, [50, 99, 100])
        over = sum(value > LIMIT_MS for value in values)
        print(f"{name:40}{p50:8.1f}{p99:8.1f}{worst:8.1f}  {over} of {len(values)}")


if __name__ == "__main__":
    main()
