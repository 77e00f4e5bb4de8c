"""Photos, contents and embeddings for tests of the catalog."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from core.types import Metadata, PhotoDetails, PhotoFile, Target

if TYPE_CHECKING:
    from collections.abc import Callable

    from core.catalog.database import Database
    from core.catalog.photos import Catalog
    from core.types import Root, Vector

MODEL, OTHER_MODEL = "model-1", "model-2"
TARGET, OTHER_TARGET = Target("lite", MODEL, "FLAT IP"), Target("http://server:19530", MODEL, "FLAT IP")
FOLDER = Path(os.path.abspath("/photos"))


def photo(root: Root, name: str, size: int = 10, mtime_ns: int = 1) -> PhotoFile:
    return PhotoFile(root.path / name, size, mtime_ns)


def content(seed: int) -> bytes:
    return seed.to_bytes(16, "big")


def metadata(seed: int) -> Metadata:
    return Metadata(1_600_000_000 + seed, 60, "Canon EOS 80D", 48.5, -2.25)


def details(seed: int) -> PhotoDetails:
    return PhotoDetails(content(seed), 100 + seed, 50, metadata(seed))


def vector(seed: int) -> Vector:
    values = np.random.default_rng(seed).normal(size=8).astype(np.float32)
    unit: Vector = values / np.linalg.norm(values)
    return unit


def sqlite_steps(database: Database, work: Callable[[], object]) -> int:
    """Return how many hundreds of SQLite virtual machine instructions some work takes."""
    steps = 0

    def count() -> int:
        nonlocal steps
        steps += 1
        return 0

    with database.transaction() as db:
        db.set_progress_handler(count, 100)
    work()
    with database.transaction() as db:
        db.set_progress_handler(None, 0)
    return steps


def save(catalog: Catalog, root: Root, names: dict[str, int], model: str = MODEL) -> list[int]:
    """Save photos with embeddings and return their ids. `names` maps file names to the seeds of their contents."""
    photos = [(photo(root, name), details(seed)) for name, seed in names.items()]
    return catalog.save(root, photos, {content(seed): vector(seed) for seed in names.values()}, model)
