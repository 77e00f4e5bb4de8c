"""An open library with its folder service, for tests of roots on drives and network shares."""

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
from tests.helpers.limits import HANG_TIMEOUT

if TYPE_CHECKING:
    from collections.abc import Coroutine
    from pathlib import Path

T = TypeVar("T")


class FolderBench:
    """An open library and its `FolderService`."""

    def __init__(self, folder: Path) -> None:
        self.workers = Workers()
        self.library = OpenLibrary(LibraryFiles(folder / "library"))
        self.folders = FolderService(self.workers, self.library, Drives(timeout=NEVER))

    def do(self, work: Coroutine[None, None, T]) -> T:
        """Run a coroutine to completion, with a timeout."""

        async def with_timeout() -> T:
            async with asyncio.timeout(HANG_TIMEOUT):
                return await work

        return asyncio.run(with_timeout())

    def online_roots(self) -> asyncio.Task[list[Root]]:
        """Start finding the online roots."""
        return asyncio.create_task(self.folders.online_roots())

    async def wait_for_reads(self) -> None:
        """Return when all pending requests have read the roots from the catalog."""
        await run(self.workers.read, int)

    def close(self) -> None:
        self.workers.shutdown()
        self.library.close()


def save(opened: FolderBench, root: Root, sample: list[PhotoFile], size: int | None = None) -> None:
    """Save the files of a sample as photos of a root, all of the given size if there is one."""
    photos = [(PhotoFile(root.path / file.path, size or file.size, file.mtime_ns), details(1)) for file in sample]
    opened.library.catalog.save(root, photos, {content(1): vector(1)}, MODEL)
