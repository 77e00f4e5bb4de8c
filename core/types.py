"""The values that the parts of the engine exchange with each other and with its users."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, replace
from decimal import ROUND_FLOOR, Decimal
from enum import StrEnum
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable
    from pathlib import Path, PurePath

Vector: TypeAlias = NDArray[np.float32]
"""(D,) float32: one embedding of unit norm."""

Vectors: TypeAlias = NDArray[np.float32]
"""(N, D) float32: one embedding of unit norm in each row."""

Pixels: TypeAlias = NDArray[np.uint8]
"""(H, W, 3) uint8: an upright picture in sRGB. A batch is (N, H, W, 3)."""


@dataclass(frozen=True, slots=True)
class PhotoFile:
    """A photo file and its state on disk, in bytes and in nanoseconds since 1970.

    On Windows `ctime_ns` is when the file was created, elsewhere when its content or attributes last changed. It is
    None if the catalog has no record of it.
    """

    path: Path
    size: int
    mtime_ns: int
    ctime_ns: int | None = None

    @classmethod
    def of(cls, path: Path, status: os.stat_result) -> PhotoFile:
        """Return the state of a file. Numbers that do not fit into 64 bits become the nearest ones that do."""
        return cls(path, *map(_fitted, (status.st_size, status.st_mtime_ns, status.st_ctime_ns)))

    def has_changed_since(self, recorded: PhotoFile) -> bool:
        """Return whether the file may have another content than when it was recorded."""
        if (self.size, self.mtime_ns) != (recorded.size, recorded.mtime_ns):
            return True
        return recorded.ctime_ns is not None and self.ctime_ns != recorded.ctime_ns


def _fitted(number: int) -> int:
    # SQLite cannot store a larger number. 64 bits of nanoseconds end in 1677 and 2262, but file systems do not.
    return max(-(2**63), min(number, 2**63 - 1))


@dataclass(frozen=True, slots=True)
class Metadata:
    """What a camera recorded about a photo.

    `taken_at` is in seconds since 1970 in the camera's own time, which is `utc_offset` minutes ahead of UTC. `camera`
    is the make and the model. `latitude` and `longitude` are in degrees, north and east positive.
    """

    taken_at: int | None = None
    utc_offset: int | None = None
    camera: str | None = None
    latitude: float | None = None
    longitude: float | None = None


@dataclass(frozen=True, slots=True)
class PhotoDetails:
    """What was read from a photo.

    `content` is the content key, a hash of the file's bytes. `width` and `height` are in pixels when upright.
    If `is_provisional`, only the embedded preview was read, and the content key is a hash of that. If `is_incomplete`,
    the end of the file is missing, but nearly all of the picture is there.
    """

    content: bytes
    width: int
    height: int
    metadata: Metadata = Metadata()
    is_provisional: bool = False
    is_incomplete: bool = False


_SPECIAL = re.compile(r"(?P<sign>[\\*?\[\]!#])|\s(?=\s*$)")
"""What has a meaning in a pattern, or is removed from its end."""

KILOBYTE = 1000
"""Bytes in a kilobyte, the unit in which users enter the smallest size of `Rules`."""


@dataclass(frozen=True, slots=True)
class Rules:
    """Which photos of a root are skipped.

    `exclude` has one pattern a line in the syntax of .gitignore, relative to the root. Files smaller than `smallest`
    bytes are skipped too.
    """

    exclude: str = ""
    smallest: int = 0

    def without(self, photos: Iterable[PurePath]) -> Rules:
        """Return rules that also skip these photos, which are relative to the root."""
        patterns = ["/" + _SPECIAL.sub(_escaped, photo.as_posix()) for photo in photos]
        return replace(self, exclude="\n".join([*filter(None, [self.exclude.rstrip("\n")]), *patterns]))


def _escaped(match: re.Match[str]) -> str:
    return f"\\{match[0]}" if match["sign"] else "?"  # an escaped space at the end is not understood everywhere


@dataclass(frozen=True, slots=True)
class Root:
    """A folder that the user added. Its uuid stays the same when the folder gets another path."""

    uuid: str
    path: Path
    rules: Rules = Rules()


@dataclass(frozen=True, slots=True)
class Changes:
    """What may have changed on disk: paths of files and folders inside roots, and uuids of roots to scan completely."""

    paths: frozenset[Path] = frozenset()
    roots: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Failure:
    """A photo or folder that could not be read. `reason` is a sentence for the user."""

    path: Path
    reason: str


@dataclass(frozen=True, slots=True)
class Target:
    """A search index as the catalog records it.

    `location` is `lite`, or the address and database of a server. `model` is the key of the model whose embeddings the
    index contains. `spec` says how the index is built.
    """

    location: str
    model: str
    spec: str


@dataclass(frozen=True, slots=True)
class RemoteFolder:
    """A folder of another computer on the same Milvus server. `origin` names the computer and folder for the user."""

    uuid: str
    origin: str


class Label(StrEnum):
    """How similar a photo is, from best to worst."""

    IDENTICAL = "identical"
    NEAR_DUPLICATE = "near-duplicate"
    SAME_PLACE = "same-place"
    CLOSE = "close"
    SIMILAR = "similar"
    WEAK = "weak"


class MatchKind(StrEnum):
    """What two pictures have in common."""

    SAME_PICTURE = "same-picture"
    SAME_PLACE = "same-place"


class Edit(StrEnum):
    """What makes two versions of the same picture different."""

    CROPPED = "cropped"
    FRAMED = "framed"
    MIRRORED = "mirrored"
    RECOLOURED = "recoloured"
    TURNED = "turned"


BOX_TOLERANCE = 1e-9
"""Fractions such as 0.9 + 0.1 may be a little larger than 1."""


@dataclass(frozen=True, slots=True)
class Box:
    """A part of an upright picture, in fractions of its width and height, measured from its upper left corner.

    Raises:
        ValueError: The part is empty or not inside the picture.
    """

    left: float
    top: float
    width: float
    height: float

    def __post_init__(self) -> None:
        for start, length in ((self.left, self.width), (self.top, self.height)):
            if not (0 <= start < 1 and 0 < length <= 1 and start + length <= 1 + BOX_TOLERANCE):
                raise ValueError(f"{self} is not a part of a picture")


@dataclass(frozen=True, slots=True)
class SharedScene:
    """What verification found that a query picture and a photo both show.

    `query_region` and `region` contain it in the query (after crop and turn) and in the photo. `edits` is only known of
    the same picture. `inliers` is the number of local features that agree.
    """

    kind: MatchKind
    edits: tuple[Edit, ...]
    query_region: Box
    region: Box
    inliers: int


@dataclass(frozen=True, slots=True)
class Photo:
    """A photo as the catalog records it.

    `content` is the content key. `size` is in bytes, `width` and `height` are in pixels when upright. If
    `is_provisional`, only the embedded preview has been indexed so far. `modified_at` is when the file was changed, in
    seconds since 1970. A photo in a `remote` folder has only a path, relative to that folder.
    """

    path: Path
    content: bytes = b""
    size: int | None = None
    width: int | None = None
    height: int | None = None
    metadata: Metadata = Metadata()
    is_provisional: bool = False
    modified_at: int | None = None
    remote: RemoteFolder | None = None


PRECISE_PERCENTILE = 99
"""Only the best percentiles differ by less than one."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A photo that is similar to the query. `score` is a cosine similarity of at most 1, and higher is more similar.

    `percentile` is how many percent of the library's photos are less similar, None if that is not known. `shared` is
    what verification found in both. `copies` are the other photos with the same content, if the search stacks them.
    """

    rank: int
    photo: Photo
    score: float
    label: Label
    percentile: float | None = None
    shared: SharedScene | None = None
    copies: tuple[Photo, ...] = ()

    def score_to(self, digits: int) -> float:
        """Return the score with a number of decimal places, rounded down.

        Rounded to the nearest, scores on both sides of a label's limit would look the same. Only an identical photo
        gets 1.
        """
        step = Decimal(1).scaleb(-digits)
        rounded = Decimal(str(float(self.score))).quantize(step, ROUND_FLOOR)
        return float(rounded if self.label is Label.IDENTICAL else min(rounded, 1 - step))

    def rounded_percentile(self) -> Decimal | None:
        """Return the percentile rounded down, from 99 on with two decimal places and below without any."""
        if self.percentile is None:
            return None
        digits = 2 if self.percentile >= PRECISE_PERCENTILE else 0
        return Decimal(str(self.percentile)).quantize(Decimal(1).scaleb(-digits), ROUND_FLOOR)

    @property
    def path(self) -> Path:
        """Return the path of the photo."""
        return self.photo.path

    @property
    def remote(self) -> RemoteFolder | None:
        """Return the remote folder that contains the photo, or None if the photo is on this computer."""
        return self.photo.remote


class Presence(StrEnum):
    """Whether a library has a picture: the same file, an edited version of it, or neither."""

    SAME_FILE = "same-file"
    SAME_PICTURE = "same-picture"
    MISSING = "missing"


class DuplicateKind(StrEnum):
    """What the photos of a group have in common."""

    SAME_FILE = "same-file"
    SAME_PICTURE = "same-picture"
    SAME_SCENE = "same-scene"


class Advantage(StrEnum):
    """What makes one of several duplicates the best one."""

    CAMERA_TAGS = "camera-tags"
    UNEDITED = "unedited"
    PIXELS = "pixels"
    FORMAT = "format"
    BYTES = "bytes"
    DATE = "date"
    PATH = "path"


@dataclass(frozen=True, slots=True)
class DuplicateGroup:
    """Photos that are duplicates. The first one is the best, because of its `advantage`, and the others are by path."""

    kind: DuplicateKind
    photos: tuple[Photo, ...]
    advantage: Advantage


class Order(StrEnum):
    """The order in which hits are shown: most similar, newest, by file name, or largest file first."""

    LIKENESS = "likeness"
    DATE = "date"
    NAME = "name"
    SIZE = "size"

    def of(self, hits: Iterable[Hit]) -> list[Hit]:
        """Return hits in this order. Those without a date or size come last, and equal ones are sorted by likeness."""
        return sorted(hits, key=lambda hit: (self._key(hit), hit.rank))

    def _key(self, hit: Hit) -> tuple[float, str]:
        match self:
            case Order.LIKENESS:
                return 0, ""
            case Order.DATE:
                taken_at = hit.photo.metadata.taken_at
                return math.inf if taken_at is None else -taken_at, ""
            case Order.NAME:
                return 0, hit.path.name.casefold()
            case Order.SIZE:
                return math.inf if hit.photo.size is None else -hit.photo.size, ""


@dataclass(frozen=True, slots=True)
class IndexType:
    """An available type of search index. `build` and `search` are its parameters with their default values."""

    name: str
    build: tuple[tuple[str, int], ...] = ()
    search: tuple[tuple[str, int], ...] = ()
