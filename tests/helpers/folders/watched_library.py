"""A fake library whose roots a watcher watches, and what the watcher reports."""

from __future__ import annotations

import asyncio
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from core.types import Changes, Root
from core.watch.process import serve
from core.watch.watcher import Times, Watcher
from tests.helpers.limits import HANG_TIMEOUT

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from pathlib import Path

    from core.watch.process_client import Serve

QUICK = Times(settle=0.2, offline_retry=0.1)
WHOLE_ROOT = Changes(roots=frozenset({"photos"}))

NextChanges: TypeAlias = "Callable[[], Awaitable[Changes]]"


@dataclass
class FakeLibrary:
    """The roots in a catalog, and the messages for the user."""

    folder: Path
    roots: list[Root] = field(default_factory=list)
    messages: list[str] = field(default_factory=list)

    def add(self, name: str, uuid: str = "") -> Path:
        path = self.folder / name
        path.mkdir(exist_ok=True)
        self.roots.append(Root(uuid or name, path))
        return path

    async def find_roots(self) -> list[Root]:
        return list(self.roots)

    async def is_online(self, root: Root) -> bool:
        return root.path.is_dir()

    def watcher(self, times: Times = QUICK, serve: Serve = serve) -> Watcher:
        leave_out = self.folder / "photos" / "library"
        return Watcher(self.find_roots, self.is_online, leave_out, self.messages.append, times, serve)


@asynccontextmanager
async def running(watcher: Watcher) -> AsyncIterator[NextChanges]:
    async with aclosing(watcher.changes()) as changes:

        async def next_changes() -> Changes:
            return await asyncio.wait_for(anext(changes), HANG_TIMEOUT)

        yield next_changes


async def paths_until(next_changes: NextChanges, *wanted: Path) -> set[Path]:
    """Return the changed paths once all wanted ones are among them."""
    seen: set[Path] = set()
    while not seen.issuperset(wanted):
        changes = await next_changes()
        assert not changes.roots
        seen |= changes.paths
    return seen
