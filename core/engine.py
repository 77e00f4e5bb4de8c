"""The engine: opens a library, owns the threads, and offers everything as coroutines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from core.settings import Settings
    from core.types import Failure, IndexReport, LibraryStatus, Progress, Root, SearchHit, Views


class Engine:
    """One open library. `async with Engine(library, settings) as engine: ...`

    Every method may raise a `SemblanceError`, whose text is a sentence for the user.
    """

    def __init__(self, library: Path, settings: Settings, token: str = "") -> None:
        """Take note of the library; nothing is touched before `open`."""

    async def open(self) -> None:
        """Create or open the library and its catalog. Quick: neither the model nor the index is loaded.

        Raises:
            LibraryInUseError: Another program has the library open.
            LibraryError: The folder cannot be written or its catalog is damaged.
        """

    async def close(self) -> None:
        """End every thread and process, keeping what is done. May be called twice."""

    async def __aenter__(self) -> Self: ...

    async def __aexit__(self, *_: object) -> None: ...

    async def warm_up(self) -> None:
        """Load the model and the index, so that the next search answers at once."""

    async def add_folder(self, folder: Path) -> Root:
        """Remember a photo folder; `index` reads it. A folder inside a known one is covered by that one.

        Raises:
            FolderError: It is not a folder or cannot be read.
        """

    async def remove_folder(self, folder: Path) -> int:
        """Forget a folder and return how many photos were in it. The photos themselves are not touched.

        Raises:
            FolderError: The folder is not in the library.
        """

    async def index(
        self, folders: Sequence[Path] | None = None, on_progress: Callable[[Progress], None] | None = None
    ) -> IndexReport:
        """Bring the index up to date with the folders (None: all that were added).

        `on_progress` is called on the event loop's thread, at most ten times a second. Cancelling the task keeps what is
        done and returns, within two seconds, a report that says `cancelled`.
        """

    async def search(
        self, query: Path | bytes, *, top_k: int = 20, min_score: float = -1.0, views: Views = "auto"
    ) -> list[SearchHit]:
        """Return the photos that look most like a picture (a file, or the bytes of one), best first.

        Raises:
            DecodeError: The query cannot be read as a picture.
        """

    async def thumbnail(self, photo: Path, side: int) -> bytes:
        """Return a JPEG of the photo that fits into a square of `side` pixels, from the disk cache where it is there.

        Raises:
            DecodeError: The photo cannot be read.
        """

    async def status(self) -> LibraryStatus:
        """Return what the library holds."""

    async def failures(self) -> list[Failure]:
        """Return the photos that could not be read, by path."""
