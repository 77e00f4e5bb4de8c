"""Prepares a query picture for the model."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from math import ceil, floor
from typing import TYPE_CHECKING, Protocol

import numpy as np

from core.images.decoder import decode, fit
from core.images.query_views import BLANK, content_share, views
from core.images.reader import content_key, shortest_side

if TYPE_CHECKING:
    from PIL import Image

    from core.images.model_input import InputSpec
    from core.search_request import QueryPicture
    from core.types import Box, Pixels


@dataclass(frozen=True, slots=True)
class Query:
    """A query picture: its content key, and its query views as input for the model, with the complete picture first.

    The content key is empty for a part of a picture. `is_blank` says that the picture has one colour, so that it
    resembles every blank picture of any colour.
    """

    content: bytes
    views: Pixels
    is_blank: bool


class QueryDecoder(Protocol):
    """Decodes query pictures."""

    def query(self, picture: QueryPicture, spec: InputSpec, *, all_views: bool) -> Query:
        """Return a query from a picture, with all query views or only the complete picture.

        Raises:
            DecodeError: The picture cannot be read.
        """
        ...


def make_query(data: bytes, spec: InputSpec, *, all_views: bool, crop: Box | None = None, clockwise: int = 0) -> Query:
    """Return a query from the bytes of a picture, with all query views or only the complete picture.

    With `crop`, the query is that part, turned `clockwise` by a multiple of 90 degrees. It has no content key then,
    because no photo has the same content.

    Raises:
        DecodeError: The bytes are not a picture that can be read.
    """
    if crop:
        # Large enough for the part to be as sharp as a complete picture.
        image = part(decode(data, ceil(shortest_side(spec) / min(crop.width, crop.height))).image, crop)
    else:
        image = decode(data, shortest_side(spec)).image
    if clockwise:
        image = image.rotate(-clockwise, expand=True)
    selected = islice(views(image), None if all_views else 1)
    pixels = np.stack([fit(view, spec) for view in selected])
    return Query(b"" if crop else content_key(data), pixels, content_share(image) < BLANK)


def part(image: Image.Image, box: Box) -> Image.Image:
    """Return a part of a picture, at least one pixel of it."""
    left, top = floor(box.left * image.width), floor(box.top * image.height)
    right, bottom = ceil((box.left + box.width) * image.width), ceil((box.top + box.height) * image.height)
    return image.crop((left, top, min(right, image.width), min(bottom, image.height)))
