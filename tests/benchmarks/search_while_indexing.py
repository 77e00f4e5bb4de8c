"""Measures search latency during an indexing run, compared with an idle engine.

    python tests/benchmarks/search_while_indexing.py FOLDER [--photos 1500] [--searches 60]

The benchmark indexes small copies of the photos in FOLDER into a new library. Then it searches for the first photo
every half second, as the window would. It repeats these searches while the same engine indexes full-size copies;
--photos is their number. Only searches that start and end while the run embeds complete photos count. If the run ends
too early, the benchmark fails and asks for more photos.

The table shows the median and the 95th percentile of both latencies, also as ratios to the idle median. It also shows
how many photos per second the run indexed with and without searches.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import numpy as np

from core.engine import Engine
from core.library.settings import Settings
from core.reports import Stage
from core.search_request import SearchRequest
from tests.helpers.benchmarks.photo_copies import photos_in, write_copies, write_small_copies

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from core.reports import Progress

LIBRARY_PHOTOS = 3000
SMALL_PIXELS = 80_000
WARM_UP_SEARCHES = 5
SEARCH_INTERVAL_S = 0.5
INDEXING_ONLY_S = 10.0


class BackgroundRun:
    """An indexing run in the background. The constructor starts it."""

    def __init__(self, engine: Engine, folder: Path) -> None:
        self._stage, self._done = Stage.SCANNING, 0
        self._task = asyncio.create_task(engine.index([folder], self._note))

    def _note(self, progress: Progress) -> None:
        self._stage, self._done = progress.stage, progress.done

    def is_embedding(self) -> bool:
        """Return whether the run is embedding complete photos at the moment."""
        return self._stage is Stage.EMBEDDING and not self._task.done()

    async def wait_until_embedding(self) -> None:
        """Wait until the run has embedded the first complete photo."""
        while not (self.is_embedding() and self._done):
            if self._task.done():
                raise SystemExit("The run ended before anything was measured. Increase --photos.")
            await asyncio.sleep(0.05)

    def rate_since(self, start: tuple[float, int]) -> float:
        """Return the photos per second since a `checkpoint`."""
        now, done = self.checkpoint()
        return (done - start[1]) / (now - start[0])

    def checkpoint(self) -> tuple[float, int]:
        """Return the current time and the number of photos done."""
        return time.monotonic(), self._done

    async def cancel(self) -> None:
        self._task.cancel()
        await self._task


async def latencies(
    engine: Engine, query: Path, count: int, is_counted: Callable[[], bool] = lambda: True
) -> list[float]:
    """Return the latencies of consecutive searches in milliseconds.

    The searches start at equal intervals, unless a search takes longer than the interval.

    Raises:
        SystemExit: `is_counted` returned False before or after a search.
    """
    milliseconds = []
    first_start = time.monotonic()
    for number in range(count):
        await asyncio.sleep(first_start + number * SEARCH_INTERVAL_S - time.monotonic())
        counted, start = is_counted(), time.perf_counter()
        await engine.search(SearchRequest.like(query))
        milliseconds.append(1000 * (time.perf_counter() - start))
        if not (counted and is_counted()):
            raise SystemExit(f"The run ended after {number} searches. Increase --photos.")
    return milliseconds


async def compare(originals: Sequence[Path], photos: int, searches: int, scratch: Path) -> None:
    """Measure both latencies and print the table."""
    write_small_copies(originals, LIBRARY_PHOTOS, scratch / "small", SMALL_PIXELS)
    write_copies(originals, photos, scratch / "large")
    async with Engine(scratch / "library", Settings()) as engine:
        await engine.index([scratch / "small"])
        await latencies(engine, originals[0], WARM_UP_SEARCHES)
        idle = await latencies(engine, originals[0], searches)
        run = BackgroundRun(engine, scratch / "large")
        try:
            await run.wait_until_embedding()
            start = run.checkpoint()
            await asyncio.sleep(INDEXING_ONLY_S)
            rate_without_searches, start = run.rate_since(start), run.checkpoint()
            while_indexing = await latencies(engine, originals[0], searches, run.is_embedding)
            rate_with_searches = run.rate_since(start)
        finally:
            await run.cancel()
    idle_median = float(np.median(idle))
    print(f"{searches} searches in a library of at least {LIBRARY_PHOTOS} photos")
    print(f"{'':16}{'p50 ms':>8}{'p95 ms':>8}{'p50/idle p50':>14}{'p95/idle p50':>14}{'photos/s':>10}")
    for name, taken, rate in (("idle", idle, 0.0), ("while indexing", while_indexing, rate_with_searches)):
        p50, p95 = np.percentile(taken, [50, 95])
        print(f"{name:16}{p50:8.0f}{p95:8.0f}{p50 / idle_median:14.2f}{p95 / idle_median:14.2f}{rate:10.1f}")
    print(f"indexing without searches: {rate_without_searches:.1f} photos/s", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--photos", type=int, default=1500)
    parser.add_argument("--searches", type=int, default=60)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as made:
        asyncio.run(compare(photos_in(chosen.folder), chosen.photos, chosen.searches, Path(made)))


if __name__ == "__main__":
    main()
