"""How long the window is held up while the engine works: the lateness of a timer in the window's event loop.

    python tests/benchmarks/smoothness.py [--photos 10000] [--server URI --token TOKEN]

Opens the real window (under the present display or offscreen) on a new library, indexes photos that are made for it,
then deletes the local index so that all of it is copied from the catalog again, and searches meanwhile. A timer that
is due every 5 ms tells by how much it came late in each part; "idle" is the same window with nothing to do.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import shutil
import sys
import tempfile
import time
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import numpy as np
from PIL import Image
from PySide6.QtWidgets import QApplication
from qasync import QEventLoop

from core.engine import Engine
from core.library.settings import IndexSettings, Settings
from core.reports import Phase
from desktop.app import application, show
from desktop.main_window import MainWindow
from desktop.search import query
from desktop.search.chooser import Chooser
from desktop.search.results_page import ResultsPage
from tests.helpers.desktop.window_driver import only

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

TICK_S = 0.005
IDLE_S = 5.0
LIMIT_MS = 50.0


class Probe:
    """Keeps asking the loop to be called in 5 ms, and notes by how many milliseconds it was late."""

    def __init__(self) -> None:
        self.late: list[float] = []

    async def run(self) -> None:
        while True:
            due = time.perf_counter() + TICK_S
            await asyncio.sleep(TICK_S)
            self.late.append(max(0.0, time.perf_counter() - due) * 1000)

    def take(self) -> list[float]:
        """Return what was noted since this was last called."""
        taken, self.late = self.late, []
        return taken


def make_photos(folder: Path, count: int) -> None:
    """Write small JPEG files, each with colours of its own."""
    folder.mkdir(parents=True)
    random = np.random.default_rng(1)
    for number in range(count):
        patches = random.integers(0, 256, (6, 8, 3), dtype=np.uint8)
        Image.fromarray(patches).resize((320, 240), Image.Resampling.BICUBIC).save(folder / f"{number:06}.jpg")


async def until(condition: Callable[[], bool]) -> None:
    """Wait for something that no signal tells."""
    while not condition():  # noqa: ASYNC110 - looking again and again is what a probe does
        await asyncio.sleep(0.05)


@asynccontextmanager
async def window(library: Path, engine: Engine) -> AsyncIterator[MainWindow]:
    """Yield the real window on a library, open and ready to be used."""
    showing = asyncio.create_task(show(library, lambda: engine, None))
    seen: list[MainWindow] = []

    def is_there() -> bool:
        seen[:] = [one for one in QApplication.topLevelWidgets() if isinstance(one, MainWindow) and not one.isHidden()]
        return bool(seen) and seen[0].shell.actions.add_folder.isEnabled()

    await until(is_there)
    yield seen[0]
    seen[0].close()
    await showing


async def measure(library: Path, photos: Path, settings: Settings, token: str) -> dict[str, list[float]]:
    """Return the milliseconds by which the timer was late, by what was going on."""
    probe, late = Probe(), {}
    probing = asyncio.create_task(probe.run())
    engine = Engine(library, settings, token)
    async with window(library, engine) as one:
        await until(one.shell.actions.add_folder.isEnabled)
        await until(lambda: engine.search_index.state.phase is Phase.READY)
        probe.take()
        await asyncio.sleep(IDLE_S)
        late["idle"] = probe.take()
        only(one, Chooser).folders_chosen.emit((photos,))
        await until(one.shell.actions.stop.isEnabled)
        await until(lambda: not one.shell.actions.stop.isEnabled())
        late["indexing"] = probe.take()
    if not settings.index.uri:
        shutil.rmtree(library / "milvus")
        engine = Engine(library, settings, token)
        async with window(library, engine) as one:
            await until(one.shell.actions.add_folder.isEnabled)
            await until(lambda: engine.search_index.state.phase is Phase.COPYING)
            probe.take()
            while engine.search_index.state.phase is not Phase.READY:
                only(one, Chooser).query_chosen.emit(query.of_file(photos / "000001.jpg"))
                await until(lambda: not only(one, ResultsPage).is_searching)
            late["copying into the index, and searching"] = probe.take()
    probing.cancel()
    return late


def main() -> None:
    """Print a line for each part."""
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
        app = application()
        with asyncio.Runner(loop_factory=lambda: QEventLoop(app)) as runner:
            parts = runner.run(measure(library, photos, Settings(index=IndexSettings(uri=chosen.server)), chosen.token))
    print(f"{chosen.photos} photos; milliseconds late")
    print(f"{'':40}{'p50':>8}{'p99':>8}{'max':>8}  over {LIMIT_MS:.0f} ms")
    for name, values in parts.items():
        p50, p99, worst = np.percentile(values, [50, 99, 100])
        over = sum(value > LIMIT_MS for value in values)
        print(f"{name:40}{p50:8.1f}{p99:8.1f}{worst:8.1f}  {over} of {len(values)}")


if __name__ == "__main__":
    main()
