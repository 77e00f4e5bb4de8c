"""The interface of a search index."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from core.types import Vector, Vectors


@dataclass(frozen=True, slots=True)
class Row:
    """A photo in the index.

    `path` is relative to the root with the uuid `root`. `origin` names the root's folder and computer for users of
    other computers on the same server.
    """

    id: int
    root: str
    path: str
    origin: str
    vector: Vector


@dataclass(frozen=True, slots=True)
class Match:
    """A photo that a search found. `score` is a cosine similarity of at most 1, and higher is more similar."""

    id: int
    score: float


@dataclass(frozen=True, slots=True)
class PhotoLocation:
    """The location of a photo as in its `Row`, except that `path` and `origin` are `readable`."""

    root: str
    path: str
    origin: str


@dataclass(frozen=True, slots=True)
class Where:
    """A condition on the rows of an index: that they belong to one of these roots."""

    roots: tuple[str, ...]


class VectorIndex(Protocol):
    """One collection of embeddings. One thread writes; another may search at the same time.

    Every method may raise a `VectorIndexError`.
    """

    @property
    def generation(self) -> int:
        """Return a number that changes whenever rows may have been lost."""

    @property
    def is_shared(self) -> bool:
        """Return whether other libraries may have rows in the index too."""

    @property
    def is_exhaustive(self) -> bool:
        """Return whether a search compares with every row, so that a filter cannot make it miss any."""

    @property
    def unclean_shutdown(self) -> bool:
        """Return whether the index was not closed properly, so that rows flushed since then may be lost too."""

    def existing(self, ids: Sequence[int]) -> set[int]:
        """Return the ids that the index has, out of the given ones."""

    def locations(self, ids: Sequence[int]) -> dict[int, PhotoLocation]:
        """Return the locations of the photos with these ids. Ids that the index does not have are left out."""

    def upsert(self, rows: Sequence[Row]) -> None:
        """Write rows. They replace rows with the same ids."""

    def delete(self, ids: Sequence[int]) -> None:
        """Delete rows by id. Ids that the index does not have are ignored."""

    def flush(self) -> None:
        """Wait until all written rows are on disk."""

    def search(self, vectors: Vectors, top_k: int, where: Where | None = None) -> list[list[Match]]:
        """Return, for each of the (N, D) vectors, at most `top_k` matches, best first, without duplicate ids.

        With `where`, only rows that meet it match.
        """

    def count(self, roots: Sequence[str] | None = None) -> int:
        """Return the number of rows, either in total or of these roots."""

    def clear(self) -> None:
        """Delete all rows, even if the index is too damaged to be read."""

    def close(self) -> str:
        """Close the index and return the fingerprint of its files, or an empty string if there is none.

        It is safe to call this twice.
        """


def readable(text: str) -> str:
    """Return text that is valid UTF-8. Undecodable bytes, which Python stores as surrogates, become escapes."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")
