"""Measures how a library's cost grows with its size, with made embeddings, so that no photos are needed.

    python tests/benchmarks/scale.py [10000 100000 ...] [--uri ADDRESS]

For each size, it fills the catalog of a new library and lets the engine copy the embeddings to Milvus Lite, or to an
empty database of the server at ADDRESS. Then it prints how long the library takes to open, to report its status, to
search with filters that let some photos pass (medians) and to find that no file has changed, how much memory and disk
it takes, and how long the program needs to compare all embeddings with one another to find duplicates. A search
includes decoding and embedding one view of the query. The last column is how many times as much the largest library
takes as the smallest.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import os
import shutil
import sys
import tempfile
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import numpy as np
import psutil

from core.catalog.database import Database
from core.catalog.photos import Catalog
from core.engine import Engine
from core.library.files import LibraryFiles
from core.library.settings import DEFAULT_MODEL, Settings
from core.models import bundled
from core.models.registry import choose
from core.search_request import Filters, QueryPicture, SearchRequest
from core.types import Metadata, PhotoDetails, PhotoFile
from tests.helpers.benchmarks import process_usage

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from core.types import Vectors

CHECKOUT = Path(__file__).resolve().parents[2]
MAIN = CHECKOUT / "main.py"
QUERY = CHECKOUT / "resources" / "samples" / "query.jpg"
BATCH = 5000
RUNS, RESCANS = 15, 3
FIRST_DAY = datetime(2020, 1, 1, tzinfo=UTC)
DAYS = 1000
FILTERS = {
    "all photos": Filters(),
    "filter: 0.1 %": Filters(taken_from=FIRST_DAY.date(), taken_to=FIRST_DAY.date()),
    "filter: 10 %": Filters(taken_to=(FIRST_DAY + timedelta(DAYS // 10 - 1)).date()),
    "filter: 100 %": Filters(min_pixels=1),
}

CAMERAS = ("Canon EOS 80D", "NIKON D70", "Apple iPhone 12")


def made_embeddings(random: np.random.Generator, count: int) -> Vectors:
    """Return a (count, D) array of random embeddings whose parts have the norms that those of the model have."""
    parts = bundled.parts(choose(DEFAULT_MODEL))
    assert parts
    vectors = random.standard_normal((count, bundled.DIM), np.float32)
    for part, share in ((np.s_[:, : parts.subject], parts.balance), (np.s_[:, parts.subject :], 1 - parts.balance)):
        vectors[part] *= share**0.5 / np.linalg.norm(vectors[part], axis=1, keepdims=True)
    return vectors


def taken_at(number: int) -> int:
    return int((FIRST_DAY + timedelta(number % DAYS)).timestamp())


def empty_file(folder: Path, number: int) -> PhotoFile:
    """Create a file without content, as a rescan does not read it."""
    path = folder / f"{number // 1000:04}" / f"{number:08}.jpg"
    path.parent.mkdir(exist_ok=True)
    path.touch()
    status = path.stat()
    return PhotoFile(path, status.st_size, status.st_mtime_ns, status.st_ctime_ns)


def fill(library: Path, folder: Path, count: int) -> None:
    """Write so many photos in a folder to the catalog of a new library."""
    random = np.random.default_rng(0)
    with closing(Database(LibraryFiles(library).catalog)) as database:
        catalog = Catalog(database)
        root = catalog.add_root(folder)
        for start in range(0, count, BATCH):
            numbers = range(start, min(start + BATCH, count))
            keys = [hashlib.blake2b(number.to_bytes(8), digest_size=16).digest() for number in numbers]
            photos = [
                (
                    empty_file(folder, number),
                    PhotoDetails(key, 4000, 3000, Metadata(taken_at(number), camera=CAMERAS[number % len(CAMERAS)])),
                )
                for number, key in zip(numbers, keys, strict=True)
            ]
            vectors = made_embeddings(random, len(keys))
            catalog.save(root, photos, dict(zip(keys, vectors, strict=True)), choose(DEFAULT_MODEL).key)


async def milliseconds(call: Callable[[], Awaitable[object]], runs: int = RUNS) -> float:
    """Return the median time of a call."""
    times = []
    for _ in range(runs):
        started = perf_counter()
        await call()
        times.append((perf_counter() - started) * 1000)
    return median(times)


async def measure(library: Path, settings: Settings) -> dict[str, float]:
    """Open a filled library and return the measures."""
    async with Engine(library, settings) as engine:
        await engine.warm_up()
    results = {}
    started = perf_counter()
    async with Engine(library, settings) as engine:
        results["open, ms"] = (perf_counter() - started) * 1000
        await engine.warm_up()
        results["ready, ms"] = (perf_counter() - started) * 1000
        results["status, ms"] = await milliseconds(engine.status)
        request = SearchRequest((QueryPicture(QUERY),), "one", verify="no")
        for name, filters in FILTERS.items():
            filtered = replace(request, filters=filters)
            results[f"search, {name}, ms"] = await milliseconds(partial(engine.search, filtered))
        results["rescan, ms"] = await milliseconds(engine.index, RESCANS)
        process = psutil.Process()
        processes = [process, *process.children(recursive=True)]
        results["memory, MB"] = sum(each.memory_full_info().pss for each in processes) / 1e6
    compared = process_usage.measure(MAIN, "--library", library, "duplicates")
    results["duplicates, s"] = compared.seconds
    results["duplicates, memory, MB"] = max(compared.program, compared.peak.total) / 1e6
    files = [Path(folder) / name for folder, _, names in os.walk(library) for name in names]
    results["disk, MB"] = sum(file.stat().st_size for file in files) / 1e6
    return results


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sizes", nargs="*", type=int, default=[10_000, 100_000])
    parser.add_argument("--uri", default="")
    chosen = parser.parse_args()
    settings = Settings()
    settings = replace(settings, index=replace(settings.index, uri=chosen.uri))
    columns = []
    with tempfile.TemporaryDirectory() as models:
        for size in chosen.sizes:
            with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryDirectory() as photos:
                library = Path(folder)
                shutil.copytree(models, library / "models")
                fill(library, Path(photos), size)
                columns.append(asyncio.run(measure(library, settings)))
                shutil.copytree(library / "models", models, dirs_exist_ok=True)
    print(f"{'photos':28}", *(f"{size:>10,}" for size in chosen.sizes), f"{'growth':>8}")
    for name in columns[0]:
        row = [column[name] for column in columns]
        print(f"{name:28}", *(f"{number:10.0f}" for number in row), f"{row[-1] / row[0]:8.1f}")


if __name__ == "__main__":
    main()
