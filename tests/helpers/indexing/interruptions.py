"""Interruptions of indexing runs, and files for the runs to read."""

from __future__ import annotations

from enum import StrEnum
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import numpy as np

from core.errors import ModelError, SemblanceError, UnreachableIndexError, VectorIndexError
from core.images.decoder import decode, fit
from core.images.reader import content_key, shortest_side
from core.library import files as library_files
from tests.helpers.indexing.bench import FakeEmbedder
from tests.helpers.pictures.camera import save_photo
from tests.helpers.pictures.drawn import encoded, noise
from tests.helpers.search_index.unreliable_index import UnreliableIndex

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from core.images.model_input import InputSpec
    from core.types import Pixels, Vector, Vectors
    from core.vectors.index import Row

SIZE = 16_000
CAMERAS, OTHERS = 6, 12
BROKEN = CAMERAS + OTHERS + 1
SPARE = library_files.SPARE_BYTES


@cache
def files() -> list[bytes]:
    """Return the files by number: pictures with a preview, pictures without, one larger picture, and a broken file.

    All files except the larger picture have the same size.
    """
    with TemporaryDirectory() as folder:
        pictures = [save_photo(Path(folder, "a"), noise(seed, 200, 150)).read_bytes() for seed in range(CAMERAS)]
    pictures += [encoded(noise(seed)) for seed in range(CAMERAS, CAMERAS + OTHERS)]
    larger = encoded(noise(BROKEN)).ljust(SIZE + 1, b"\0")
    return [*(data.ljust(SIZE, b"\0") for data in pictures), larger, b"\x89PNG\r\n\x1a\n cut off".ljust(SIZE, b"\0")]


@cache
def pixels() -> dict[bytes, Pixels]:
    """Return the model input of each picture, by content key."""
    spec = FakeEmbedder().input
    return {content_key(data): fit(decode(data, shortest_side(spec)).image, spec) for data in files()[:BROKEN]}


@cache
def vectors() -> dict[bytes, Vector]:
    """Return the embedding of each picture, by content key."""
    return dict(zip(pixels(), FakeEmbedder().embed(np.stack(list(pixels().values()))), strict=True))


class Trouble(StrEnum):
    """The cause of an interruption."""

    CANCELLED = "the run is cancelled"
    MODEL = "the model fails"
    INDEX = "the index reports an error"
    AWAY = "the index is unreachable"
    FULL = "the disk is full"


class Interruptions:
    """Causes `trouble` after `steps` steps of a run."""

    def __init__(self) -> None:
        self.trouble: Trouble | None = None
        self.steps = 0
        self.cancel: Callable[[], object] = lambda: None

    def step(self, **errors: SemblanceError) -> None:
        """Count a step. If the trouble has begun, cause it; `errors` are the exceptions to raise, by its name."""
        self.steps -= 1
        if self.trouble is None or self.steps > 0:
            return
        if self.trouble is Trouble.FULL:
            library_files.SPARE_BYTES = 1 << 62
        elif self.trouble is Trouble.CANCELLED and self.steps == 0:
            self.cancel()
        elif error := errors.get(self.trouble.name):
            raise error

    def end(self) -> None:
        """End the trouble."""
        self.trouble, library_files.SPARE_BYTES = None, SPARE


class InterruptedEmbedder(FakeEmbedder):
    """Records in `shown` the content keys of the complete photos that it embeds. Each batch is a step of the run."""

    def __init__(self, interruptions: Interruptions) -> None:
        super().__init__()
        self.shown: list[bytes] = []
        self._interruptions = interruptions

    @property
    def input(self) -> InputSpec:
        """Count a step, as this is read once for each photo."""
        self._interruptions.step()
        return super().input

    @property
    def preview_input(self) -> InputSpec:
        """Count a step, as this is read once for each preview."""
        self._interruptions.step()
        return super().preview_input

    def embed(self, pictures: Pixels, *, background: bool = False) -> Vectors:
        known = {seen.tobytes(): content for content, seen in pixels().items()}
        self.shown += [known[picture.tobytes()] for picture in pictures if picture.tobytes() in known]
        self._interruptions.step(MODEL=ModelError("The model does not run."))
        return super().embed(pictures, background=background)


class InterruptedIndex(UnreliableIndex):
    """Each change of the index is a step of the run, and may fail."""

    def __init__(self, interruptions: Interruptions) -> None:
        super().__init__()
        self._interruptions = interruptions

    def upsert(self, rows: Sequence[Row]) -> None:
        self._step()
        super().upsert(rows)

    def delete(self, ids: Sequence[int]) -> None:
        self._step()
        super().delete(ids)

    def flush(self) -> None:
        self._step()
        super().flush()

    def _step(self) -> None:
        self._interruptions.step(INDEX=VectorIndexError("It fails."), AWAY=UnreachableIndexError("It is unreachable."))
