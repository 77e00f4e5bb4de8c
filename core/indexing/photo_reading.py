"""Reading the photos of a run from drives that may go away, or fall silent, in the middle."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, TypeAlias

from core.errors import DecodeError
from core.folders.drives import TIMEOUT_SECONDS
from core.folders.timeouts import TimedCalls
from core.images.reader import ReadPhoto, UnreadableError
from core.scan.entries import has_content
from core.scan.mounts import is_mount
from core.types import Failure

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from pathlib import Path

    from core.indexing.pipeline import Tools
    from core.types import PhotoFile, Root


@dataclass(frozen=True, slots=True)
class Unread:
    """A photo that could not be read. `again`: the reason may pass, so the next run tries once more."""

    reason: str
    again: bool


Outcome: TypeAlias = ReadPhoto | Unread | None
"""A photo, or why it cannot be read, or nothing where its root or its drive is not there any more."""

NO_PREVIEW = Unread("", again=True)


class PhotoReading:
    """Reads photos, each on a thread of the caller. Of a root that was lost, nothing more is read."""

    def __init__(self, tools: Tools) -> None:
        """Take note; nothing is read yet."""
        self._tools = tools
        self._known = partial(tools.read_catalog.details, model=tools.embedder.key)
        self._mounts: dict[Root, Collection[Path]] = {}
        self._lost: dict[Root, Failure] = {}
        self._patience = TimedCalls(TIMEOUT_SECONDS)

    def begin(self, root: Root, mounts: Collection[Path]) -> None:
        """Take note of where drives are mounted in a root, before its first photo."""
        self._mounts[root] = mounts

    def photo(self, root: Root, file: PhotoFile) -> tuple[PhotoFile, Outcome]:
        """Return a file, and what reading it as a whole gave."""
        return file, self._attempt(root, file, lambda: self._tools.read(file.path, self._known))

    def preview(self, root: Root, file: PhotoFile) -> tuple[PhotoFile, Outcome]:
        """Return a file, and what the small picture gave that it may carry."""
        return file, self._attempt(root, file, lambda: self._tools.preview(file.path))

    def lose(self, root: Root) -> None:
        """Read nothing more of a root."""
        self._lost[root] = Failure(root.path, "The folder went away before all was read. Its photos are kept.")

    def lost(self) -> list[Failure]:
        """Return the roots of which not all was read."""
        return list(self._lost.values())

    def close(self) -> None:
        """Wait for no drive any more. May be called from any thread."""
        self._patience.close()

    def _attempt(self, root: Root, file: PhotoFile, read: Callable[[], ReadPhoto | None]) -> Outcome:
        if root in self._lost:
            return None
        try:
            with self._tools.turns.turn():
                return read() or NO_PREVIEW
        except DecodeError as error:
            again = isinstance(error, UnreadableError)
            return None if again and not self._is_there(root, file.path) else Unread(str(error), again)

    def _is_there(self, root: Root, photo: Path) -> bool:
        """Tell whether a root is there, and what is mounted in it on the way to a photo, and their drives answer."""
        mounts = [mount for mount in self._mounts[root] if photo.is_relative_to(mount)]
        questions = {root.path: partial(has_content, root.path)} | {mount: partial(is_mount, mount) for mount in mounts}
        answers = self._patience.run(questions)
        return all(answers.get(path) for path in questions)
