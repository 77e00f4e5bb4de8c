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
    """What was learnt by reading a photo: hash of its bytes, size in pixels when upright, and when it was taken."""

    content: bytes
    width: int
    height: int
    taken_at: int | None = None


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
    EMBEDDING = "embedding"
    STORING = "storing"


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

    found = indexed + reused + unchanged + moved + len(failed), unless the run was cancelled.
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


class Label(StrEnum):
    """A word for a score, best first."""

    IDENTICAL = "identical"
    NEAR_DUPLICATE = "near-duplicate"
    CLOSE = "close"
    SIMILAR = "similar"
    WEAK = "weak"


@dataclass(frozen=True, slots=True)
class SearchHit:
    """A photo of the library that looks like the query. `score` is a similarity of at most 1, higher is closer."""

    rank: int
    path: Path
    score: float
    label: Label


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


class Resample(StrEnum):
    """How a picture is resized; the names are those of the usual image libraries."""

    BILINEAR = "bilinear"
    BICUBIC = "bicubic"
    LANCZOS = "lanczos"


@dataclass(frozen=True, slots=True)
class InputSpec:
    """What a model wants to see: `Pixels` of (height, width, 3).

    `resize_to` is the length that the shorter side gets before the centre is cropped; 0 means that the whole picture
    is squeezed to (height, width). Pixels are scaled as (value / 255 - mean) / std by the model's own first step.
    """

    height: int
    width: int
    resize_to: int
    resample: Resample
    mean: tuple[float, float, float]
    std: tuple[float, float, float]
