"""Reports from the engine to its users: progress, results, and the state of the library and search index."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from core.types import Failure, Root


@dataclass(frozen=True, slots=True)
class RootStatus:
    """A root, whether it is online, and its number of photos in the catalog."""

    root: Root
    online: bool
    photos: int


class Stage(StrEnum):
    """What an indexing run is doing."""

    DOWNLOADING = "downloading"
    SCANNING = "scanning"
    PREVIEWING = "previewing"
    EMBEDDING = "embedding"
    READING_METADATA = "reading metadata"
    COMPARING = "comparing"
    VERIFYING = "verifying"
    CHECKING = "checking"
    UPGRADING = "upgrading"
    STORING = "storing"
    COPYING = "copying"


class Hold(StrEnum):
    """Whether an indexing run is running, or why it is paused."""

    RUNNING = "running"
    PAUSED = "paused"
    ON_BATTERY = "on battery"


@dataclass(frozen=True, slots=True)
class Progress:
    """The progress of an indexing run or another long task.

    It is counted in photos, in bytes while a model is downloaded, and in pairs of photos while these are verified.

    `total` is 0 until it is known. While the run is paused, the rate is 0 and `seconds_left` is None.
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

    found = indexed + reused + unchanged + moved + len(failed), unless the run was cancelled or a drive went offline.
    `waiting` photos are in the catalog but not in the search index yet, because the index is unreachable or still being
    filled. `closed` has the folders that could not be listed. Their photos stay in the catalog. `remaining` counts the
    photos that a cancelled run left to the next one. It is None if the run was cancelled before it had found them all.
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
    remaining: int | None = 0

    @property
    def has_changed(self) -> bool:
        """Return whether the run changed the library."""
        return bool(self.indexed or self.reused or self.moved or self.removed)


@dataclass(frozen=True, slots=True)
class SearchQuality:
    """How well a library's own photos are found, measured with `samples` of them.

    `recall_at_1` has the share of edited copies whose original comes first, by kind of edit. `index_recall` is the
    share of the ten best photos that the search index finds. `milliseconds` has the median time of each stage.
    """

    samples: int
    recall_at_1: dict[str, float]
    index_recall: float
    milliseconds: dict[str, float]


class Phase(StrEnum):
    """The state of the search index."""

    OPENING = "opening"
    COPYING = "copying"
    READY = "ready"
    UNREACHABLE = "unreachable"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class IndexState:
    """The state of the search index, with details for some phases.

    COPYING: The index is searchable but incomplete. It has `done` of the `total` photos that it lacked.
    AWAY: The index has been unreachable from the time `since` on (seconds since 1970). Connecting is retried
        automatically.
    FAILED: The index stays in this state until it is retried on request.

    `reason` is a sentence for the user.
    """

    phase: Phase
    done: int = 0
    total: int = 0
    since: float = 0.0
    reason: str = ""


@dataclass(frozen=True, slots=True)
class ConnectionReport:
    """The result of a connection test. `photos` is None if the server has no collection for the model yet."""

    version: str
    latency_ms: float
    photos: int | None


@dataclass(frozen=True, slots=True)
class BinReport:
    """The photos that were moved to the recycle bin, and why others were not."""

    moved: tuple[Path, ...]
    failed: tuple[Failure, ...]


@dataclass(frozen=True, slots=True)
class MoveReport:
    """The result of moving to another search index.

    `remembered` is true if the token was saved in the system's keyring or there is none to save.
    """

    photos: int
    seconds: float
    remembered: bool


@dataclass(frozen=True, slots=True)
class LibraryStatus:
    """The content of a library and how it is searched.

    `failed` photos could not be read. `incomplete` ones could, although the end of their files is missing. `dim` is 0
    until the model has been loaded once. While the library `is_upgrading`, the model of an older version answers until
    that of this version has read all photos.
    """

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
    incomplete: int = 0
    is_upgrading: bool = False


@dataclass(frozen=True, slots=True)
class Check:
    """The result of one check of a library. `detail` describes what was found."""

    name: str
    ok: bool
    detail: str
