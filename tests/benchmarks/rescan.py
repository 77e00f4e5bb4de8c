"""How long it takes to find out that nothing has changed, with the metadata of the files in the system's cache.

    python tests/benchmarks/rescan.py [--photos 100000]

Makes so many small files, 500 to a folder, and a library that knows them, with embeddings at random. The real program
then indexes that folder: the first run copies all of them into the local search index, the others have nothing to do.

The first table tells the seconds of each run as the program reports them, with its start, and the CPU seconds. The
second tells what the parts of a rescan cost alone, the cheapest of three rounds. The last line tells how many of the
files were opened by a walk, and that of its rounds the program read none: a file is opened to be read, or where its
name does not say that it is a photo.
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
from core.types import Details
from tests.benchmarks.indexing_process import measure

if TYPE_CHECKING:
    from collections.abc import Callable

    from core.types import PhotoFile, Root

PROGRAM = Path(__file__).resolve().parents[2] / "main.py"
A_FOLDER = 500
BATCH = 1000
RUNS = 3
ROUNDS = 3


def make_files(folder: Path, count: int) -> None:
    """Write small files with names of photos."""
    for number in range(count):
        location = folder / f"{number // A_FOLDER:04}"
        if number % A_FOLDER == 0:
            location.mkdir(parents=True)
        (location / f"IMG_{number:06}.jpg").write_bytes(b"not read")


def photos_in(folder: Path) -> list[PhotoFile]:
    """Return the photos of a folder as a walk finds them."""
    return [file for found in walk(folder) for file in found.photos]


def fill(library: LibraryFiles, folder: Path) -> Root:
    """Make a library know the files of a folder, as if the model had seen each of them."""
    choice, random = choose(DEFAULT_MODEL), np.random.default_rng(1)
    kept = cached_spec(choice, library.models)
    assert kept, "the program has run once, so the model is there"
    held = OpenLibrary(library)
    root = held.catalog.add_root(folder)
    files = photos_in(folder)
    for start in range(0, len(files), BATCH):
        batch = files[start : start + BATCH]
        keys = [number.to_bytes(16, "big") for number in range(start, start + len(batch))]
        vectors = random.standard_normal((len(batch), kept.dim), np.float32)
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        photos = [(file, Details(key, 4000, 3000)) for file, key in zip(batch, keys, strict=True)]
        held.catalog.save(root, photos, dict(zip(keys, vectors, strict=True)), choice.key)
    held.close()
    return root


def run_program(library: LibraryFiles, folder: Path, name: str) -> None:
    """Index a folder with the real program, and print the line of that run.

    Raises:
        SystemExit: There was something to do for the model.
    """
    usage = measure(PROGRAM, "--library", library.folder, "--json", "index", folder)
    report = json.loads(usage.output)
    if report["unchanged"] != report["found"]:
        raise SystemExit(f"Of {report['found']} photos only {report['unchanged']} were unchanged.")
    print(f"{name:22}{report['seconds']:10.2f}{usage.seconds:12.2f}{usage.cpu:10.2f}{usage.elsewhere:9.2f}", flush=True)


def part(name: str, work: Callable[[], object]) -> None:
    """Print what a part costs, at best."""
    costs = []
    for _ in range(ROUNDS):
        began, cpu = time.monotonic(), time.process_time()
        work()
        costs.append((time.process_time() - cpu, time.monotonic() - began))
    print(f"{name:22}{min(costs)[0]:10.2f}{min(costs)[1]:12.2f}", flush=True)


def opened_by_a_walk(folder: Path) -> int:
    """Return how many files of a folder are opened when it is walked."""
    opened: list[str] = []

    def hear(event: str, arguments: tuple[object, ...]) -> None:
        if event == "open" and str(arguments[0]).startswith(f"{folder}/"):
            opened.append(event)

    sys.addaudithook(hear)  # it cannot be taken away, so this comes last
    photos_in(folder)
    return len(opened)


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--photos", type=int, default=100_000)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as made:
        scratch = Path(made).resolve()
        library, folder, empty = LibraryFiles(scratch / "library"), scratch / "photos", scratch / "empty"
        empty.mkdir()
        make_files(folder, chosen.photos)
        measure(PROGRAM, "--library", library.folder, "index", empty)
        root = fill(library, folder)
        print(f"{chosen.photos} unchanged photos")
        print(f"{'the program':22}{'seconds':>10}{'with start':>12}{'CPU s':>10}{'others':>9}")
        for number in range(RUNS):
            run_program(library, folder, f"run {number + 1}" if number else "run 1, which copies")
        held, model = OpenLibrary(library), choose(DEFAULT_MODEL).key
        found, known = list(walk(folder)), held.catalog.known(root, model)
        print(f"\n{'a part alone':22}{'CPU s':>10}{'seconds':>12}")
        part("walk", lambda: photos_in(folder))
        part("ask the catalog", lambda: held.catalog.known(root, model))
        part("compare", lambda: make_plan(root, found, known))
        held.close()
        print(f"\nfiles that a walk opens: {opened_by_a_walk(folder)}")


if __name__ == "__main__":
    main()
