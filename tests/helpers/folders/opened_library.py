"""An open library of which some folders are on drives and shares."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, TypeVar

from core.folders.drives import Drives
from core.folders.service import FolderService
from core.library.files import LibraryFiles
from core.library.open_library import OpenLibrary
from core.types import PhotoFile, Root
from core.workers import Workers, run
from tests.helpers.engine.catalog_entries import MODEL, content, details, vector
from tests.helpers.folders.silent_share import NEVER
from tests.helpers.limits import HANGING

if TYPE_CHECKING:
    from collections.abc import Coroutine
    from pathlib import Path

T = TypeVar("T")


class OpenedLibrary:
    """An open library, and what looks for its folders."""

    def __init__(self, folder: Path) -> None:
        self.workers = Workers()
        self.library = OpenLibrary(LibraryFiles(folder / "library"))
        self.folders = FolderService(self.workers, self.library, Drives(timeout=NEVER))

    def do(self, work: Coroutine[None, None, T]) -> T:
        async def in_time() -> T:
            async with asyncio.timeout(HANGING):
                return await work

        return asyncio.run(in_time())

    def there(self) -> asyncio.Task[list[Root]]:
        return asyncio.create_task(self.folders.online_roots())

    async def settle(self) -> None:
        """Return when whoever has asked so far knows the roots."""
        await run(self.workers.read, int)

    def close(self) -> None:
        self.workers.shutdown()
        self.library.close()


def save(opened: OpenedLibrary, root: Root, sample: list[PhotoFile], size: int | None = None) -> None:
    photos = [(PhotoFile(root.path / file.path, size or file.size, file.mtime_ns), details(1)) for file in sample]
    opened.library.catalog.save(root, photos, {content(1): vector(1)}, MODEL)
