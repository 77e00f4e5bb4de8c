"""Where the photo folders of an open library are now."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING

from core.catalog.places import Places
from core.folders import add_folder, add_returned, bring_back
from core.volumes import Volumes
from core.workers import run

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from core.open_library import OpenLibrary
    from core.types import PhotoFile, Root
    from core.workers import Workers


class Whereabouts:
    """Looks at drives on threads of its own, and keeps the catalog to what it finds."""

    def __init__(self, workers: Workers, volumes: Volumes | None = None) -> None:
        """Take note; no drive is looked at yet."""
        self._workers = workers
        self._volumes = volumes or Volumes()
        self._looks: dict[tuple[Root, ...], asyncio.Task[list[Root]]] = {}

    async def there(self, held: OpenLibrary) -> list[Root]:
        """Return the roots that can be reached, each with its path of now: its drive may have come back elsewhere.

        Who asks while another one waits for the same roots waits for the same look.
        """
        # Not any look under way: it knows nothing of a folder that was added, or got other rules, since it began.
        known = tuple(await run(self._workers.read, held.view.roots))
        if (look := self._looks.get(known)) is None:
            look = asyncio.create_task(self._look(held, known), name="look where the folders are")
            self._looks[known] = look
            look.add_done_callback(partial(self._forget, known))
        # Shielded: a caller that is cancelled must not take it away from the others.
        return list(await asyncio.shield(look))

    async def is_there(self, held: OpenLibrary, root: Root) -> bool:
        """Tell whether a root can be reached at the path that it has. Being looked for, it may get another one."""
        return any((there.uuid, there.path) == (root.uuid, root.path) for there in await self.there(held))

    async def presence(self, held: OpenLibrary) -> dict[Root, bool]:
        """Return of each root whether it is where the catalog has it; False too where its drive does not answer."""
        view = held.view
        known = await run(self._workers.read, lambda: {root: view.photos_in(root) > 0 for root in view.roots()})
        return dict.fromkeys(known, False) | await run(self._workers.look, self._volumes.presence, known)

    async def add(self, held: OpenLibrary, folder: Path) -> Root:
        """Return the root that covers a folder: one that was elsewhere if it has that one's photos, or a new one.

        Raises:
            FolderError: It is not a folder or cannot be read, or a drive does not answer: its own, or another folder's.
        """
        path = await run(self._workers.look, self._volumes.checked, folder)
        known = await run(self._workers.read, held.view.roots)
        if itself := next((root for root in known if root.path == path), None):
            return itself
        found = await run(self._workers.look, self._volumes.recognise, path, await self._samples(held, known))
        # What follows compares the paths on disk, on the thread that everybody needs.
        await run(self._workers.look, self._volumes.expect, known)
        here = [root for root, is_here in (await self.presence(held)).items() if is_here]
        if found:
            return await run(self._workers.store, add_returned, held.catalog, Places(held.writer), found, here)
        return await run(self._workers.store, add_folder, held.catalog, path, here)

    async def close(self) -> None:
        """Give up what is being looked at, so that no drive holds up the end of the threads."""
        self._volumes.close()
        looks = tuple(self._looks.values())
        for look in looks:
            look.cancel()
        await asyncio.gather(*looks, return_exceptions=True)

    async def _look(self, held: OpenLibrary, known: Sequence[Root]) -> list[Root]:
        sighting = await run(self._workers.look, self._volumes.look, await self._samples(held, known))
        moved = await run(self._workers.store, bring_back, held.catalog, Places(held.writer), sighting.moved)
        return [*sighting.here, *moved]

    def _forget(self, known: tuple[Root, ...], look: asyncio.Task[list[Root]]) -> None:
        del self._looks[known]
        if not look.cancelled():
            look.exception()  # looked at, also where nobody waits for it any more

    async def _samples(self, held: OpenLibrary, known: Sequence[Root]) -> dict[Root, list[PhotoFile]]:
        return await run(self._workers.read, Places(held.reader).samples, known)
