"""What the engine needs from a search index, whatever is behind it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from core.types import Vector, Vectors


@dataclass(frozen=True, slots=True)
class Row:
    """A photo as the index has it: its id, where it is, its embedding.

    `path` is relative to the folder `root`, and `origin` says in words for people which folder that is, on which
    computer: for another computer on the same server.
    """

    id: int
    root: str
    path: str
    origin: str
    vector: Vector


@dataclass(frozen=True, slots=True)
class Match:
    """A photo that was found. `score` is the cosine similarity, at most 1, higher is closer."""

    id: int
    score: float


@dataclass(frozen=True, slots=True)
class PhotoLocation:
    """Where a photo is, as its `Row` said; bytes of its name that are no text have become escapes."""

    root: str
    path: str
    origin: str


@dataclass(frozen=True, slots=True)
class Where:
    """A condition on the rows of an index: they belong to one of these roots."""

    roots: tuple[str, ...]


class VectorIndex(Protocol):
    """One collection of embeddings. One thread writes; another may search at the same time.

    Every method may raise a `VectorIndexError`.
    """

    @property
    def generation(self) -> int:
        """Return a number that is another one after rows may have been lost."""

    @property
    def is_shared(self) -> bool:
        """Tell whether other libraries may keep rows here too."""

    @property
    def is_exhaustive(self) -> bool:
        """Return whether a search compares with every row, so that a filter cannot make it miss any."""

    @property
    def was_cut_off(self) -> bool:
        """Tell whether the program or the index ended without closing it: what was flushed since is in doubt too."""

    def existing(self, ids: Sequence[int]) -> set[int]:
        """Return those of the ids that are there."""

    def locations(self, ids: Sequence[int]) -> dict[int, PhotoLocation]:
        """Return where the photos of these ids are, of those that are there."""

    def upsert(self, rows: Sequence[Row]) -> None:
        """Write rows, replacing those of the same id."""

    def delete(self, ids: Sequence[int]) -> None:
        """Forget rows; ids that are not there do not matter."""

    def flush(self) -> None:
        """Return when everything written is on disk."""

    def search(self, vectors: Vectors, top_k: int, where: Where | None = None) -> list[list[Match]]:
        """Return, for each of the (N, D) vectors, at most `top_k` matches, best first, without duplicate ids.

        With `where`, only rows that meet it match.
        """

    def count(self, roots: Sequence[str] | None = None) -> int:
        """Return how many rows there are, or how many of these roots."""

    def clear(self) -> None:
        """Forget every row, also when the index is too damaged to be read."""

    def close(self) -> str:
        """Let go of the index. Returns what its files are now, empty where that cannot be told. May be called twice."""


def readable(text: str) -> str:
    """Return a path as valid UTF-8: undecodable bytes, which Python keeps as surrogates, become escapes."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")
