"""A query picture as the model sees it."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Protocol

import numpy as np

from core.images.decoder import decode, fit
from core.images.query_views import views
from core.images.reader import content_key, shortest_side

if TYPE_CHECKING:
    from pathlib import Path

    from core.images.model_input import InputSpec
    from core.types import Pixels


@dataclass(frozen=True, slots=True)
class Query:
    """A query picture: the hash of its bytes, and its views as the model wants them, the whole picture first."""

    content: bytes
    views: Pixels


class QueryDecoder(Protocol):
    """Whoever reads query pictures."""

    def query(self, picture: Path | bytes, spec: InputSpec, *, all_views: bool) -> Query:
        """Return a query from a file or the bytes of one, with all views or only the whole picture.

        Raises:
            DecodeError: It cannot be read as a picture.
        """
        ...


def make_query(data: bytes, spec: InputSpec, *, all_views: bool) -> Query:
    """Return a query from the bytes of a picture.

    Raises:
        DecodeError: It is not a picture.
    """
    image = decode(data, shortest_side(spec)).image
    wanted = islice(views(image), None if all_views else 1)
    return Query(content_key(data), np.stack([fit(view, spec) for view in wanted]))
