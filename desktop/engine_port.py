"""What the window asks of an engine. `core.engine.Engine` is one; tests bring their own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Sequence
    from pathlib import Path

    from core.library.settings import IndexingSettings, IndexSettings, Settings
    from core.reports import ConnectionReport, IndexReport, IndexState, LibraryStatus, MoveReport, Progress
    from core.types import Changes, Failure, Hit, IndexType, Root, Rules, SearchRequest


class SearchIndex(Protocol):
    """The search index as far as the window uses it. Every method may raise a `SemblanceError`."""

    @property
    def state(self) -> IndexState:
        """Return how it is."""

    def listen(self, listener: Callable[[IndexState], None]) -> None:
        """Call `listener`, on the event loop's thread, at every change of its state."""

    def retry(self) -> None:
        """Try one that is away, or failed, now."""

    def types(self) -> Sequence[IndexType]:
        """Return the types that can be chosen."""

    async def test(self, wanted: IndexSettings, token: str) -> ConnectionReport:
        """Return what the server of these settings answers."""

    async def move(
        self, wanted: IndexSettings, token: str, on_progress: Callable[[Progress], None] | None = None
    ) -> MoveReport:
        """Build the one that these settings want, let it take over, and save the settings."""


class EnginePort(Protocol):
    """An engine as far as the window uses it. Every method may raise a `SemblanceError`."""

    @property
    def settings(self) -> Settings:
        """Return the settings in force."""

    @property
    def search_index(self) -> SearchIndex:
        """Return the search index, to choose another one or wait for it."""

    async def open(self) -> None:
        """Open the library."""

    async def close(self) -> None:
        """Let go of the library."""

    async def warm_up(self, on_progress: Callable[[Progress], None] | None = None) -> None:
        """Make the next search answer at once."""

    async def add_folder(self, folder: Path) -> Root:
        """Remember a photo folder."""

    async def remove_folder(self, folder: Path) -> int:
        """Forget a folder; its photos are not touched."""

    async def set_rules(self, folder: Path, rules: Rules) -> None:
        """Choose what is passed over in a folder, from its next run on."""

    async def set_indexing(self, indexing: IndexingSettings) -> None:
        """Change how photos are indexed, and whether changes are followed, from now on."""

    async def locate_remote_folder(self, uuid: str, folder: Path) -> None:
        """Record where a folder of another computer is on this one."""

    async def index(
        self,
        folders: Sequence[Path] | None = None,
        on_progress: Callable[[Progress], None] | None = None,
        changes: Changes | None = None,
    ) -> IndexReport:
        """Bring the index up to date; with `changes`, only as far as these go."""

    def watch(self, on_trouble: Callable[[str], None]) -> AsyncGenerator[Changes, None]:
        """Yield what may have changed: first every folder that is there, then what happens in them, without an end."""

    @property
    def is_paused(self) -> bool:
        """Tell whether the user holds indexing."""

    def pause(self) -> None:
        """Hold indexing, also runs that begin later."""

    def resume(self) -> None:
        """Let indexing go on."""

    def user_is_at_work(self) -> None:
        """Leave a part of the computer to the user for some seconds."""

    async def search(self, request: SearchRequest) -> list[Hit]:
        """Return the photos that look most like a picture, best first."""

    async def preview(self, picture: Path | bytes, side: int) -> bytes:
        """Return a small JPEG of any picture."""

    async def thumbnail(self, photo: Path, side: int) -> bytes:
        """Return a small JPEG of a photo of the library."""

    async def status(self) -> LibraryStatus:
        """Return what the library holds."""

    async def failures(self) -> list[Failure]:
        """Return the photos that could not be read."""
