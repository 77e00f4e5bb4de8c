"""Reading the photos of an indexing run from drives that may disconnect or stop responding."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, TypeAlias, TypeVar

from core.errors import DecodeError, UnreadableError
from core.folders.drives import TIMEOUT_SECONDS
from core.folders.timeouts import TimedCalls
from core.images.reader import ReadPhoto
from core.scan.entries import has_content
from core.scan.mounts import is_mount
from core.types import Failure

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from pathlib import Path

    from core.indexing.pipeline import RunContext
    from core.types import Metadata, PhotoFile, Root

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class ReadFailure:
    """A photo that could not be read.

    `again` is true if the reason may be temporary, so that the next run should try the photo again.
    """

    reason: str
    again: bool


Outcome: TypeAlias = ReadPhoto | ReadFailure | None
"""The photo, the reason why it could not be read, or None if its root or drive went offline."""

NO_PREVIEW = ReadFailure("", again=True)


class PhotoReader:
    """Reads photos on the caller's thread, and skips the rest of a root once that root went offline."""

    def __init__(self, context: RunContext) -> None:
        self._context = context
        self._mounts: dict[Root, Collection[Path]] = {}
        self._offline: dict[Root, Failure] = {}
        self._drives = TimedCalls(TIMEOUT_SECONDS)

    def set_mounts(self, root: Root, mounts: Collection[Path]) -> None:
        """Set where drives are mounted inside a root. Call this before reading its first photo."""
        self._mounts[root] = mounts

    def offline_mounts(self, root: Root) -> frozenset[Path]:
        """Return the mount points inside a root at which no drive is mounted, or whose drive does not respond."""
        mounts = self._mounts[root]
        answers = self._drives.run({mount: partial(is_mount, mount) for mount in mounts})
        return frozenset(mount for mount in mounts if not answers.get(mount))

    def read_photo(self, root: Root, file: PhotoFile) -> tuple[PhotoFile, Outcome]:
        """Read the complete file, and return the file together with the outcome."""
        return file, self._read(root, file, lambda: self._context.read(file.path))

    def read_preview(self, root: Root, file: PhotoFile) -> tuple[PhotoFile, Outcome]:
        """Read only the embedded preview, and return the file together with the outcome."""
        return file, self._read(root, file, lambda: self._context.preview(file.path))

    def read_metadata(self, root: Root, file: PhotoFile) -> Metadata | ReadFailure | None:
        """Read only the metadata. Returns None if the root or its drive went offline."""
        return self._read(root, file, lambda: self._context.metadata(file.path))

    def mark_offline(self, root: Root) -> None:
        """Read no more photos of a root, and list it in `offline_roots`."""
        reason = "The folder was disconnected before all its photos were read. The photos indexed earlier are kept."
        self._offline[root] = Failure(root.path, reason)

    def offline_roots(self) -> list[Failure]:
        """Return a failure for each root that went offline before all its photos were read."""
        return list(self._offline.values())

    def close(self) -> None:
        """Stop waiting for drives that do not respond. May be called from any thread."""
        self._drives.close()

    def _read(self, root: Root, file: PhotoFile, read: Callable[[], T | None]) -> T | ReadFailure | None:
        if root in self._offline:
            return None
        try:
            with self._context.turns.turn():
                return read() or NO_PREVIEW
        except DecodeError as error:
            again = isinstance(error, UnreadableError)
            return None if again and not self._is_online(root, file.path) else ReadFailure(str(error), again)

    def _is_online(self, root: Root, photo: Path) -> bool:
        """Return whether the root, and every drive mounted between it and the photo, responds and is mounted."""
        mounts = [mount for mount in self._mounts[root] if photo.is_relative_to(mount)]
        questions = {root.path: partial(has_content, root.path)} | {mount: partial(is_mount, mount) for mount in mounts}
        answers = self._drives.run(questions)
        return all(answers.get(path) for path in questions)
