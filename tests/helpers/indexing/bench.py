"""A fast fake model, distinct pictures, and indexing runs and searches without Milvus."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Self

import numpy as np
from PIL import Image

from core.catalog.database import Database
from core.catalog.missing_metadata import MissingMetadata
from core.catalog.photos import Catalog
from core.catalog.sync_state import SyncState
from core.folders.nesting import parts as parts_of
from core.images.embedded_preview import read_preview
from core.images.model_input import InputSpec, Resample
from core.images.query import make_query
from core.images.reader import read_bytes, read_only_metadata, read_photo
from core.images.thumbnail import ThumbnailFiles
from core.indexing.pipeline import RunContext
from core.indexing.plan import scan_scopes
from core.indexing.progress import Meter
from core.indexing.run import IndexRun
from core.indexing.throttle import Throttle
from core.library.files import LibraryFiles
from core.search.background import LibrarySample
from core.search.retrieval import Retrieval
from core.search.search import PictureSearch
from core.search_index.synced_index import SyncedIndex
from core.search_request import Filters, QueryPicture, SearchRequest
from core.types import Target
from core.vectors.exact import ExactIndex
from core.workers import Workers

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence
    from pathlib import Path

    from core.images.query import Query
    from core.images.reader import ReadPhoto
    from core.models.embedder import Parts
    from core.reports import IndexReport, Progress
    from core.search_request import Views
    from core.types import Changes, Hit, Metadata, Pixels, Root, Vectors
    from core.vectors.index import VectorIndex

SIDE = 16
GRID = 4
_ZERO = np.float32(0)


class FakeEmbedder:
    """An `Embedder` whose embeddings describe colours and edges.

    `batches` has the sizes of all batches, `background_batches` those of the batches that were embedded in the
    background. `input_reads` counts how often `input` was read, which is once for each photo. `on_embed` is called on a
    model thread before each batch, possibly on several threads at once.
    """

    def __init__(self, key: str = "fake-1") -> None:
        self.key = key
        self.dim = 3 * GRID * GRID + 2 * GRID * GRID + 1
        self.batches: list[int] = []
        self.background_batches: list[int] = []
        self.input_reads = 0
        self.parts: Parts | None = None
        self.on_embed: Callable[[], None] = lambda: None

    @property
    def input(self) -> InputSpec:
        self.input_reads += 1
        return InputSpec(SIDE, SIDE, 0, Resample.BILINEAR, (0.5, 0.5, 0.5), (0.5, 0.5, 0.5))

    @property
    def preview_input(self) -> InputSpec:
        return InputSpec(SIDE // 2, SIDE // 2, 0, Resample.BILINEAR, (0.5, 0.5, 0.5), (0.5, 0.5, 0.5))

    @property
    def embedded(self) -> int:
        return sum(self.batches)

    def embed(self, pictures: Pixels, *, background: bool = False) -> Vectors:
        self.on_embed()
        self.batches.append(len(pictures))
        self.background_batches += [len(pictures)] * background
        values = pictures.astype(np.float32) / 127.5 - 1.0
        grey = values.mean(axis=3)
        across, down = np.abs(np.diff(grey, axis=2, append=_ZERO)), np.abs(np.diff(grey, axis=1, append=_ZERO))
        colours = [_cells(values[..., channel]) for channel in range(3)]
        steady = np.full((len(pictures), 1), 0.1, np.float32)
        features = np.concatenate([*colours, _cells(across), _cells(down), steady], axis=1)
        unit: Vectors = features / np.linalg.norm(features, axis=1, keepdims=True)
        return unit


def _cells(plane: np.ndarray[tuple[int, ...], np.dtype[np.float32]]) -> Vectors:
    size = plane.shape[1] // GRID
    cells: Vectors = plane.reshape(-1, GRID, size, GRID, size).mean(axis=(2, 4)).reshape(len(plane), GRID * GRID)
    return cells


def paint(file: Path, seed: int, size: tuple[int, int] = (96, 72)) -> Path:
    """Write a picture of soft patches of colour that is unique to the seed, and return its path."""
    patches = np.random.default_rng(seed).integers(0, 256, (4, 4, 3), dtype=np.uint8)
    file.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(patches).resize(size, Image.Resampling.BICUBIC).save(file)
    return file


def paint_many(folder: Path, count: int, first_seed: int = 0) -> list[Path]:
    return [paint(folder / f"{number:04}.png", first_seed + number) for number in range(count)]


EVERYTHING = Filters()


@dataclass
class Bench:
    """A catalog with a `FakeEmbedder` and an `ExactIndex`, which indexing runs and searches need."""

    folder: Path
    embedder: FakeEmbedder = field(default_factory=FakeEmbedder)
    index: VectorIndex = field(default_factory=ExactIndex)
    spec: str = "FLAT IP"
    throttle: Throttle = field(default_factory=lambda: Throttle(2))

    def __enter__(self) -> Self:
        self.folder.mkdir(parents=True, exist_ok=True)
        self.workers = Workers()
        self._databases = [Database(self.folder / "catalog.sqlite") for _ in range(2)]
        self.catalog, self.read_catalog = (Catalog(database) for database in self._databases)
        return self

    def __exit__(self, *_: object) -> None:
        self.workers.shutdown()
        for database in self._databases:
            database.close()

    @property
    def database(self) -> Database:
        """Return the writable connection."""
        return self._databases[0]

    @asynccontextmanager
    async def synced_index(self) -> AsyncIterator[SyncedIndex]:
        """Yield the index, kept in sync with the catalog on the running loop."""

        async def connect() -> VectorIndex:
            return self.index

        target = Target("test", self.embedder.key, self.spec)
        synced_index = SyncedIndex(self.workers, target, SyncState(self.database, target), connect)
        synced_index.start()
        try:
            yield synced_index
        finally:
            await synced_index.close()

    def root(self, path: Path) -> Root:
        """Return the root of a folder, and add it if it is new."""
        path.mkdir(parents=True, exist_ok=True)
        return next((root for root in self.catalog.roots() if root.path == path), None) or self.catalog.add_root(path)

    def read(self, path: Path) -> ReadPhoto:
        """Read a photo in this process, as starting another one takes longer."""
        return read_photo(path, self.embedder.input, partial(self.read_catalog.details, model=self.embedder.key))

    def preview(self, path: Path) -> ReadPhoto | None:
        """Read the embedded preview of a photo."""
        return read_preview(path, self.embedder.preview_input)

    def metadata(self, path: Path) -> Metadata:
        """Read only the metadata of a photo."""
        return read_only_metadata(path)

    def query(self, picture: QueryPicture, spec: InputSpec, *, all_views: bool) -> Query:
        """Prepare a query in this process."""
        data = picture.source if isinstance(picture.source, bytes) else read_bytes(picture.source)
        return make_query(data, spec, all_views=all_views, crop=picture.crop, clockwise=picture.turn)

    async def update(
        self,
        roots: Sequence[Root],
        on_progress: Callable[[Progress], None] = lambda _: None,
        changes: Changes | None = None,
    ) -> IndexReport:
        async with self.synced_index() as synced_index:
            meter = Meter(on_progress)
            return await IndexRun(self.run_context(synced_index, meter), meter).run(
                scan_scopes(roots, changes, retries_failures=changes is None)
            )

    def run_context(self, synced_index: SyncedIndex, meter: Meter) -> RunContext:
        return RunContext(
            self.workers,
            self.read,
            self.preview,
            self.metadata,
            ThumbnailFiles(self.folder / "thumbnails").forget,
            self.catalog,
            MissingMetadata(self.database),
            self.embedder,
            lambda: synced_index,
            "fake",
            LibraryFiles(self.folder),
            self.throttle.begin(meter.hold),
        )

    def run(self, *folders: Path, on_progress: Callable[[Progress], None] = lambda _: None) -> IndexReport:
        return asyncio.run(self.update([self.root(folder) for folder in folders], on_progress))

    def search(
        self,
        query: Path | bytes,
        top_k: int = 20,
        min_score: float = -1.0,
        views: Views = "one",
        filters: Filters = EVERYTHING,
        *,
        stacked: bool = False,
    ) -> list[Hit]:
        return self.answer(replace(SearchRequest.like(query, views, filters, top_k, min_score), stacked=stacked))

    def answer(self, request: SearchRequest) -> list[Hit]:
        known = self.catalog.roots()

        async def parts(folders: Sequence[Path]) -> list[tuple[Root, Path]]:
            folders = folders or [root.path for root in known]
            return [part for folder in folders for part in parts_of(known, folder)]

        async def search() -> list[Hit]:
            async with self.synced_index() as synced_index:
                await synced_index.wait_until_complete()
                retrieval = Retrieval(
                    self.workers,
                    self._databases[1],
                    LibrarySample(),
                    self.embedder.key,
                    lambda: synced_index,
                    parts,
                )
                searching = PictureSearch(self.workers, self, self.embedder, retrieval)
                return await searching.search(request)

        return asyncio.run(search())

    def paths(self) -> list[Path]:
        """Return the paths of all photos in the index, sorted."""
        vectors = self.embedder.embed(np.zeros((1, SIDE, SIDE, 3), np.uint8))
        (matches,) = self.index.search(vectors, 100_000)
        found = self.read_catalog.find([match.id for match in matches])
        assert len(found) == len(matches), "the index has photos that are not in the catalog"
        return sorted(photo.path for photo in found.values())
