"""Index folders: scan, compare with the catalog, decode ahead, embed, store."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from contextlib import aclosing
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from core.errors import DecodeError
from core.image.reader import UnreadableError
from core.image.scan import walk
from core.planning import Plan, make_plan
from core.progress import Meter
from core.types import Failure, IndexReport, Phase, Stage
from core.workers import finish, in_order, run

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from core.catalog.catalog import Catalog
    from core.embedding.embedder import Embedder
    from core.image.reader import ReadPhoto
    from core.image.scan import Folder
    from core.library import Library
    from core.replica import Replica
    from core.types import Details, PhotoFile, Pixels, Progress, Root, Vector
    from core.workers import Workers

EMBED_BATCH = 16
STORE_BATCH = 128
LOOKAHEAD = 48


@dataclass(frozen=True, slots=True)
class Unread:
    """A photo that could not be read. `again`: the reason may pass, so the next run tries once more."""

    reason: str
    again: bool


@dataclass(slots=True)
class Batch:
    """Photos of one root on their way to the catalog: all in it are complete."""

    photos: list[tuple[PhotoFile, Details]] = field(default_factory=list)
    vectors: dict[bytes, Vector] = field(default_factory=dict)
    failures: list[tuple[PhotoFile, str, bool]] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.photos) + len(self.failures)


@dataclass(frozen=True, slots=True)
class Tools:
    """What an indexing run works with. `catalog` is for the store thread; `reader` answers on any thread.

    `read` returns a photo, unless its content is known, and is called on the threads that decode. `replica` returns the
    index that answers now: another one may take its place during a run. `model` is the name for people.
    """

    workers: Workers
    read: Callable[[Path, Callable[[bytes], Details | None]], ReadPhoto]
    catalog: Catalog
    reader: Catalog
    embedder: Embedder
    replica: Callable[[], Replica]
    model: str
    library: Library


def nothing_done(model: str) -> IndexReport:
    """Return the report of a run that was cancelled before it began."""
    return IndexReport(0, 0, 0, 0, 0, 0, 0, (), 0.0, 0.0, model, 0, cancelled=True, waiting=0)


class Indexing:
    """One indexing run; `run` is called once."""

    def __init__(self, tools: Tools, on_progress: Callable[[Progress], None]) -> None:
        """Take note; nothing is read before `run`."""
        self._tools = tools
        self._meter = Meter(on_progress)
        self._plans: list[Plan] = []
        self._indexed = self._reused = self._moved = self._removed = 0
        self._failed: list[Failure] = []
        self._seen: set[bytes] = set()
        self._gone: Counter[bytes] = Counter()
        self._batch = Batch()
        self._decoded: list[tuple[PhotoFile, Details, Pixels]] = []
        self._writing: asyncio.Future[None] | None = None

    async def run(self, roots: Sequence[Root]) -> IndexReport:
        """Bring the roots up to date. Cancelling the task keeps what is done and returns a report that says so."""
        started = time.monotonic()
        cancelled = False
        try:
            await self._update(roots)
        except asyncio.CancelledError:
            cancelled = True
        self._meter.begin(Stage.STORING, 0)
        cancelled = await self._settle(self._tools.replica(), cancelled=cancelled)
        waiting = await finish(asyncio.ensure_future(self._tools.replica().waiting()))
        return self._report(time.monotonic() - started, waiting, cancelled=cancelled)

    async def _settle(self, replica: Replica, *, cancelled: bool) -> bool:
        """Make the index whole and durable. Returns whether the run was cancelled by then."""
        if cancelled:
            if replica.state.phase is Phase.READY:
                await finish(asyncio.ensure_future(replica.settle()))
            return True
        try:
            await replica.settle(self._meter.copied)
        except asyncio.CancelledError:
            return True
        return False

    async def _update(self, roots: Sequence[Root]) -> None:
        self._meter.begin(Stage.SCANNING, 0)
        for root in roots:
            self._plans.append(await self._plan(root))
        self._gone.update(photo.content for plan in self._plans for photo in plan.gone if photo.content)
        self._meter.begin(Stage.EMBEDDING, sum(len(plan.todo) for plan in self._plans))
        for plan in self._plans:
            await self._read_all(plan)
        for plan in self._plans:
            gone = [photo.file.path for photo in plan.gone]
            await run(self._tools.workers.store, self._tools.catalog.remove, plan.root, gone)
            self._removed += len(gone)

    async def _plan(self, root: Root) -> Plan:
        tools = self._tools
        known = await run(tools.workers.store, tools.catalog.known, root, tools.embedder.key)
        folders: list[Folder] = []
        steps = walk(root.path, tools.library.folder.absolute())
        while (folder := await run(tools.workers.view, next, steps, None)) is not None:
            folders.append(folder)
            self._meter.advance(len(folder.photos))
        return make_plan(root, folders, known)

    async def _read_all(self, plan: Plan) -> None:
        jobs = (partial(self._read, file) for file in plan.todo)
        try:
            async with aclosing(in_order(self._tools.workers.decode, jobs, LOOKAHEAD)) as results:
                async for file, result in results:
                    self._sort(file, result)
                    if len(self._decoded) == EMBED_BATCH:
                        await self._embed()
                    if len(self._batch) >= STORE_BATCH:
                        await self._store(plan.root)
                    self._meter.advance()
            await self._embed()
        except BaseException as error:
            # What is embedded is kept, what is only decoded is left to the next run. Nothing more is written after an
            # error: Milvus Lite loses what it has taken when one goes on over a full disk.
            self._decoded.clear()
            if isinstance(error, asyncio.CancelledError):
                await self._store(plan.root)
            await self._written()
            raise
        await self._store(plan.root)
        await self._written()

    def _read(self, file: PhotoFile) -> tuple[PhotoFile, ReadPhoto | Unread]:
        tools = self._tools
        try:
            known = partial(tools.reader.details, model=tools.embedder.key)
            return file, tools.read(file.path, known)
        except DecodeError as error:
            return file, Unread(str(error), again=isinstance(error, UnreadableError))

    def _sort(self, file: PhotoFile, result: ReadPhoto | Unread) -> None:
        if isinstance(result, Unread):
            self._failed.append(Failure(file.path, result.reason))
            self._batch.failures.append((file, result.reason, result.again))
            return
        content = result.details.content
        if result.pixels is not None and content not in self._seen:
            self._seen.add(content)
            self._decoded.append((file, result.details, result.pixels))
            return
        moved = self._gone[content] > 0
        self._gone[content] -= moved
        self._moved += moved
        self._reused += not moved
        self._batch.photos.append((file, result.details))

    async def _embed(self) -> None:
        """Run the model on what was decoded."""
        if not self._decoded:
            return
        pictures = np.stack([pixels for _, _, pixels in self._decoded])
        vectors = await run(self._tools.workers.model, self._tools.embedder.embed, pictures)
        for (file, details, _), vector in zip(self._decoded, vectors, strict=True):
            self._batch.photos.append((file, details))
            self._batch.vectors[details.content] = vector
        self._indexed += len(self._decoded)
        self._decoded.clear()

    async def _store(self, root: Root) -> None:
        """Begin to write the batch as soon as the one before is written: decoding goes on meanwhile."""
        await self._written()
        batch, self._batch = self._batch, Batch()
        self._writing = asyncio.ensure_future(run(self._tools.workers.store, self._write, root, batch))

    async def _written(self) -> None:
        if self._writing is not None:
            writing, self._writing = self._writing, None
            await finish(writing)

    def _write(self, root: Root, batch: Batch) -> None:
        tools = self._tools
        tools.library.check_space()
        tools.catalog.save_failures(root, batch.failures)
        tools.replica().push(tools.catalog.save(root, batch.photos, batch.vectors, tools.embedder.key))

    def _report(self, seconds: float, waiting: int, *, cancelled: bool) -> IndexReport:
        done = self._indexed + self._reused + self._moved
        failed = self._failed + [failure for plan in self._plans for failure in plan.failed]
        return IndexReport(
            found=sum(plan.found for plan in self._plans),
            ignored=sum(plan.ignored for plan in self._plans),
            indexed=self._indexed,
            reused=self._reused,
            unchanged=sum(plan.unchanged for plan in self._plans),
            moved=self._moved,
            removed=max(0, self._removed - self._moved),
            failed=tuple(sorted(failed, key=lambda failure: failure.path)),
            seconds=seconds,
            images_per_second=done / seconds if seconds else 0.0,
            model=self._tools.model,
            dim=self._tools.embedder.dim,
            cancelled=cancelled,
            waiting=waiting,
        )
