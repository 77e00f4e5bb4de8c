"""Index folders: scan, compare with the catalog, look at small pictures first, then read, embed and store."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from contextlib import aclosing
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from core.catalog.photos import REREAD
from core.images.embedded_preview import is_worth_a_look
from core.images.reader import ReadPhoto
from core.indexing.photo_reading import PhotoReading, Unread
from core.indexing.pipeline import Pipeline
from core.indexing.plan import drained
from core.indexing.timed_scan import TimedScan
from core.reports import IndexReport, Phase, Stage
from core.scan.walk import NeedsWalkError
from core.types import Failure
from core.workers import finish, in_order, run

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Sequence

    from core.indexing.photo_reading import Outcome
    from core.indexing.pipeline import Tools
    from core.indexing.plan import Plan, ScanScope
    from core.indexing.progress import Meter
    from core.search_index.synced_index import SyncedIndex
    from core.types import PhotoFile, Root

T = TypeVar("T")

LOOKAHEAD = 48

PREVIEWS_FROM, PREVIEWS_FROM_BYTES = 2000, 4 << 30
"""Fewer photos are all there in half a minute, which looking at their previews would make longer by a tenth."""


def nothing_done(model: str) -> IndexReport:
    """Return the report of a run that was cancelled before it began."""
    return IndexReport(0, 0, 0, 0, 0, 0, 0, (), 0.0, 0.0, model, 0, cancelled=True, waiting=0)


class IndexRun:
    """One indexing run; `run` is called once."""

    def __init__(self, tools: Tools, meter: Meter) -> None:
        """Take note; nothing is read before `run`."""
        self._tools = tools
        self._meter = meter
        self._plans: list[Plan] = []
        self._reused = self._moved = self._removed = 0
        self._failed: list[Failure] = []
        self._seen: set[bytes] = set()
        self._gone: Counter[bytes] = Counter()
        self._pipeline = Pipeline(tools)
        self._scanning = TimedScan(tools.library.folder.absolute(), tools.turns, meter.advance)
        self._reading = PhotoReading(tools)

    async def run(self, looks: Sequence[ScanScope]) -> IndexReport:
        """Bring the catalog and the index up to date with what is looked at.

        Cancelling the task keeps what is done and returns a report that says so.
        """
        started = time.monotonic()
        cancelled = False
        try:
            await self._update(looks)
        except asyncio.CancelledError:
            cancelled = True
        finally:
            self._halt()
        self._meter.begin(Stage.STORING, 0)
        cancelled = await self._settle(self._tools.replica(), cancelled=cancelled)
        waiting = await finish(asyncio.ensure_future(self._tools.replica().waiting()))
        return self._report(time.monotonic() - started, waiting, cancelled=cancelled)

    async def _settle(self, replica: SyncedIndex, *, cancelled: bool) -> bool:
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

    async def _update(self, looks: Sequence[ScanScope]) -> None:
        self._meter.begin(Stage.SCANNING, 0)
        for look in looks:
            try:
                self._plans.append(await self._plan(look))
            except NeedsWalkError:
                self._plans.append(await self._plan(replace(look, paths=None)))
        self._gone.update(photo.content for plan in self._plans for photo in plan.gone if photo.content)
        await self._look_first()
        self._meter.begin(Stage.EMBEDDING, sum(len(plan.todo) for plan in self._plans))
        for plan in self._plans:
            jobs = (partial(self._reading.photo, plan.root, file) for file in drained(plan.todo))
            await self._take(plan.root, jobs, self._sort)
        await run(self._tools.workers.store, self._tools.catalog.purge_provisional)
        for plan in self._plans:
            gone = [photo.file.path for photo in plan.gone]
            await run(self._tools.workers.store, self._tools.catalog.remove, plan.root, gone)
            await run(self._tools.workers.store, self._tools.forget, gone)
            self._removed += len(gone)

    async def _plan(self, look: ScanScope) -> Plan:
        tools = self._tools
        known = await run(tools.workers.store, tools.catalog.known, look.root, tools.embedder.key, look.paths)
        mounts = await run(tools.workers.store, tools.catalog.mounts, look.root)
        plan = await self._scanning.plan(look, known, mounts)
        if plan.mounts is not None:  # noted before the first photo is: from then on they must not be forgotten
            await run(tools.workers.store, tools.catalog.set_mounts, look.root, plan.mounts)
        self._reading.begin(look.root, mounts if plan.mounts is None else plan.mounts)
        return plan

    def _halt(self) -> None:
        """Have nothing more begun, and nobody wait for a turn, as the run may be held, or for a drive."""
        self._tools.turns.close()
        self._reading.close()

    async def _look_first(self) -> None:
        """Make photos searchable by the small pictures that their files carry, until each is read as a whole."""
        # What was renamed or moved is known already, and never meets the model again.
        gone = {(photo.file.size, photo.file.mtime_ns) for plan in self._plans for photo in plan.gone}
        new = [
            [file for file in drained(plan.new) if is_worth_a_look(file) and (file.size, file.mtime_ns) not in gone]
            for plan in self._plans
        ]
        photos = sum(map(len, new))
        if photos < PREVIEWS_FROM and sum(file.size for files in new for file in files) < PREVIEWS_FROM_BYTES:
            return
        self._meter.begin(Stage.PREVIEWING, photos)
        for plan, files in zip(self._plans, new, strict=True):
            jobs = (partial(self._reading.preview, plan.root, file) for file in files)
            await self._take(plan.root, jobs, self._sort_preview)

    async def _take(
        self,
        root: Root,
        jobs: Iterable[Callable[[], tuple[PhotoFile, T]]],
        sort: Callable[[Root, PhotoFile, T], Awaitable[None]],
    ) -> None:
        """Have photos of a root decoded ahead, and take them into the pipeline in their order."""
        try:
            async with aclosing(in_order(self._tools.workers.decode, jobs, LOOKAHEAD)) as results:
                async for file, result in results:
                    await sort(root, file, result)
                    self._meter.advance()
            await self._pipeline.finish(root)
        except BaseException as error:
            self._halt()  # or what waits for either would hold up the end of the run
            await self._pipeline.give_up(root, error)
            raise

    async def _sort_preview(self, root: Root, file: PhotoFile, result: Outcome) -> None:
        if result is None:
            self._reading.lose(root)
        elif isinstance(result, ReadPhoto) and result.pixels is not None:
            await self._pipeline.embed(root, replace(file, size=REREAD), result.details, result.pixels)

    async def _sort(self, root: Root, file: PhotoFile, result: Outcome) -> None:
        if result is None:
            self._reading.lose(root)
            return
        if isinstance(result, Unread):
            self._failed.append(Failure(file.path, result.reason))
            await self._pipeline.fail(root, file, result.reason, again=result.again)
            return
        content = result.details.content
        if result.pixels is not None and content not in self._seen:
            self._seen.add(content)
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
            model=self._tools.model,
            dim=self._tools.embedder.dim,
            cancelled=cancelled,
            waiting=waiting,
            closed=(*(failure for plan in self._plans for failure in plan.closed), *self._reading.lost()),
        )
