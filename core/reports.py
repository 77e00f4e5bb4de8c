"""What the engine tells of its work: how far it has come, what it did, and how the library is."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from core.types import Failure, Root


@dataclass(frozen=True, slots=True)
class RootStatus:
    """A root, whether it can be reached now, and how many photos the catalog has in it."""

    root: Root
    online: bool
    photos: int


class Stage(StrEnum):
    """What an indexing run is doing."""

    DOWNLOADING = "downloading"
    SCANNING = "scanning"
    PREVIEWING = "previewing"
    EMBEDDING = "embedding"
    STORING = "storing"
    COPYING = "copying"


class Hold(StrEnum):
    """Whether an indexing run goes on, and if not, why."""

    RUNNING = "running"
    PAUSED = "paused"
    ON_BATTERY = "on battery"


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an indexing run has come: photos, or bytes of a model's weights. A `total` of 0 is not known yet.

    While it is held, it has no rate and no time left.
    """

    stage: Stage
    done: int
    total: int
    images_per_second: float = 0.0
    seconds_left: float | None = None
    hold: Hold = Hold.RUNNING


@dataclass(frozen=True, slots=True)
class IndexReport:
    """What an indexing run did.

    found = indexed + reused + unchanged + moved + len(failed), unless the run was cancelled or a drive went away in it.
    `waiting` photos are in the catalog and will be searchable when the index has them too: it is away, or still being
    filled. `closed`: folders that could not be listed, and why; what is known of their photos is kept.
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
    closed: tuple[Failure, ...] = ()

    @property
    def has_changed(self) -> bool:
        """Tell whether the library is another one than before."""
        return bool(self.indexed or self.reused or self.moved or self.removed)


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
