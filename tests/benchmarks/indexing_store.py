"""What it costs to store photos in the catalog and the local search index, as an indexing run does it.

    python tests/benchmarks/indexing_store.py LIBRARY PHOTOS

`indexing.py` runs this in a process of its own and counts what that uses, less what it uses for no photo at all.
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
from core.types import Details, PhotoFile, Target
from core.vectors.lite import LiteIndex
from core.vectors.lite_server import LiteServer
from core.vectors.schema import automatic

if TYPE_CHECKING:
    from collections.abc import Iterator

    from core.types import Vector

MODEL, DIM = "benchmark", 1280


def batches(root: Path, count: int) -> Iterator[tuple[list[tuple[PhotoFile, Details]], dict[bytes, Vector]]]:
    """Yield photos that do not exist, with embeddings at random."""
    random = np.random.default_rng(1)
    for start in range(0, count, STORE_BATCH):
        numbers = range(start, min(start + STORE_BATCH, count))
        vectors = random.standard_normal((len(numbers), DIM), np.float32)
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        keys = [number.to_bytes(16, "big") for number in numbers]
        photos = [
            (PhotoFile(root / f"{number}.jpg", 1, 1), Details(key, 400, 300))
            for number, key in zip(numbers, keys, strict=True)
        ]
        yield photos, dict(zip(keys, vectors, strict=True))


def main() -> None:
    """Store that many photos and make them durable."""
    library, count = LibraryFiles(Path(sys.argv[1])), int(sys.argv[2])
    held = OpenLibrary(library)
    spec = automatic(0, local=True)
    target = Target(LITE, MODEL, spec.built)
    index = LiteIndex(LiteServer(folder_of(target, library)), MODEL, DIM, spec)
    synchroniser = Synchroniser(SyncState(held.database, target), index)
    root = held.catalog.add_root(library.folder / "photos")
    list(synchroniser.reconcile())
    for photos, vectors in batches(root.path, count):
        synchroniser.push(held.catalog.save(root, photos, vectors, MODEL))
    list(synchroniser.sync())
    index.close()
    held.close()


if __name__ == "__main__":
    main()
