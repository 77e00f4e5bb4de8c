"""How long a search takes while an indexing run goes on, beside how long it takes when nothing does.

    python tests/benchmarks/busy.py FOLDER [--photos 1500] [--searches 60]

Indexes small copies of the photos of FOLDER into a new library, which is then searched by the first of these photos,
as the window does it, every half second. Then the same searches are made while so many copies of the photos, of full
size, are indexed in the same engine. Only searches count that began and ended while the run read photos whole; where
it comes to its end before, the benchmark fails and asks for more photos.

The table tells the median and the 95th percentile of both, and each in relation to the median of the idle ones; and
how many photos a second the run took before there were searches, and beside them.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from core.types import SearchRequest

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import numpy as np

from core.engine import Engine
from core.library.settings import Settings
from core.reports import Stage
from tests.benchmarks.indexing_photos import copies, photos_in, small_copies

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from core.reports import Progress

LIBRARY = 3000
SMALLEST = 80_000
WARM_UP = 5
SPACING_S = 0.5
ALONE_S = 10.0


class Run:
    """An indexing run that goes on beside other things."""

    def __init__(self, engine: Engine, folder: Path) -> None:
        """Begin it."""
        self._stage, self._done = Stage.SCANNING, 0
        self._task = asyncio.create_task(engine.index([folder], self._note))

    def _note(self, progress: Progress) -> None:
        self._stage, self._done = progress.stage, progress.done

    def goes_on(self) -> bool:
        """Tell whether it is reading photos whole now."""
        return self._stage is Stage.EMBEDDING and not self._task.done()

    async def until_it_goes_on(self) -> None:
        """Wait until it reads photos whole."""
        while not (self.goes_on() and self._done):
            if self._task.done():
                raise SystemExit("The run ended before anything was measured. Give it more --photos.")
            await asyncio.sleep(0.05)

    def rate(self, since: tuple[float, int]) -> float:
        """Return how many photos a second it has taken since a `moment`."""
        now, done = self.moment()
        return (done - since[1]) / (now - since[0])

    def moment(self) -> tuple[float, int]:
        """Return the time, and how many photos are done."""
        return time.monotonic(), self._done

    async def stop(self) -> None:
        """Cancel it."""
        self._task.cancel()
        await self._task


async def latencies(
    engine: Engine, query: Path, count: int, is_counted: Callable[[], bool] = lambda: True
) -> list[float]:
    """Return the milliseconds of searches, one after the other, evenly spaced where they are quick enough.

    Raises:
        SystemExit: One is not counted.
    """
    taken = []
    began = time.monotonic()
    for number in range(count):
        await asyncio.sleep(began + number * SPACING_S - time.monotonic())
        counted, asked = is_counted(), time.perf_counter()
        await engine.search(SearchRequest(query))
        taken.append(1000 * (time.perf_counter() - asked))
        if not (counted and is_counted()):
            raise SystemExit(f"The run ended after {number} searches. Give it more --photos.")
    return taken


async def compare(originals: Sequence[Path], photos: int, searches: int, scratch: Path) -> None:
    """Print the table."""
    small_copies(originals, LIBRARY, scratch / "small", SMALLEST)
    copies(originals, photos, scratch / "large")
    async with Engine(scratch / "library", Settings()) as engine:
        await engine.index([scratch / "small"])
        await latencies(engine, originals[0], WARM_UP)
        idle = await latencies(engine, originals[0], searches)
        run = Run(engine, scratch / "large")
        try:
            await run.until_it_goes_on()
            start = run.moment()
            await asyncio.sleep(ALONE_S)
            alone, start = run.rate(start), run.moment()
            busy = await latencies(engine, originals[0], searches, run.goes_on)
            beside = run.rate(start)
        finally:
            await run.stop()
    middle = float(np.median(idle))
    print(f"{searches} searches of {LIBRARY} photos and more")
    print(f"{'':16}{'p50 ms':>8}{'p95 ms':>8}{'p50/idle p50':>14}{'p95/idle p50':>14}{'photos/s':>10}")
    for name, taken, rate in (("idle", idle, 0.0), ("while indexing", busy, beside)):
        p50, p95 = np.percentile(taken, [50, 95])
        print(f"{name:16}{p50:8.0f}{p95:8.0f}{p50 / middle:14.2f}{p95 / middle:14.2f}{rate:10.1f}")
    print(f"photos/s of the run without searches: {alone:.1f}", flush=True)


def main() -> None:
    """Make the photos and measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--photos", type=int, default=1500)
    parser.add_argument("--searches", type=int, default=60)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as made:
        asyncio.run(compare(photos_in(chosen.folder), chosen.photos, chosen.searches, Path(made)))


if __name__ == "__main__":
    main()
