"""Where the photo folders of an open library are now."""

from __future__ import annotations

import asyncio
import os
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from core.catalog.folder_locations import FolderLocations
from core.errors import FolderError
from core.folders import nesting
from core.folders.drives import Drives
from core.folders.nesting import BY_NAME
from core.folders.registry import (
    add_folder,
    add_returned,
    bring_back,
    forget_doubles,
    forget_folder,
    is_called_so,
    root_of,
    set_rules,
)
from core.workers import run

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from core.folders.nesting import RealPaths
    from core.library.open_library import OpenLibrary
    from core.types import PhotoFile, Root, Rules
    from core.workers import Workers


class FolderService:
    """Looks at drives on threads of its own, and keeps the catalog to what it finds."""

    def __init__(self, workers: Workers, volumes: Drives | None = None) -> None:
        """Take note; no drive is looked at yet."""
        self._workers = workers
        self._volumes = volumes or Drives()
        self._looks: dict[tuple[Root, ...], asyncio.Task[list[Root]]] = {}

    async def there(self, held: OpenLibrary) -> list[Root]:
        """Return the roots that can be reached, each with its path of now: its drive may have come back elsewhere.

        Who asks while another one waits for the same roots waits for the same look.
        """
        # Not any look under way: it knows nothing of a folder that was added, or got other rules, since it began.
        known = tuple(await run(self._workers.read, held.read_catalog.roots))
        if (look := self._looks.get(known)) is None:
            look = asyncio.create_task(self._look(held, known), name="look where the folders are")
            self._looks[known] = look
            look.add_done_callback(partial(self._forget, known))
        # Shielded: a caller that is cancelled must not take it away from the others.
        return list(await asyncio.shield(look))

    async def without_doubles(self, held: OpenLibrary, there: Sequence[Root]) -> tuple[list[Root], list[Path]]:
        """Forget roots that prove to be one folder with another; see `forget_doubles`. To be called between runs."""
        real = await run(self._workers.drives, self._volumes.real, [], there)
        return await run(self._workers.store, forget_doubles, held.catalog, there, real)

    async def is_there(self, held: OpenLibrary, root: Root) -> bool:
        """Tell whether a root can be reached at the path that it has. Being looked for, it may get another one."""
        return any((there.uuid, there.path) == (root.uuid, root.path) for there in await self.there(held))

    async def presence(self, held: OpenLibrary) -> dict[Root, bool]:
        """Return of each root whether it is where the catalog has it; False too where its drive does not answer."""
        view = held.read_catalog
        known = await run(self._workers.read, lambda: {root: view.photos_in(root) > 0 for root in view.roots()})
        return dict.fromkeys(known, False) | await run(self._workers.drives, self._volumes.presence, known)

    async def add(self, held: OpenLibrary, folder: Path) -> Root:
        """Return the root that covers a folder: one that was elsewhere if it has that one's photos, or a new one.

        A root whose drive does not answer is compared by its path alone. Should it turn out to be the same folder when
        the drive answers again, the next run forgets one of the two.

        Raises:
            FolderError: It is not a folder or cannot be read, or its drive does not answer.
        """
        path = await run(self._workers.drives, self._volumes.checked, folder)
        known = await run(self._workers.read, held.read_catalog.roots)
        if itself := nesting.same(known, path, BY_NAME):
            return itself
        found = await run(self._workers.drives, self._volumes.recognise, path, await self._samples(held, known))
        real = await run(self._workers.drives, self._volumes.real, [path], known)
        here = [root for root, is_here in (await self.presence(held)).items() if is_here]
        if found:
            return await run(
                self._workers.store, add_returned, held.catalog, FolderLocations(held.database), found, here, real
            )
        return await run(self._workers.store, add_folder, held.catalog, path, here, real)

    async def root_of(self, held: OpenLibrary, folder: Path) -> Root:
        """Return the root that is a folder, by whatever path it is called.

        Raises:
            FolderError: It is not in the library, or a drive does not answer that would have to be asked.
        """
        path = _absolute(folder)
        known = await run(self._workers.read, held.read_catalog.roots)
        if itself := nesting.same(known, path, BY_NAME):
            return itself
        real = await run(self._workers.drives, self._volumes.real, [path], known)
        with _in_doubt(path, known, real):
            return root_of(known, path, real)

    async def set_rules(self, held: OpenLibrary, folder: Path, rules: Rules) -> None:
        """Note what is passed over in a root. Raises as `root_of` does."""
        root = await self.root_of(held, folder)
        await run(self._workers.store, set_rules, held.catalog, root.path, rules)

    async def forget(self, held: OpenLibrary, folder: Path) -> list[Path]:
        """Forget a root with its photos, and return where these are. Raises as `root_of` does."""
        root = await self.root_of(held, folder)
        return await run(self._workers.store, forget_folder, held.catalog, root.path)

    async def parts(self, held: OpenLibrary, folders: Sequence[Path]) -> list[tuple[Root, Path]]:
        """Return what of some folders is in the library: roots, each with a folder in it, or with its own.

        Raises:
            FolderError: One of them is not in the library, or a drive does not answer that would have to be asked.
        """
        known = await run(self._workers.read, held.read_catalog.roots)
        paths = [_absolute(folder) for folder in folders]
        asked = [
            path for path in paths if not await run(self._workers.read, is_called_so, held.read_catalog, known, path)
        ]
        real = await run(self._workers.drives, self._volumes.real, asked, known) if asked else BY_NAME
        found: list[tuple[Root, Path]] = []
        for path in paths:
            with _in_doubt(path, known, real):
                found += nesting.parts(known, path, real)
        return found

    async def close(self) -> None:
        """Give up what is being looked at, so that no drive holds up the end of the threads."""
        self._volumes.close()
        looks = tuple(self._looks.values())
        for look in looks:
            look.cancel()
        await asyncio.gather(*looks, return_exceptions=True)

    async def _look(self, held: OpenLibrary, known: Sequence[Root]) -> list[Root]:
        sighting = await run(self._workers.drives, self._volumes.look, await self._samples(held, known))
        real = await run(self._workers.drives, self._volumes.real, [], [*known, *sighting.moved])
        moved = await run(
            self._workers.store, bring_back, held.catalog, FolderLocations(held.database), sighting.moved, real
        )
        return [*sighting.here, *moved]

    def _forget(self, known: tuple[Root, ...], look: asyncio.Task[list[Root]]) -> None:
        del self._looks[known]
        if not look.cancelled():
            look.exception()  # looked at, also where nobody waits for it any more

    async def _samples(self, held: OpenLibrary, known: Sequence[Root]) -> dict[Root, list[PhotoFile]]:
        return await run(self._workers.read, FolderLocations(held.read_database).samples, known)


def _absolute(folder: Path) -> Path:
    return Path(os.path.abspath(folder))


@contextmanager
def _in_doubt(folder: Path, known: Collection[Root], real: RealPaths) -> Iterator[None]:
    """Have nobody say that a folder is not in the library while a root is silent that may have it."""
    try:
        yield
    except FolderError as error:
        silent = next((root.path for root in known if root.path not in real.told), None)
        if silent is None:
            raise
        raise FolderError(
            f"Whether the folder {folder} is in the library cannot be told, as {silent} does not answer. "
            "See to its drive or network share, then try again."
        ) from error
