"""What to search for, how, and among which photos."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path

    from core.types import Box

Views = Literal["auto", "one", "all"]
"""Which query views to search with.

`one` is the complete picture, `all` adds its crops and turns, and `auto` adds them only if needed.
"""

Verify = Literal["auto", "no", "all"]
"""How many hits are compared with the query by local features: the best ones, none, or as many as are asked for."""


class Shape(StrEnum):
    """The shape of an upright picture. Each picture has one."""

    LANDSCAPE = "landscape"
    PORTRAIT = "portrait"
    SQUARE = "square"
    PANORAMA = "panorama"


@dataclass(frozen=True, slots=True)
class Filters:
    """Which photos a search considers: those that pass every filter that is set.

    `taken_from` and `taken_to` are the first and the last day. `on_this_day` selects the same day of all other years.
    Photos without a date pass none of these. `extensions` are in lower case and with the dot. `camera` is a part of the
    make and model; the case of the letters A to Z does not matter. `min_bytes` is the least size of the file. With
    `preview_only`, only photos pass of which no more than the embedded preview has been read.
    """

    folders: tuple[Path, ...] = ()
    taken_from: date | None = None
    taken_to: date | None = None
    on_this_day: date | None = None
    shapes: frozenset[Shape] = frozenset()
    extensions: frozenset[str] = frozenset()
    camera: str = ""
    min_pixels: int = 0
    min_bytes: int = 0
    preview_only: bool = False


@dataclass(frozen=True, slots=True)
class QueryPicture:
    """A picture to search with. `source` is a file or the bytes of one.

    Of several pictures, those with a larger `weight` count more. A negative weight means unlike this picture. With
    `crop`, only that part counts. It is then turned clockwise by `turn` degrees, a multiple of 90.
    """

    source: Path | bytes
    weight: float = 1.0
    crop: Box | None = None
    turn: int = 0


@dataclass(frozen=True, slots=True)
class SearchRequest:
    """What to search for and how. Several pictures are searched as one, without further views.

    `balance` is the share of the subject in the scores, from 0 to 1; the rest is that of the look. None stands for the
    balance of the model. If `stacked`, photos with the same content are one hit.
    """

    pictures: tuple[QueryPicture, ...]
    views: Views = "auto"
    filters: Filters = Filters()
    top_k: int = 20
    min_score: float = -1.0
    balance: float | None = None
    verify: Verify = "auto"
    stacked: bool = False

    @classmethod
    def like(
        cls,
        source: Path | bytes,
        views: Views = "auto",
        filters: Filters = Filters(),
        top_k: int = 20,
        min_score: float = -1.0,
    ) -> SearchRequest:
        """Return the request for photos like one picture."""
        return cls((QueryPicture(source),), views, filters, top_k, min_score)
