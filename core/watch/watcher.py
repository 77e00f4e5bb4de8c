"""The live watch: reports what changes in the roots while the program runs."""

from __future__ import annotations

import asyncio
from contextlib import aclosing, suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from core.types import Changes
from core.watch.process import Changed, Refused, serve
from core.watch.process_client import watch_root
from core.workers import finish, run

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable

    from core.folders.service import FolderService
    from core.library.open_library import OpenLibrary
    from core.types import Root
    from core.watch.process_client import Serve
    from core.workers import Workers

BURST = 2_000
"""If more paths than this change at once, the complete root is reported as changed."""

RootLocation: TypeAlias = tuple[str, Path]
"""A root's uuid and path. If either changes, the root needs a new watch."""


@dataclass(frozen=True, slots=True)
class Times:
    """Intervals of the live watch, in seconds.

    - `settle`: changes are reported once a root has had no further ones for this long,
    - `max_delay`: but no later than this after the first change.
    - `offline_retry`: how often an offline root is checked.
    - `unwatched_rescan`: how often a root that cannot be watched is rescanned.
    - `full_rescan`: how often every root is rescanned, because the system does not report what other computers change
      on a network share.
    """

    settle: float = 1.5
    max_delay: float = 10.0
    offline_retry: float = 10.0
    unwatched_rescan: float = 300.0
    full_rescan: float = 900.0


@dataclass(slots=True)
class _Collected:
    """Changes in one root that have not been reported yet. `since` and `due` are times of the event loop's clock."""

    since: float
    due: float = 0.0
    paths: set[Path] = field(default_factory=set)
    needs_rescan: bool = False


class Watcher:
    """Watches all roots that are online. Only one `changes` may run at a time."""

    def __init__(
        self,
        find_roots: Callable[[], Awaitable[list[Root]]],
        is_online: Callable[[Root], Awaitable[bool]],
        leave_out: Path,
        on_trouble: Callable[[str], None],
        times: Times = Times(),
        serve: Serve = serve,
    ) -> None:
        """`leave_out` is the library's folder, and `serve` watches a folder in a process of its own.

        `on_trouble` gets a message for the user, once for each root that cannot be watched.
        """
        self._find_roots, self._is_online = find_roots, is_online
        self._leave_out = leave_out
        self._on_trouble = on_trouble
        self._times = times
        self._serve = serve
        self._collected: dict[str, _Collected] = {}
        self._reported_troubles: set[str] = set()
        self._roots_changed, self._collected_more = asyncio.Event(), asyncio.Event()

    def refresh_roots(self) -> None:
        """Adapt to roots that were added, removed or relocated. Call it on the event loop's thread."""
        self._roots_changed.set()

    async def changes(self) -> AsyncGenerator[Changes, None]:
        """Yield changes as they happen, and each root as completely changed once it is watched.

        Changes are collected while the caller is busy. Close the generator, or cancel the task that waits for it, to
        end the watch.
        """
        self._collected.clear()
        watching = asyncio.create_task(self._watch_all(), name="watch the photo folders")
        watching.add_done_callback(lambda _: self._collected_more.set())
        try:
            while True:
                yield await self._next(watching)
        finally:
            watching.cancel()
            with suppress(asyncio.CancelledError):
                await finish(watching)

    async def _next(self, watching: asyncio.Task[None]) -> Changes:
        while not watching.done():
            now = asyncio.get_running_loop().time()
            if due := {uuid for uuid, collected in self._collected.items() if collected.due <= now}:
                return self._take(due)
            self._collected_more.clear()
            next_due = min((collected.due for collected in self._collected.values()), default=None)
            with suppress(TimeoutError):
                async with asyncio.timeout_at(next_due):
                    await self._collected_more.wait()
        watching.result()  # raises, because the task ends only with an error
        raise AssertionError

    def _take(self, uuids: set[str]) -> Changes:
        taken = {uuid: self._collected.pop(uuid) for uuid in uuids}
        paths = frozenset(path for collected in taken.values() for path in collected.paths)
        return Changes(paths, frozenset(uuid for uuid, collected in taken.items() if collected.needs_rescan))

    async def _watch_all(self) -> None:
        watches: dict[RootLocation, asyncio.Task[None]] = {}
        try:
            async with asyncio.TaskGroup() as group:
                while True:
                    self._roots_changed.clear()
                    roots = {(root.uuid, root.path): root for root in await self._find_roots()}
                    for location in watches.keys() - roots.keys():
                        watches.pop(location).cancel()
                        self._collected.pop(location[0], None)
                    for location in roots.keys() - watches.keys():
                        watches[location] = group.create_task(self._keep_watching(roots[location]))
                    await self._roots_changed.wait()
        except BaseExceptionGroup as group_error:
            raise group_error.exceptions[0] from None

    async def _keep_watching(self, root: Root) -> None:
        while True:
            if await self._is_online(root):
                with suppress(TimeoutError):
                    async with asyncio.timeout(self._times.full_rescan):
                        await self._watch(root)
            await asyncio.sleep(self._times.offline_retry)

    async def _watch(self, root: Root) -> None:
        """Collect changes until the root goes offline."""
        async with aclosing(watch_root(root.path, self._leave_out, self._serve)) as events:
            async for event in events:
                if isinstance(event, Changed):
                    self._collect(root, event.paths)
                    continue
                self._collect(root, None)
                if isinstance(event, Refused):
                    self._report_refused(root, event)
                    await asyncio.sleep(self._times.unwatched_rescan)

    def _collect(self, root: Root, paths: frozenset[str] | None) -> None:
        """Add changed paths of a root; None means that anything may have changed."""
        now = asyncio.get_running_loop().time()
        collected = self._collected.setdefault(root.uuid, _Collected(since=now))
        collected.due = min(now + self._times.settle, collected.since + self._times.max_delay)
        if paths is None or len(paths) > BURST:
            collected.needs_rescan = True
        if not collected.needs_rescan:
            collected.paths.update(map(Path, paths or ()))
            collected.needs_rescan = root.path in collected.paths or len(collected.paths) > BURST
        if collected.needs_rescan:
            collected.paths.clear()
        self._collected_more.set()

    def _report_refused(self, root: Root, refused: Refused) -> None:
        if root.uuid in self._reported_troubles:
            return
        self._reported_troubles.add(root.uuid)
        reason, advice = refused.reason.rstrip("."), ""
        if refused.limit:
            reason = "the system's limit of watched folders is reached"
            advice = f" To watch it, raise the system setting {refused.limit}."
        self._on_trouble(
            f"The folder {root.path} cannot be watched for changes: {reason}. It is scanned every "
            f"{self._times.unwatched_rescan / 60:g} minutes instead.{advice}"
        )


class WatchService:
    """Runs a watcher for each caller of `changes`."""

    def __init__(self, workers: Workers, library: OpenLibrary, folders: FolderService) -> None:
        self._workers, self._library, self._folders = workers, library, folders
        self._watchers: set[Watcher] = set()

    def roots_changed(self) -> None:
        """Make the watchers read the list of roots again."""
        for watcher in self._watchers:
            watcher.refresh_roots()

    async def changes(self, on_trouble: Callable[[str], None]) -> AsyncGenerator[Changes, None]:
        """Yield what may have changed, endlessly: first each root, once it is watched. Close the generator.

        `on_trouble` gets a sentence for the user about a folder that cannot be watched.
        """
        find_roots = partial(run, self._workers.read, self._library.read_catalog.roots)
        watcher = Watcher(find_roots, self._is_online, self._library.files.folder.absolute(), on_trouble)
        self._watchers.add(watcher)
        try:
            async with aclosing(watcher.changes()) as all_changes:
                async for changes in all_changes:
                    yield changes
        finally:
            self._watchers.remove(watcher)

    async def _is_online(self, root: Root) -> bool:
        is_online = await self._folders.is_online(root)
        if not is_online:
            self.roots_changed()  # the search may have found it at another path
        return is_online
