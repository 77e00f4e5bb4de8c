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


@dataclass(frozen=True, slots=True)
class Root:
    """A folder that the user added. Its uuid stays when the folder is found under another path."""

    uuid: str
    path: Path


@dataclass(frozen=True, slots=True)
class RootStatus:
    """A root, whether it can be reached now, and how many photos the catalog has in it."""

    root: Root
    online: bool
    photos: int


@dataclass(frozen=True, slots=True)
class Failure:
    """A photo that could not be read, and why, in words for the user."""

    path: Path
    reason: str


class Stage(StrEnum):
    """What an indexing run is doing."""

    DOWNLOADING = "downloading"
    SCANNING = "scanning"
    PREVIEWING = "previewing"
    EMBEDDING = "embedding"
    STORING = "storing"
    COPYING = "copying"


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an indexing run has come: photos, or bytes of a model's weights. A `total` of 0 is not known yet."""

    stage: Stage
    done: int
    total: int
    images_per_second: float = 0.0
    seconds_left: float | None = None


@dataclass(frozen=True, slots=True)
class IndexReport:
    """What an indexing run did.

    found = indexed + reused + unchanged + moved + len(failed), unless the run was cancelled. `waiting` photos are in
    the catalog and will be searchable when the index has them too: it is away, or still being filled.
    """

    found: int
    ignored: int
    indexed: int
    reused: int
    unchanged: int
    moved: int
    removed: int
    failed: tuple[Failure, ...]
    seconds: float
    images_per_second: float
    model: str
    dim: int
    cancelled: bool
    waiting: int


@dataclass(frozen=True, slots=True)
class Target:
    """A search index as the catalog knows it.

    `place` is where it is: `lite`, or a server's address and database. `model` is the key of the model whose embeddings
    it has, and `spec` how it is built.
    """

    place: str
    model: str
    spec: str


class Phase(StrEnum):
    """How the search index stands to the catalog."""

    OPENING = "opening"
    COPYING = "copying"
    READY = "ready"
    AWAY = "away"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class IndexState:
    """How the search index is.

    COPYING: it answers with what it has so far, `done` of `total` photos that it lacked. AWAY: nothing answers there
    `since` (seconds since 1970), and it is tried again by itself. FAILED: it stays so until somebody asks again.
    `reason` is a sentence for the user.
    """

    phase: Phase
    done: int = 0
    total: int = 0
    since: float = 0.0
    reason: str = ""


@dataclass(frozen=True, slots=True)
class ConnectionReport:
    """What a Milvus server answered to a test. `photos` is None where it has no collection for the model yet."""

    version: str
    latency_ms: float
    photos: int | None


@dataclass(frozen=True, slots=True)
class MoveReport:
    """What building another index did. `remembered`: the token is in the system's keyring, or there is none."""

    photos: int
    seconds: float
    remembered: bool


@dataclass(frozen=True, slots=True)
class ForeignRoot:
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


@dataclass(frozen=True, slots=True)
class SearchHit:
    """A photo that looks like the query. `score` is a similarity of at most 1, higher is closer.

    `elsewhere` is the folder of another computer that the photo is in, if it is not on this one: `path` is then
    relative to that folder. `is_provisional`: it was found by the small picture in its file, as it has not been read
    as a whole yet.
    """

    rank: int
    path: Path
    score: float
    label: Label
    elsewhere: ForeignRoot | None = None
    is_provisional: bool = False


Views = Literal["auto", "one", "all"]
"""How the query is seen: as the whole picture, in all views, or as a whole with strong finds of the other views."""


@dataclass(frozen=True, slots=True)
class LibraryStatus:
    """What a library holds and how it is searched. `dim` is 0 until the model has been loaded once."""

    roots: tuple[RootStatus, ...]
    photos: int
    searchable: int
    failed: int
    model: str
    dim: int
    metric: str
    index: str
    uri: str
    data_bytes: int


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at in a library, and what is the matter with it, if anything."""

    name: str
    ok: bool
    detail: str


@dataclass(frozen=True, slots=True)
class IndexType:
    """A type of search index on offer, with the parameters it is built and searched with and their usual values."""

    name: str
    build: tuple[tuple[str, int], ...] = ()
    search: tuple[tuple[str, int], ...] = ()
