"""Where the photo folders of an open library are now."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core import roots
from core.catalog.places import Places
from core.folders import add_folder, add_returned, bring_back
from core.volumes import Volumes
from core.workers import run

if TYPE_CHECKING:
    from pathlib import Path

    from core.open_library import OpenLibrary
    from core.types import PhotoFile, Root
    from core.workers import Workers


class Whereabouts:
    """Looks at drives on threads of its own, and keeps the catalog to what it finds."""

    def __init__(self, workers: Workers) -> None:
        """Take note; no drive is looked at yet."""
        self._workers = workers
        self._volumes = Volumes()

    async def there(self, held: OpenLibrary) -> list[Root]:
        """Return the roots that can be reached, each with its path of now: its drive may have come back elsewhere."""
        sighting = await run(self._workers.view, self._volumes.look, await self._samples(held))
        moved = await run(self._workers.store, bring_back, held.catalog, Places(held.writer), sighting.moved)
        return [*sighting.here, *moved]

    async def is_there(self, held: OpenLibrary, root: Root) -> bool:
        """Tell whether a root can be reached at the path that it has. Being looked for, it may get another one."""
        return any((there.uuid, there.path) == (root.uuid, root.path) for there in await self.there(held))

    async def presence(self, held: OpenLibrary) -> dict[Root, bool]:
        """Return of each root whether it is where the catalog has it; False too where its drive does not answer."""
        samples = await self._samples(held)
        known = {root: bool(sample) for root, sample in samples.items()}
        return dict.fromkeys(known, False) | await run(self._workers.view, self._volumes.presence, known)

    async def add(self, held: OpenLibrary, folder: Path) -> Root:
        """Return the root that covers a folder: one that was elsewhere if it has that one's photos, or a new one.

        Raises:
            FolderError: It is not a folder or cannot be read.
        """
        path = await run(self._workers.view, roots.checked, folder)
        found = await run(self._workers.view, self._volumes.recognise, path, await self._samples(held))
        if found:
            return await run(self._workers.store, add_returned, held.catalog, Places(held.writer), found)
        return await run(self._workers.store, add_folder, held.catalog, path)

    async def _samples(self, held: OpenLibrary) -> dict[Root, list[PhotoFile]]:
        return await run(self._workers.read, lambda: Places(held.reader).samples(held.view.roots()))
