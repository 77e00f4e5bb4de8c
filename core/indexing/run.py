"""One indexing run: scan, compare with the catalog, embed previews, then read, embed and store complete photos."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from contextlib import aclosing
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from core.catalog.photos import REREAD
from core.images.embedded_preview import is_slow_to_decode, is_worth_previewing
from core.images.reader import ReadPhoto
from core.indexing.metadata_pass import MetadataPass
from core.indexing.photo_reading import PhotoReader, ReadFailure
from core.indexing.pipeline import Pipeline
from core.indexing.plan import drain
from core.indexing.timed_scan import TimedScan
from core.reports import IndexReport, Phase, Stage
from core.scan.walk import NeedsWalkError
from core.types import Failure
from core.workers import finish, in_order, run

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Sequence

    from core.indexing.photo_reading import Outcome
    from core.indexing.pipeline import RunContext
    from core.indexing.plan import Plan, ScanScope
    from core.indexing.progress import Meter
    from core.search_index.synced_index import SyncedIndex
    from core.types import PhotoFile, Root

T = TypeVar("T")

LOOKAHEAD = 48
"""Photos that may be queued for the decoders or decoded ahead of the model."""

PREVIEWS_FROM, PREVIEWS_FROM_BYTES = 2000, 4 << 30
"""The preview pass takes JPEG photos only if so many are new, or so many bytes of them.

Fewer photos are indexed within half a minute, and the preview pass would make that a tenth longer. It always takes HEIC
photos.
"""


def nothing_done(model: str) -> IndexReport:
    """Return the report of a run that was cancelled before it did anything."""
    return IndexReport(0, 0, 0, 0, 0, 0, 0, (), 0.0, 0.0, model, 0, cancelled=True, waiting=0, remaining=None)


class IndexRun:
    """One indexing run. Call `run` only once."""

    def __init__(self, context: RunContext, meter: Meter) -> None:
        self._context = context
        self._meter = meter
        self._plans: list[Plan] = []
        self._todo: int | None = None  # photos to read, once all are found
        self._reused = self._moved = self._removed = 0
        self._failed: list[Failure] = []
        self._embedded_keys: set[bytes] = set()
        self._gone: Counter[bytes] = Counter()  # files that are gone, by content key
        self._previewed: set[PhotoFile] = set()
        self._pipeline = Pipeline(context)
        self._scan = TimedScan(context.library.folder.absolute(), context.turns, meter.advance)
        self._reader = PhotoReader(context)

    async def run(self, scopes: Sequence[ScanScope]) -> IndexReport:
        """Bring the catalog and the search index up to date with the folders in these scopes.

        If the task is cancelled, the photos done so far are kept and the report says that the run was cancelled.
        """
        started = time.monotonic()
        cancelled = False
        try:
            await self._update(scopes)
        except asyncio.CancelledError:
            cancelled = True
        finally:
            self._end_waiting()
        self._meter.begin(Stage.STORING, 0)
        cancelled = await self._sync_index(self._context.synced_index(), cancelled=cancelled)
        waiting = await finish(asyncio.ensure_future(self._context.synced_index().pending_count()))
        return self._report(time.monotonic() - started, waiting, cancelled=cancelled)

    async def _sync_index(self, synced_index: SyncedIndex, *, cancelled: bool) -> bool:
        """Complete the search index and flush it to disk, and return whether the run was cancelled by then.

        A cancelled run does not wait for photos that are still being copied into the search index.
        """
        if cancelled:
            if synced_index.state.phase is Phase.READY:
                await finish(asyncio.ensure_future(synced_index.flush()))
            return True
        try:
            await synced_index.flush(self._meter.copied)
        except asyncio.CancelledError:
            return True
        return False

    async def _update(self, scopes: Sequence[ScanScope]) -> None:
        self._meter.begin(Stage.SCANNING, 0)
        for scope in scopes:
            try:
                self._plans.append(await self._plan(scope))
            except NeedsWalkError:
                self._plans.append(await self._plan(replace(scope, paths=None)))
        self._todo = sum(len(plan.todo) for plan in self._plans)
        self._gone.update(photo.content for plan in self._plans for photo in plan.gone if photo.content)
        await self._preview_pass()
        self._meter.begin(Stage.EMBEDDING, self._todo)
        for root, files in self._reading_order():
            jobs = (partial(self._reader.read_photo, root, file) for file in drain(files))
            await self._process(root, jobs, self._add_photo)
        await run(self._context.workers.store, self._context.catalog.purge_provisional)
        for plan in self._plans:
            gone = [photo.file.path for photo in plan.gone]
            await run(self._context.workers.store, self._context.catalog.remove, plan.root, gone)
            await run(self._context.workers.store, self._context.forget, gone)
            self._removed += len(gone)
        reachable = [plan.root for plan in self._plans if plan.root.path not in {each.path for each in plan.closed}]
        await MetadataPass(self._context, self._reader, self._meter).run(reachable)

    async def _plan(self, scope: ScanScope) -> Plan:
        context = self._context
        known = await run(context.workers.store, context.catalog.known, scope.root, context.embedder.key, scope.paths)
        mounts = await run(context.workers.store, context.catalog.mounts, scope.root)
        plan = await self._scan.plan(scope, known, mounts)
        if plan.mounts is not None:  # saved before any photo, or photos on an offline drive count as gone
            await run(context.workers.store, context.catalog.set_mounts, scope.root, plan.mounts)
        await run(context.workers.store, context.catalog.save_change_times, scope.root, drain(plan.dated))
        self._reader.set_mounts(scope.root, mounts if plan.mounts is None else plan.mounts)
        return plan

    def _end_waiting(self) -> None:
        """Start no more work, and release the threads that wait for a turn, as in a paused run, or for a drive."""
        self._context.turns.close()
        self._reader.close()

    async def _preview_pass(self) -> None:
        """Make new photos searchable by their embedded previews until the complete files have been read."""
        # A new file with the size and time of a gone one was probably moved, so its embedding exists already.
        gone = {(photo.file.size, photo.file.mtime_ns) for plan in self._plans for photo in plan.gone}
        new = [
            [file for file in plan.new if is_worth_previewing(file) and (file.size, file.mtime_ns) not in gone]
            for plan in self._plans
        ]
        fast = [file.size for files in new for file in files if not is_slow_to_decode(file)]
        if len(fast) < PREVIEWS_FROM and sum(fast) < PREVIEWS_FROM_BYTES:
            new = [[file for file in files if is_slow_to_decode(file)] for files in new]
        if not any(new):
            return
        self._meter.begin(Stage.PREVIEWING, sum(map(len, new)))
        for plan, files in zip(self._plans, new, strict=True):
            jobs = (partial(self._reader.read_preview, plan.root, file) for file in files)
            await self._process(plan.root, jobs, self._add_preview)

    def _reading_order(self) -> list[tuple[Root, list[PhotoFile]]]:
        """Take the photos to read out of the plans. Those that a search can find already come last."""
        first, last = [], []
        for plan in self._plans:
            first.append((plan.root, [file for file in plan.new if file not in self._previewed]))
            last.append((plan.root, [file for file in plan.new if file in self._previewed] + plan.again))
            plan.new, plan.again = [], []
        return first + last

    async def _process(
        self,
        root: Root,
        jobs: Iterable[Callable[[], tuple[PhotoFile, T]]],
        add: Callable[[Root, PhotoFile, T], Awaitable[None]],
    ) -> None:
        """Run the jobs of a root on the decode threads, and add their results to the pipeline in the same order."""
        try:
            async with aclosing(in_order(self._context.workers.decode, jobs, LOOKAHEAD)) as results:
                async for file, result in results:
                    await add(root, file, result)
                    self._meter.advance()
            await self._pipeline.finish(root)
        except BaseException as error:
            self._end_waiting()  # or threads that wait for a turn or a drive would delay the end of the run
            await self._pipeline.abandon(root, error)
            raise

    async def _add_preview(self, root: Root, file: PhotoFile, result: Outcome) -> None:
        if result is None:
            self._reader.mark_offline(root)
        elif isinstance(result, ReadPhoto) and result.pixels is not None:
            self._previewed.add(file)
            await self._pipeline.embed(root, replace(file, size=REREAD), result.details, result.pixels)

    async def _add_photo(self, root: Root, file: PhotoFile, result: Outcome) -> None:
        if result is None:
            self._reader.mark_offline(root)
            return
        if isinstance(result, ReadFailure):
            self._failed.append(Failure(file.path, result.reason))
            await self._pipeline.fail(root, file, result.reason, again=result.again)
            return
        content = result.details.content
        if result.pixels is not None and content not in self._embedded_keys:
            self._embedded_keys.add(content)
            await self._pipeline.embed(root, file, result.details, result.pixels)
            return
        moved = self._gone[content] > 0
        self._gone[content] -= moved
        self._moved += moved
        self._reused += not moved
        await self._pipeline.add(root, file, result.details)

    def _report(self, seconds: float, waiting: int, *, cancelled: bool) -> IndexReport:
        done = self._pipeline.embedded + self._reused + self._moved
        failed = self._failed + [failure for plan in self._plans for failure in plan.failed]
        return IndexReport(
            found=sum(plan.found for plan in self._plans),
            ignored=sum(plan.ignored for plan in self._plans),
            indexed=self._pipeline.embedded,
            reused=self._reused,
            unchanged=sum(plan.unchanged for plan in self._plans),
            moved=self._moved,
            removed=max(0, self._removed - self._moved),
            failed=tuple(sorted(failed, key=lambda failure: failure.path)),
            seconds=seconds,
            images_per_second=done / seconds if seconds else 0.0,
            model=self._context.model,
            dim=self._context.embedder.dim,
            cancelled=cancelled,
            waiting=waiting,
            closed=(*(failure for plan in self._plans for failure in plan.closed), *self._reader.offline_roots()),
            remaining=self._remaining(done) if cancelled else 0,
        )

    def _remaining(self, done: int) -> int | None:
        return None if self._todo is None else self._todo - done - len(self._failed)
