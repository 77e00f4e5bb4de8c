"""The live watch: tells what changes in the photo folders while the program runs."""

from __future__ import annotations

import asyncio
from contextlib import aclosing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from core.types import Changes
from core.watch.events import Changed, Refused
from core.watch.process import serve
from core.watch.process_client import watch_root
from core.workers import finish

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable

    from core.types import Root
    from core.watch.process_client import Serve

BURST = 2_000
PhotoLocation: TypeAlias = tuple[str, Path]
"""A root's uuid and its path: what a watch depends on."""


@dataclass(frozen=True, slots=True)
class Times:
    """How long is waited for what, in seconds.

    Changes are passed on when a root was `quiet` for so long, but `latest` after the first of them. A root that is away
    is looked for after `away`; one that cannot be watched is looked through after `rescan`, and any after `sweep`, for
    what other computers change on a network share is not told to this one.
    """

    quiet: float = 1.5
    latest: float = 10.0
    away: float = 10.0
    rescan: float = 300.0
    sweep: float = 900.0


@dataclass(slots=True)
class _Collected:
    """What has changed in one root and was not passed on yet."""

    since: float
    due: float = 0.0
    paths: set[Path] = field(default_factory=set)
    is_whole: bool = False


class Watcher:
    """Watches all roots that are there. `changes` may run once at a time."""

    def __init__(
        self,
        find_roots: Callable[[], Awaitable[list[Root]]],
        is_there: Callable[[Root], Awaitable[bool]],
        leave_out: Path,
        on_trouble: Callable[[str], None],
        times: Times = Times(),
        serve: Serve = serve,
    ) -> None:
        """Take note.

        `leave_out` is the library's folder. `on_trouble` is given a sentence for the user, once for each root that
        cannot be watched. `serve` watches a folder in a process of its own.
        """
        self._find_roots, self._is_there = find_roots, is_there
        self._leave_out = leave_out
        self._on_trouble = on_trouble
        self._times = times
        self._serve = serve
        self._collected: dict[str, _Collected] = {}
        self._troubled: set[str] = set()
        self._roots_differ, self._told = asyncio.Event(), asyncio.Event()

    def look_again(self) -> None:
        """Take note that roots were added, removed or found elsewhere. To be called on the event loop's thread."""
        self._roots_differ.set()

    async def changes(self) -> AsyncGenerator[Changes, None]:
        """Yield what changes, and each root as a whole once it is watched. What comes in between is collected.

        Closing it, or cancelling whoever waits for it, ends the watch.
        """
        self._collected.clear()
        watching = asyncio.create_task(self._watch_all(), name="watch the photo folders")
        watching.add_done_callback(lambda _: self._told.set())
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
            self._told.clear()
            first = min((collected.due for collected in self._collected.values()), default=None)
            with suppress(TimeoutError):
                async with asyncio.timeout_at(first):
                    await self._told.wait()
        watching.result()  # raises: it does not end by itself
        raise AssertionError

    def _take(self, uuids: set[str]) -> Changes:
        taken = {uuid: self._collected.pop(uuid) for uuid in uuids}
        paths = frozenset(path for collected in taken.values() for path in collected.paths)
        return Changes(paths, frozenset(uuid for uuid, collected in taken.items() if collected.is_whole))

    async def _watch_all(self) -> None:
        watches: dict[PhotoLocation, asyncio.Task[None]] = {}
        try:
            async with asyncio.TaskGroup() as group:
                while True:
                    self._roots_differ.clear()
                    roots = {(root.uuid, root.path): root for root in await self._find_roots()}
                    for location in watches.keys() - roots.keys():
                        watches.pop(location).cancel()
                        self._collected.pop(location[0], None)
                    for location in roots.keys() - watches.keys():
                        watches[location] = group.create_task(self._keep_watching(roots[location]))
                    await self._roots_differ.wait()
        except BaseExceptionGroup as group_error:
            raise group_error.exceptions[0] from None

    async def _keep_watching(self, root: Root) -> None:
        while True:
            if await self._is_there(root):
                with suppress(TimeoutError):
                    async with asyncio.timeout(self._times.sweep):
                        await self._watch(root)
            await asyncio.sleep(self._times.away)

    async def _watch(self, root: Root) -> None:
        """Collect what changes until the root is away."""
        async with aclosing(watch_root(root.path, self._leave_out, self._serve)) as all_news:
            async for news in all_news:
                if isinstance(news, Changed):
                    self._collect(root, news.paths)
                    continue
                self._collect(root, None)
                if isinstance(news, Refused):
                    self._complain(root, news)
                    await asyncio.sleep(self._times.rescan)

    def _collect(self, root: Root, paths: frozenset[str] | None) -> None:
        """Take note of what has changed; None for anything."""
        now = asyncio.get_running_loop().time()
        collected = self._collected.setdefault(root.uuid, _Collected(since=now))
        collected.due = min(now + self._times.quiet, collected.since + self._times.latest)
        if paths is None or len(paths) > BURST:
            collected.is_whole = True
        if not collected.is_whole:
            collected.paths.update(map(Path, paths or ()))
            collected.is_whole = root.path in collected.paths or len(collected.paths) > BURST
        if collected.is_whole:
            collected.paths.clear()
        self._told.set()

    def _complain(self, root: Root, refused: Refused) -> None:
        if root.uuid in self._troubled:
            return
        self._troubled.add(root.uuid)
        why, advice = f"it cannot be watched ({refused.reason})", ""
        if refused.limit:
            why = "the system lets no more folders be watched"
            advice = f" Raise its limit {refused.limit} to have it watched."
        self._on_trouble(
            f"Changes in {root.path} are not noticed at once: {why}. It is looked through every "
            f"{self._times.rescan / 60:g} minutes instead.{advice}"
        )
