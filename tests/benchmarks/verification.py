"""Measures how long a search takes until its first hits and until the best 10, 30 and 100 of them are verified.

    python tests/benchmarks/verification.py PHOTOS --queries N

The first round finds the local features of the photos, and the second one uses what the first one has stored. Both are
medians in milliseconds over the same queries.
"""

from __future__ import annotations

import argparse
import asyncio
import shutil
import sys
import tempfile
from pathlib import Path
from statistics import median
from time import perf_counter

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from core.engine import Engine
from core.library.settings import Settings
from core.search_request import SearchRequest

MOMENTS = ("first hits", "10 verified", "30 verified", "100 verified")


async def times(engine: Engine, query: bytes) -> list[float]:
    """Return when each list of hits was there, in milliseconds."""
    started = perf_counter()
    request = SearchRequest.like(query, top_k=100)
    return [(perf_counter() - started) * 1000 async for _ in engine.verified_search(request)]


async def measure(photos: Path, queries: list[bytes], library: Path) -> None:
    """Print the times of both rounds."""
    async with Engine(library, Settings()) as engine:
        await engine.index([photos])
        await times(engine, queries[0])  # starts the processes
        for name in ("features found", "features stored"):
            rounds = []
            for query in queries:
                if name == "features found":
                    forget_features(library)
                rounds.append(await times(engine, query))
            medians = [median(each) for each in zip(*rounds, strict=True)]
            print(name, *(f"{moment}: {ms:.0f} ms" for moment, ms in zip(MOMENTS, medians, strict=True)), sep="  ")


def forget_features(library: Path) -> None:
    for file in (library / "thumbnails").rglob("*.features"):
        file.unlink()


def queries_from(photos: Path, count: int) -> list[bytes]:
    """Return photos from all over a folder, each with a byte more, so that no hit is identical."""
    files = sorted(file for file in photos.rglob("*") if file.suffix.lower() in {".jpg", ".jpeg", ".png"})
    return [file.read_bytes() + b"\0" for file in files[:: max(1, len(files) // count)][:count]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("photos", type=Path)
    parser.add_argument("--queries", type=int, default=20)
    chosen = parser.parse_args()
    library = Path(tempfile.mkdtemp())
    try:
        asyncio.run(measure(chosen.photos.resolve(), queries_from(chosen.photos, chosen.queries), library))
    finally:
        shutil.rmtree(library)


if __name__ == "__main__":
    main()
