"""Measures an indexing run over a folder that has not changed, with all file metadata in the system's cache.

    python tests/benchmarks/rescan.py [--photos 100000]

The benchmark writes small files, 500 to a folder, and a catalog that has them with random embeddings. Then it indexes
the folder with the real program several times. The first run copies all photos into the local search index; the other
runs have nothing to do.

The first table shows the seconds of each run as the program reports them, the seconds including its start, and the CPU
seconds. The second table shows the cost of each part of a rescan measured separately, the best of three rounds. The
last line shows how many files a scan opens. A scan opens a file only if its name does not show that it is a photo.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import numpy as np

from core.indexing.plan import make_plan
from core.library.files import LibraryFiles
from core.library.open_library import OpenLibrary
from core.library.settings import DEFAULT_MODEL
from core.models.registry import choose
from core.models.runtime import cached_spec
from core.scan.walk import walk
from core.types import PhotoDetails
from tests.helpers.benchmarks.process_usage import measure

if TYPE_CHECKING:
    from collections.abc import Callable

    from core.types import PhotoFile, Root

PROGRAM = Path(__file__).resolve().parents[2] / "main.py"
FILES_PER_FOLDER = 500
BATCH = 1000
RUNS = 3
ROUNDS = 3


def make_files(folder: Path, count: int) -> None:
    """Write small files that are named like photos."""
    for number in range(count):
        location = folder / f"{number // FILES_PER_FOLDER:04}"
        if number % FILES_PER_FOLDER == 0:
            location.mkdir(parents=True)
        (location / f"IMG_{number:06}.jpg").write_bytes(b"not read")


def photos_in(folder: Path) -> list[PhotoFile]:
    """Return the photos that a scan finds in a folder."""
    return [file for found in walk(folder) for file in found.photos]


def fill(library: LibraryFiles, folder: Path) -> Root:
    """Store the files of a folder in a library as if they had been indexed, with random embeddings."""
    choice, random = choose(DEFAULT_MODEL), np.random.default_rng(1)
    spec = cached_spec(choice, library.models)
    assert spec, "the program has run, but has not converted the model"
    opened = OpenLibrary(library)
    root = opened.catalog.add_root(folder)
    files = photos_in(folder)
    for start in range(0, len(files), BATCH):
        batch = files[start : start + BATCH]
        keys = [number.to_bytes(16, "big") for number in range(start, start + len(batch))]
        vectors = random.standard_normal((len(batch), spec.dim), np.float32)
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        photos = [(file, PhotoDetails(key, 4000, 3000)) for file, key in zip(batch, keys, strict=True)]
        opened.catalog.save(root, photos, dict(zip(keys, vectors, strict=True)), choice.key)
    opened.close()
    return root


def run_program(library: LibraryFiles, folder: Path, name: str) -> None:
    """Index a folder with the real program and print a line of the table.

    Raises:
        SystemExit: Some photos were not reported as unchanged.
    """
    usage = measure(PROGRAM, "--library", library.folder, "--json", "index", folder)
    report = json.loads(usage.output)
    if report["unchanged"] != report["found"]:
        raise SystemExit(f"Only {report['unchanged']} of {report['found']} photos were unchanged.")
    print(
        f"{name:22}{report['seconds']:10.2f}{usage.seconds:12.2f}{usage.cpu:10.2f}{usage.other_cores:9.2f}", flush=True
    )


def measure_part(name: str, work: Callable[[], object]) -> None:
    """Run a part of a rescan several times and print the lowest cost."""
    costs = []
    for _ in range(ROUNDS):
        began, cpu = time.monotonic(), time.process_time()
        work()
        costs.append((time.process_time() - cpu, time.monotonic() - began))
    print(f"{name:22}{min(costs)[0]:10.2f}{min(costs)[1]:12.2f}", flush=True)


def count_opened_files(folder: Path) -> int:
    """Return how many files a scan of a folder opens."""
    opened: list[str] = []

    def record(event: str, arguments: tuple[object, ...]) -> None:
        if event == "open" and str(arguments[0]).startswith(f"{folder}/"):
            opened.append(event)

    sys.addaudithook(record)  # cannot be removed again, so this must run last
    photos_in(folder)
    return len(opened)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--photos", type=int, default=100_000)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        scratch = Path(temporary).resolve()
        library, folder, empty = LibraryFiles(scratch / "library"), scratch / "photos", scratch / "empty"
        empty.mkdir()
        make_files(folder, chosen.photos)
        measure(PROGRAM, "--library", library.folder, "index", empty)
        root = fill(library, folder)
        print(f"{chosen.photos} unchanged photos")
        print(f"{'the program':22}{'seconds':>10}{'with start':>12}{'CPU s':>10}{'others':>9}")
        for number in range(RUNS):
            run_program(library, folder, f"run {number + 1}" if number else "run 1, with copying")
        opened, model = OpenLibrary(library), choose(DEFAULT_MODEL).key
        found, known = list(walk(folder)), opened.catalog.known(root, model)
        print(f"\n{'each part separately':22}{'CPU s':>10}{'seconds':>12}")
        measure_part("scan", lambda: photos_in(folder))
        measure_part("query the catalog", lambda: opened.catalog.known(root, model))
        measure_part("compare", lambda: make_plan(root, found, known))
        opened.close()
        print(f"\nfiles opened by a scan: {count_opened_files(folder)}")


if __name__ == "__main__":
    main()
