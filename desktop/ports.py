"""What the window asks of an engine. `core.engine.Engine` is one; tests bring their own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from core.types import Failure, IndexReport, LibraryStatus, Progress, Root, SearchHit


class PhotoEngine(Protocol):
    """An engine as far as the window uses it. Every method may raise a `SemblanceError`."""

    async def open(self) -> None:
        """Open the library."""

    async def close(self) -> None:
        """Let go of the library."""

    async def warm_up(self, on_progress: Callable[[Progress], None] | None = None) -> None:
        """Make the next search answer at once."""

    async def add_folder(self, folder: Path) -> Root:
        """Remember a photo folder."""

    async def index(
        self, folders: Sequence[Path] | None = None, on_progress: Callable[[Progress], None] | None = None
    ) -> IndexReport:
        """Bring the index up to date."""

    async def search(self, query: Path | bytes, *, top_k: int = 20) -> list[SearchHit]:
        """Return the photos that look most like the query, best first."""

    async def thumbnail(self, photo: Path, side: int) -> bytes:
        """Return a small picture of the photo."""

    async def status(self) -> LibraryStatus:
        """Return what the library holds."""

    async def failures(self) -> list[Failure]:
        """Return the photos that could not be read."""
