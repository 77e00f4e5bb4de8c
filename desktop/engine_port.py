"""The interface of the engine as the window uses it.

`core.engine.Engine` implements it, and tests pass a fake that implements it too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Sequence
    from pathlib import Path

    from core.library.settings import IndexingSettings, IndexSettings, Settings
    from core.reports import BinReport, ConnectionReport, IndexReport, IndexState, LibraryStatus, MoveReport, Progress
    from core.search_request import SearchRequest
    from core.types import Changes, DuplicateGroup, Failure, Hit, IndexType, Photo, Root, Rules


class SearchIndex(Protocol):
    """The part of the search index that the window uses. Every method may raise a `SemblanceError`."""

    @property
    def state(self) -> IndexState:
        """Return the current state of the index."""

    def listen(self, listener: Callable[[IndexState], None]) -> None:
        """Call `listener` on the event loop's thread whenever the state changes."""

    def retry(self) -> None:
        """Try at once to open an index that is unreachable or has failed."""

    def types(self) -> Sequence[IndexType]:
        """Return the index types that the user can choose from."""

    async def test(self, wanted: IndexSettings, token: str) -> ConnectionReport:
        """Return what the server in these settings answers."""

    async def move(
        self, wanted: IndexSettings, token: str, on_progress: Callable[[Progress], None] | None = None
    ) -> MoveReport:
        """Build the index that these settings describe, switch to it, and save the settings."""


class EnginePort(Protocol):
    """The part of the engine that the window uses. Every method may raise a `SemblanceError`."""

    @property
    def library(self) -> Path:
        """Return the library folder."""

    @property
    def settings(self) -> Settings:
        """Return the settings in force."""

    @property
    def search_index(self) -> SearchIndex:
        """Return the search index, to follow its state or to choose another one."""

    @property
    def read_only(self) -> str:
        """Return why the open library can only be read, as a sentence for the user; empty if it can be written."""

    @property
    def picture_extensions(self) -> frozenset[str]:
        """Return the extensions of the files that can be read as pictures, in lower case and with the dot."""

    async def open(self) -> None:
        """Open the library."""

    async def close(self) -> None:
        """Close the library and end all work on it."""

    async def warm_up(self, on_progress: Callable[[Progress], None] | None = None) -> None:
        """Load the model and complete the search index, so that the next search is fast and finds everything."""

    async def add_folder(self, folder: Path) -> Root:
        """Add a folder to the library as a root, without indexing it."""

    async def remove_folder(self, folder: Path) -> int:
        """Remove a root from the library and return how many photos it had. Its files are not touched."""

    async def move_to_bin(self, photos: Sequence[Path]) -> BinReport:
        """Move photos to the recycle bin of the system, and forget them. None is ever deleted."""

    async def find_duplicates(self, on_progress: Callable[[Progress], None] | None = None) -> None:
        """Compare the photos that have not been compared yet with all others. Cancelling keeps what is done."""

    async def duplicates(self) -> list[DuplicateGroup]:
        """Return the groups of duplicates that are known: by kind, the largest ones first."""

    async def set_rules(self, folder: Path, rules: Rules) -> None:
        """Set which files to skip in a root, from its next indexing run on."""

    async def set_indexing(self, indexing: IndexingSettings) -> None:
        """Change how photos are indexed and whether the roots are watched, from now on."""

    async def locate_remote_folder(self, uuid: str, folder: Path) -> None:
        """Record where a folder of another computer is on this one."""

    async def index(
        self,
        folders: Sequence[Path] | None = None,
        on_progress: Callable[[Progress], None] | None = None,
        changes: Changes | None = None,
    ) -> IndexReport:
        """Index all folders or the given ones; with `changes`, only those changes."""

    async def upgrade_model(self, on_progress: Callable[[Progress], None] | None = None) -> bool:
        """Read all photos for the new version of the model, then use it. Return whether that has happened now."""

    def watch(self, on_trouble: Callable[[str], None]) -> AsyncGenerator[Changes, None]:
        """Yield what may have changed in the roots, endlessly. Each online root comes first, once it is watched."""

    @property
    def is_paused(self) -> bool:
        """Return whether the user has paused indexing."""

    def pause(self) -> None:
        """Pause indexing, including runs that start later."""

    def resume(self) -> None:
        """Resume indexing."""

    def note_user_activity(self) -> None:
        """Leave one core free for the user for some seconds."""

    def verified_search(self, request: SearchRequest) -> AsyncGenerator[list[Hit], None]:
        """Yield the photos that look most like the picture, and then again in a better order. Close it after use."""

    async def fetch_picture(self, address: str) -> bytes:
        """Return the content of the picture at a web address."""

    async def preview(self, picture: Path | bytes, side: int) -> bytes:
        """Return a JPEG of any picture, at most `side` pixels wide and high."""

    async def thumbnail(self, photo: Path, side: int) -> bytes:
        """Return a JPEG of a photo in the library, at most `side` pixels wide and high."""

    async def status(self) -> LibraryStatus:
        """Return what the library contains and how it is searched."""

    async def photos_by_date(self) -> list[Photo]:
        """Return all photos that could be read, newest first."""

    async def failures(self) -> list[Failure]:
        """Return the photos that could not be read and those whose end is missing."""
