"""The values that travel between the parts of the engine and to its users."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from pathlib import Path

Vector: TypeAlias = NDArray[np.float32]
"""(D,) float32, one embedding, of unit norm."""

Vectors: TypeAlias = NDArray[np.float32]
"""(N, D) float32, one embedding a row, each of unit norm."""

Pixels: TypeAlias = NDArray[np.uint8]
"""(H, W, 3) uint8, sRGB, upright; a batch is (N, H, W, 3)."""


@dataclass(frozen=True, slots=True)
class PhotoFile:
    """A photo as the disk knows it. Two equal values mean that the file has not changed."""

    path: Path
    size: int
    mtime_ns: int


@dataclass(frozen=True, slots=True)
class Details:
    """What was learnt by reading a photo: hash of its bytes, size in pixels when upright, and when it was taken.

    `is_provisional`: only the small picture that its file carries was looked at, and the hash is of the file's
    beginning.
    """

    content: bytes
    width: int
    height: int
    taken_at: int | None = None
    is_provisional: bool = False


KILOBYTE = 1000
"""The unit in which a person says the smallest size of `Rules`."""


@dataclass(frozen=True, slots=True)
class Rules:
    """Which photos of a folder are passed over.

    `exclude` has patterns as a .gitignore file has them, one a line, relative to the folder. Files of fewer than
    `smallest` bytes are passed over too.
    """

    exclude: str = ""
    smallest: int = 0


@dataclass(frozen=True, slots=True)
class Root:
    """A folder that the user added. Its uuid stays when the folder is found under another path."""

    uuid: str
    path: Path
    rules: Rules = Rules()


@dataclass(frozen=True, slots=True)
class Changes:
    """What may be different on the disk: files and folders in the roots, and whole roots, by their uuids."""

    paths: frozenset[Path] = frozenset()
    roots: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Failure:
    """A photo that could not be read, and why, in words for the user."""

    path: Path
    reason: str


@dataclass(frozen=True, slots=True)
class Target:
    """A search index as the catalog knows it.

    `location` is `lite`, or the address and database of a server. `model` is the key of the model whose embeddings
    it has, and `spec` how it is built.
    """

    location: str
    model: str
    spec: str


@dataclass(frozen=True, slots=True)
class RemoteFolder:
    """A folder of another computer on the same server. `origin` says which, in words for people."""

    uuid: str
    origin: str


class Label(StrEnum):
    """A word for a score, best first."""

    IDENTICAL = "identical"
    NEAR_DUPLICATE = "near-duplicate"
    CLOSE = "close"
    SIMILAR = "similar"
    WEAK = "weak"


Views = Literal["auto", "one", "all"]
"""How the query is seen: `one` is the whole picture, `all` adds its crops and turns, `auto` adds them if needed."""


@dataclass(frozen=True, slots=True)
class Filters:
    """Which photos a search considers: those in these folders, or all without any."""

    folders: tuple[Path, ...] = ()


@dataclass(frozen=True, slots=True)
class SearchRequest:
    """A picture to search for (a file, or the bytes of one), how, and among which photos."""

    picture: Path | bytes
    views: Views = "auto"
    filters: Filters = Filters()
    top_k: int = 20
    min_score: float = -1.0


@dataclass(frozen=True, slots=True)
class Photo:
    """A photo as the catalog has it.

    `size` is in bytes, `width` and `height` are in pixels when upright, `taken_at` is in seconds since 1970 in the
    camera's own time. `is_provisional`: only the embedded preview has been indexed so far. Of a photo in a `remote`
    folder only the path is known, relative to that folder.
    """

    path: Path
    content: bytes = b""
    size: int | None = None
    width: int | None = None
    height: int | None = None
    taken_at: int | None = None
    is_provisional: bool = False
    remote: RemoteFolder | None = None


@dataclass(frozen=True, slots=True)
class Hit:
    """A photo that looks like the query. `score` is a cosine similarity of at most 1; higher is closer."""

    rank: int
    photo: Photo
    score: float
    label: Label

    @property
    def path(self) -> Path:
        """Return the path of the photo."""
        return self.photo.path

    @property
    def remote(self) -> RemoteFolder | None:
        """Return the folder of another computer that the photo is in, or None if it is on this one."""
        return self.photo.remote


@dataclass(frozen=True, slots=True)
class IndexType:
    """A type of search index on offer, with the parameters it is built and searched with and their usual values."""

    name: str
    build: tuple[tuple[str, int], ...] = ()
    search: tuple[tuple[str, int], ...] = ()
