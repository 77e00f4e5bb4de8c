"""Index folders: scan, compare with the catalog, look at small pictures first, then read, embed and store."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from contextlib import aclosing
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from core.catalog.catalog import REREAD
from core.errors import DecodeError
from core.image.entries import has_content
from core.image.preview import is_worthwhile
from core.image.reader import UnreadableError
from core.image.scan import NeedsWalkError, look_at, walk
from core.pipeline import Pipeline
from core.planning import Look, Plan, make_plan
from core.reports import IndexReport, Phase, Stage
from core.types import Failure
from core.workers import finish, in_order, run

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from core.catalog.known import KnownPhoto
    from core.image.reader import ReadPhoto
    from core.image.scan import Folder
    from core.pipeline import Tools
    from core.progress import Meter
    from core.replica import Replica
    from core.types import PhotoFile, Root

T = TypeVar("T")

LOOKAHEAD = 48

PREVIEWS_FROM = 2000
"""Fewer large photos are all there in half a minute, which looking at their previews would make longer by a tenth."""


@dataclass(frozen=True, slots=True)
class Unread:
    """A photo that could not be read. `again`: the reason may pass, so the next run tries once more."""

    reason: str
    again: bool


def nothing_done(model: str) -> IndexReport:
    """Return the report of a run that was cancelled before it began."""
    return IndexReport(0, 0, 0, 0, 0, 0, 0, (), 0.0, 0.0, model, 0, cancelled=True, waiting=0)


class Indexing:
    """One indexing run; `run` is called once."""

    def __init__(self, tools: Tools, meter: Meter) -> None:
        """Take note; nothing is read before `run`."""
        self._tools = tools
        self._meter = meter
        self._plans: list[Plan] = []
        self._reused = self._moved = self._removed = 0
        self._failed: list[Failure] = []
        self._lost: dict[Root, Failure] = {}
        self._seen: set[bytes] = set()
        self._gone: Counter[bytes] = Counter()
        self._pipeline = Pipeline(tools)

    async def run(self, looks: Sequence[Look]) -> IndexReport:
        """Bring the catalog and the index up to date with what is looked at.

        Cancelling the task keeps what is done and returns a report that says so.
        """
        started = time.monotonic()
        cancelled = False
        try:
            await self._update(looks)
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

    async def _update(self, looks: Sequence[Look]) -> None:
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
            await self._take(plan.root, (partial(self._read, plan.root, file) for file in plan.todo), self._sort)
        await run(self._tools.workers.store, self._tools.catalog.purge_provisional)
        for plan in self._plans:
            gone = [photo.file.path for photo in plan.gone]
            await run(self._tools.workers.store, self._tools.catalog.remove, plan.root, gone)
            self._removed += len(gone)

    async def _plan(self, look: Look) -> Plan:
        tools, root = self._tools, look.root
        known = await run(tools.workers.store, tools.catalog.known, root, tools.embedder.key, look.paths)
        folders: list[Folder] = []
        steps = _steps(look, (tools.library.folder.absolute(), *look.leave_out))
        while (folder := await run(tools.workers.decode, self._next, steps)) is not None:
            folders.append(folder)
            self._meter.advance(len(folder.photos))
        return await run(tools.workers.decode, _compare, root, folders, known)

    def _next(self, steps: Iterator[Folder]) -> Folder | None:
        with self._tools.turns.turn():
            pass  # and not kept, as a drive that does not answer would keep it for ever
        return next(steps, None)

    async def _look_first(self) -> None:
        """Make photos searchable by the small pictures that their files carry, until each is read as a whole."""
        # What was renamed or moved is known already, and never meets the model again.
        gone = {(photo.file.size, photo.file.mtime_ns) for plan in self._plans for photo in plan.gone}
        new = [
            [file for file in plan.new if is_worthwhile(file.size) and (file.size, file.mtime_ns) not in gone]
            for plan in self._plans
        ]
        photos = sum(map(len, new))
        if photos < PREVIEWS_FROM:
            return
        self._meter.begin(Stage.PREVIEWING, photos)
        for plan, files in zip(self._plans, new, strict=True):
            await self._take(plan.root, (partial(self._preview, file) for file in files), self._sort_preview)

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
            self._tools.turns.close()  # or what waits for a turn, as the run is held, would hold up its end
            await self._pipeline.give_up(root, error)
            raise

    def _preview(self, file: PhotoFile) -> tuple[PhotoFile, ReadPhoto | None]:
        try:
            with self._tools.turns.turn():
                return file, self._tools.preview(file.path)
        except DecodeError:
            return file, None  # reading it as a whole tells why

    async def _sort_preview(self, root: Root, file: PhotoFile, result: ReadPhoto | None) -> None:
        if result and result.pixels is not None:
            await self._pipeline.embed(root, replace(file, size=REREAD), result.details, result.pixels)

    def _read(self, root: Root, file: PhotoFile) -> tuple[PhotoFile, ReadPhoto | Unread | None]:
        """Return a photo, why it cannot be read, or nothing where its root is not there any more."""
        tools = self._tools
        try:
            known = partial(tools.reader.details, model=tools.embedder.key)
            with tools.turns.turn():
                return file, tools.read(file.path, known)
        except DecodeError as error:
            again = isinstance(error, UnreadableError)
            return file, None if again and not has_content(root.path) else Unread(str(error), again)

    async def _sort(self, root: Root, file: PhotoFile, result: ReadPhoto | Unread | None) -> None:
        if result is None:
            self._lost[root] = Failure(root.path, "The folder went away before all was read. Its photos are kept.")
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
            closed=(*(failure for plan in self._plans for failure in plan.closed), *self._lost.values()),
        )


def _compare(root: Root, folders: Sequence[Folder], known: Mapping[Path, KnownPhoto]) -> Plan:
    return make_plan(root, folders, known, is_empty=not has_content(root.path))


def _steps(look: Look, leave_out: Sequence[Path]) -> Iterator[Folder]:
    root = look.root
    if look.paths is None:
        return walk(root.path, leave_out, root.rules)
    return look_at(root.path, leave_out, root.rules, look.paths)
