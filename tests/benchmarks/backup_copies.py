"""Measures indexing of exact copies, such as a backup folder, compared with indexing the originals.

    python tests/benchmarks/backup_copies.py FOLDER [--photos N]

N different photos of 0.4 megapixels (about 150 KB) are made from those in FOLDER. They are indexed into a new library.
Then a folder with copies of all of them is indexed. All files are in the file cache of the operating system.

The table shows the number of photos, the photos per second from the first one to the last, and the CPU time per photo
of the program and its processes, including their start.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.helpers.benchmarks.photo_copies import photos_in, write_small_copies
from tests.helpers.benchmarks.process_usage import measure

PROGRAM = Path(__file__).resolve().parents[2] / "main.py"
PIXELS = 400_000


def index(library: Path, folder: Path, name: str) -> float:
    """Index a folder, print a row of the table, and return the photos per second."""
    usage = measure(PROGRAM, "--library", library, "--json", "index", folder)
    report = json.loads(usage.output)
    count = report["indexed"] + report["reused"]
    rate = count / report["seconds"]
    print(f"{name:12}{count:8}{rate:12.0f}{1000 * usage.cpu / max(1, count):16.1f}")
    return float(rate)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--photos", type=int, default=2000)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        originals, copies, library, empty = (Path(scratch, name) for name in ("photos", "backup", "library", "empty"))
        empty.mkdir()
        write_small_copies(photos_in(chosen.folder), chosen.photos, originals, PIXELS)
        shutil.copytree(originals, copies)
        photos_in(copies)
        measure(PROGRAM, "--library", library, "index", empty)  # convert the model first
        print(f"{'':12}{'photos':>8}{'photos/s':>12}{'CPU ms/photo':>16}")
        new, known = index(library, originals, "originals"), index(library, copies, "copies")
    print(f"Copies are indexed {known / new:.1f} times as fast as their originals.")


if __name__ == "__main__":
    main()
