"""The photo folders of an open library: which exist, where their drives are, and changes to them."""

from __future__ import annotations

import asyncio
import os
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from core.catalog.search_indexes import IndexRecords
from core.errors import FolderError
from core.folders import nesting
from core.folders.drives import Drives
from core.folders.nesting import BY_NAME
from core.folders.recycle_bin import move_to_bin, recorded
from core.folders.registry import (
    add_folder,
    add_returned,
    forget_duplicates,
    forget_folder,
    is_in_catalog,
    relocate_roots,
    root_of,
    set_rules,
)
from core.reports import BinReport
from core.workers import run

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from core.folders.nesting import RealPaths
    from core.library.open_library import OpenLibrary
    from core.types import PhotoFile, Root, Rules
    from core.workers import Workers


class FolderService:
    """Adds, finds and removes roots.

    Drives are accessed on separate threads, so that one that does not answer blocks nothing else.
    """

    def __init__(self, workers: Workers, library: OpenLibrary, drives: Drives | None = None) -> None:
        self._workers, self._library = workers, library
        self._drives = drives or Drives()
        self._searches: dict[tuple[Root, ...], asyncio.Task[list[Root]]] = {}

    async def online_roots(self) -> list[Root]:
        """Return the roots that can be reached, each with its current path: a drive may have a new mount point.

        Concurrent calls for the same roots share one search.
        """
        # A search under way for other roots would miss one that was added, or got new rules, since it started.
        known = await self._known()
        if (search := self._searches.get(known)) is None:
            search = asyncio.create_task(self._find(known), name="find the photo folders")
            self._searches[known] = search
            search.add_done_callback(partial(self._forget_search, known))
        # Shielded: cancelling one caller must not cancel the search for the others.
        return list(await asyncio.shield(search))

    async def merge_duplicates(self, online: Sequence[Root]) -> tuple[list[Root], list[Path]]:
        """Forget roots that turn out to be the same folder as another. Call it between indexing runs only.

        Returns the remaining roots and the forgotten photos; see `forget_duplicates`.
        """
        real = await run(self._workers.drives, self._drives.real, [], online)
        return await run(self._workers.store, forget_duplicates, self._library.catalog, online, real)

    async def is_online(self, root: Root) -> bool:
        """Return whether a root can be reached at its current path. Searching for it may give it another path."""
        return any((each.uuid, each.path) == (root.uuid, root.path) for each in await self.online_roots())

    async def online_states(self) -> dict[Root, bool]:
        """Return for each root whether it is where the catalog has it; False too if its drive does not answer."""
        catalog = self._library.read_catalog
        known = await run(self._workers.read, lambda: {root: catalog.photos_in(root) > 0 for root in catalog.roots()})
        return dict.fromkeys(known, False) | await run(self._workers.drives, self._drives.online, known)

    async def add(self, folder: Path) -> Root:
        """Return the root that covers a folder: an existing one, one that moved here with its photos, or a new one.

        A root whose drive does not answer is compared by path alone. If both prove to be the same folder later, the
        next indexing run forgets one of them.

        Raises:
            FolderError: It is not a folder or cannot be read, or its drive does not answer.
        """
        path = await run(self._workers.drives, self._drives.checked, folder)
        known = await self._known()
        if existing := nesting.same(known, path, BY_NAME):
            return existing
        returned = await run(self._workers.drives, self._drives.recognise, path, await self._samples(known))
        real = await run(self._workers.drives, self._drives.real, [path], known)
        online = [root for root, is_online in (await self.online_states()).items() if is_online]
        library = self._library
        if returned:
            return await run(self._workers.store, add_returned, library.catalog, returned, online, real)
        return await run(self._workers.store, add_folder, library.catalog, path, online, real)

    async def root_of(self, folder: Path) -> Root:
        """Return the root that is this folder, whatever path it is given by.

        Raises:
            FolderError: It is not in the library, or a drive that would have to be asked does not answer.
        """
        path = _absolute(folder)
        known = await self._known()
        if root := nesting.same(known, path, BY_NAME):
            return root
        real = await run(self._workers.drives, self._drives.real, [path], known)
        with _unless_a_drive_is_silent(path, known, real):
            return root_of(known, path, real)

    async def move_to_bin(self, photos: Sequence[Path]) -> BinReport:
        """Move photos to the recycle bin, and forget those that were moved."""
        known = await run(self._workers.read, recorded, self._library.read_catalog, photos)
        online = await self.online_roots()
        moved, failed = await run(self._workers.drives, move_to_bin, photos, known, online)
        for root in {known[photo][0] for photo in moved}:
            inside = [photo for photo in moved if known[photo][0] == root]
            await run(self._workers.store, self._library.catalog.remove, root, inside)
        return BinReport(tuple(moved), tuple(failed))

    async def set_rules(self, folder: Path, rules: Rules) -> None:
        """Set what is excluded from a root. Raises as `root_of` does."""
        root = await self.root_of(folder)
        await run(self._workers.store, set_rules, self._library.catalog, root.path, rules)

    async def forget(self, folder: Path) -> list[Path]:
        """Forget a root with its photos and return their paths. Raises as `root_of` does."""
        root = await self.root_of(folder)
        return await run(self._workers.store, forget_folder, self._library.catalog, root.path)

    async def parts(self, folders: Sequence[Path]) -> list[tuple[Root, Path]]:
        """Return the parts of roots that some folders consist of, as pairs of a root and its own folder or a subfolder.

        No two parts overlap, even if the folders do. Without folders, these are all the roots.

        Raises:
            FolderError: One of them is not in the library, or a drive that would have to be asked does not answer.
        """
        known, catalog = await self._known(), self._library.read_catalog
        if not folders:
            return [(root, root.path) for root in known]
        paths = [_absolute(folder) for folder in folders]
        unclear = [path for path in paths if not await run(self._workers.read, is_in_catalog, catalog, known, path)]
        real = await run(self._workers.drives, self._drives.real, unclear, known) if unclear else BY_NAME
        parts: list[tuple[Root, Path]] = []
        for path in paths:
            with _unless_a_drive_is_silent(path, known, real):
                parts += nesting.parts(known, path, real)
        return nesting.without_overlaps(parts)

    async def locate_remote(self, uuid: str, folder: Path) -> None:
        """Record where a folder of another computer is on this one.

        Raises:
            FolderError: It is not a folder or cannot be read, or its drive does not answer.
        """
        path = await run(self._workers.drives, self._drives.checked, folder)
        await run(self._workers.store, IndexRecords(self._library.database).locate, uuid, path)

    async def close(self) -> None:
        """Cancel the calls under way, so that a drive that does not answer cannot delay the end of the threads."""
        self._drives.close()
        searches = tuple(self._searches.values())
        for search in searches:
            search.cancel()
        await asyncio.gather(*searches, return_exceptions=True)

    async def _known(self) -> tuple[Root, ...]:
        return tuple(await run(self._workers.read, self._library.read_catalog.roots))

    async def _find(self, known: Sequence[Root]) -> list[Root]:
        library = self._library
        located = await run(self._workers.drives, self._drives.locate, await self._samples(known))
        real = await run(self._workers.drives, self._drives.real, [], [*known, *located.moved])
        moved = await run(self._workers.store, relocate_roots, library.catalog, located.moved, real)
        return [*located.online, *moved]

    def _forget_search(self, known: tuple[Root, ...], search: asyncio.Task[list[Root]]) -> None:
        del self._searches[known]
        if not search.cancelled():
            search.exception()  # retrieved, even if every caller is gone by now

    async def _samples(self, known: Sequence[Root]) -> dict[Root, list[PhotoFile]]:
        return await run(self._workers.read, self._library.read_catalog.samples, known)


def _absolute(folder: Path) -> Path:
    return Path(os.path.abspath(folder))


@contextmanager
def _unless_a_drive_is_silent(folder: Path, known: Collection[Root], real: RealPaths) -> Iterator[None]:
    """Replace "not in the library" by "cannot be told" while a root that may contain the folder does not answer."""
    try:
        yield
    except FolderError as error:
        silent = next((root.path for root in known if root.path not in real.resolved), None)
        if silent is None:
            raise
        raise FolderError(
            f"Semblance cannot tell whether the folder {folder} is in the library, because {silent} does not answer. "
            "Check its drive or network share, then try again."
        ) from error
