"""Stores photos in the catalog and the local search index as an indexing run does, to measure the cost.

    python tests/benchmarks/indexing_storage.py LIBRARY PHOTOS

`indexing.py` measures this process, and subtracts the cost of storing no photos.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import numpy as np

from core.catalog.sync_state import SyncState
from core.indexing.pipeline import STORE_BATCH
from core.library.files import LibraryFiles
from core.library.open_library import OpenLibrary
from core.search_index.sync import Synchroniser
from core.search_index.targets import LITE, folder_of
from core.types import PhotoDetails, PhotoFile, Target
from core.vectors.lite import LiteIndex
from core.vectors.lite_server import LiteServer
from core.vectors.schema import automatic

if TYPE_CHECKING:
    from collections.abc import Iterator

    from core.types import Vector

MODEL, DIM = "benchmark", 1280


def batches(root: Path, count: int) -> Iterator[tuple[list[tuple[PhotoFile, PhotoDetails]], dict[bytes, Vector]]]:
    """Yield batches of photos that do not exist, with random embeddings."""
    random = np.random.default_rng(1)
    for start in range(0, count, STORE_BATCH):
        numbers = range(start, min(start + STORE_BATCH, count))
        vectors = random.standard_normal((len(numbers), DIM), np.float32)
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        keys = [number.to_bytes(16, "big") for number in numbers]
        photos = [
            (PhotoFile(root / f"{number}.jpg", 1, 1), PhotoDetails(key, 400, 300))
            for number, key in zip(numbers, keys, strict=True)
        ]
        yield photos, dict(zip(keys, vectors, strict=True))


def main() -> None:
    """Store the photos, and flush the index to disk."""
    files, count = LibraryFiles(Path(sys.argv[1])), int(sys.argv[2])
    library = OpenLibrary(files)
    spec = automatic(0, local=True)
    target = Target(LITE, MODEL, spec.built)
    index = LiteIndex(LiteServer(folder_of(target, files)), MODEL, DIM, spec)
    synchroniser = Synchroniser(SyncState(library.database, target), index)
    root = library.catalog.add_root(files.folder / "photos")
    list(synchroniser.reconcile())
    for photos, vectors in batches(root.path, count):
        synchroniser.push(library.catalog.save(root, photos, vectors, MODEL))
    list(synchroniser.sync())
    index.close()
    library.close()


if __name__ == "__main__":
    main()
