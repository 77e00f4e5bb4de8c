"""Prepares a query picture for the model."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Protocol

import numpy as np

from core.images.decoder import decode, fit
from core.images.query_views import BLANK, content_share, views
from core.images.reader import content_key, shortest_side

if TYPE_CHECKING:
    from pathlib import Path

    from core.images.model_input import InputSpec
    from core.types import Pixels


@dataclass(frozen=True, slots=True)
class Query:
    """A query picture: its content key, and its query views as input for the model, with the complete picture first.

    `is_blank` says that the picture has one colour, so that it resembles every blank picture of any colour.
    """

    content: bytes
    views: Pixels
    is_blank: bool


class QueryDecoder(Protocol):
    """Decodes query pictures."""

    def query(self, picture: Path | bytes, spec: InputSpec, *, all_views: bool) -> Query:
        """Return a query from a path or from bytes, with all query views or only the complete picture.

        Raises:
            DecodeError: The picture cannot be read.
        """
        ...


def make_query(data: bytes, spec: InputSpec, *, all_views: bool) -> Query:
    """Return a query from the bytes of a picture, with all query views or only the complete picture.

    Raises:
        DecodeError: The bytes are not a picture that can be read.
    """
    image = decode(data, shortest_side(spec)).image
    selected = islice(views(image), None if all_views else 1)
    pixels = np.stack([fit(view, spec) for view in selected])
    return Query(content_key(data), pixels, content_share(image) < BLANK)
