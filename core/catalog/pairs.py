"""Pairs of contents that may be duplicates, and what their comparison has found."""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray

from core.types import MatchKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from core.catalog.database import Database

HalfVectors: TypeAlias = NDArray[np.float16]
"""(N, D) float16: one embedding in each row, in half of the memory."""

NOTHING = ""
"""The kind of a pair that was compared and has nothing in common."""

EMBEDDED = """
    FROM embedding WHERE model = (SELECT id FROM model WHERE key = ?)
        AND EXISTS (SELECT 1 FROM photo WHERE photo.content = embedding.content)
        AND content IN (SELECT key FROM content WHERE NOT provisional)
        AND {} EXISTS (SELECT 1 FROM compared WHERE compared.model = embedding.model
            AND compared.content = embedding.content)"""


IN_USE = "EXISTS (SELECT 1 FROM photo WHERE photo.content = {})"
BOTH_IN_USE = f"{IN_USE.format('first')} AND {IN_USE.format('second')}"


@dataclass(frozen=True, slots=True)
class Pair:
    """Two contents with the cosine similarity of their embeddings. `first` is the smaller key."""

    first: bytes
    second: bytes
    score: float


@dataclass(frozen=True, slots=True)
class RelatedPair:
    """Two contents that show the same picture or the same place.

    `outer` is the one that shows more than the other, None if both show the same. If `is_framed`, that is a frame.
    """

    first: bytes
    second: bytes
    kind: MatchKind
    outer: bytes | None = None
    is_framed: bool = False


class Pairs:
    """Reads and writes the pairs of one model's embeddings. Pairs with a content that no photo has do not count.

    Every method may raise a `LibraryError`, see `Database.transaction`.
    """

    def __init__(self, database: Database, model: str) -> None:
        """Select the model by its key."""
        self._database, self._model = database, model

    def embeddings(self) -> tuple[list[bytes], HalfVectors, int]:
        """Return all contents, an array with their embeddings, and how many of them have not been compared.

        These come first. If there are none, nothing is returned.
        """
        keys: list[bytes] = []
        vectors = np.empty((0, 0), np.float16)
        with self._database.transaction() as db:
            # A photo that comes back has to be compared with those that were added meanwhile.
            db.execute(f"DELETE FROM compared WHERE NOT {IN_USE.format('compared.content')}")
            parts = [EMBEDDED.format("NOT"), EMBEDDED.format("")]
            counts = [db.execute(f"SELECT count(*) {part}", (self._model,)).fetchone()[0] for part in parts]
            for part in parts if counts[0] else ():
                for key, vector in db.execute(f"SELECT content, vector {part}", (self._model,)):
                    row = np.frombuffer(vector, "<f4")
                    if not keys:
                        vectors = np.empty((sum(counts), len(row)), np.float16)
                    vectors[len(keys)] = row
                    keys.append(key)
        return keys, vectors, counts[0]

    def add(self, pairs: Iterable[Pair], compared: Iterable[bytes]) -> None:
        """Save pairs to be verified, and the contents whose pairs with all others are saved now."""
        # A folder may have been removed meanwhile, with the contents of its photos.
        known = "EXISTS (SELECT 1 FROM content WHERE key = {})"
        insert = f"""
            INSERT OR IGNORE INTO pair (first, second, score)
            SELECT ?1, ?2, ?3 WHERE {known.format("?1")} AND {known.format("?2")}"""
        mark = f"INSERT OR IGNORE INTO compared SELECT ?1, id FROM model WHERE key = ?2 AND {known.format('?1')}"
        with self._database.transaction() as db:
            db.executemany(insert, [(pair.first, pair.second, pair.score) for pair in pairs])
            db.executemany(mark, [(content, self._model) for content in compared])

    def count_unverified(self) -> int:
        """Return the number of pairs that have not been verified."""
        return self._database.count(f"pair WHERE kind IS NULL AND {BOTH_IN_USE}")

    def unverified(self, after: Pair | None, most: int) -> list[Pair]:
        """Return at most so many unverified pairs: those behind `after`, the most similar ones first."""
        query = f"""
            SELECT first, second, score FROM pair
            WHERE kind IS NULL AND {BOTH_IN_USE} AND (score, first, second) < (?, ?, ?)
            ORDER BY score DESC, first DESC, second DESC LIMIT ?"""
        last = (after.score, after.first, after.second) if after else (math.inf, b"", b"")
        with self._database.transaction() as db:
            return [Pair(*row) for row in db.execute(query, (*last, most))]

    def verify(self, related: Iterable[RelatedPair], unrelated: Iterable[Pair]) -> None:
        """Save which pairs have something in common and which have nothing."""
        rows = [(str(pair.kind), pair.outer, pair.is_framed, pair.first, pair.second) for pair in related]
        rows += [(NOTHING, None, False, pair.first, pair.second) for pair in unrelated]
        with self._database.transaction() as db:
            db.executemany("UPDATE pair SET kind = ?, outer = ?, framed = ? WHERE first = ? AND second = ?", rows)

    def related(self) -> list[RelatedPair]:
        """Return the pairs that have something in common."""
        query = f"SELECT first, second, kind, outer, framed FROM pair WHERE kind <> ? AND {BOTH_IN_USE}"
        with self._database.transaction() as db:
            rows = db.execute(query, (NOTHING,)).fetchall()
        return [
            RelatedPair(first, second, MatchKind(kind), outer, bool(is_framed))
            for first, second, kind, outer, is_framed in rows
        ]

    def photos(self, contents: Sequence[bytes]) -> dict[bytes, list[int]]:
        """Return the ids of the photos with these contents, by content."""
        found: defaultdict[bytes, list[int]] = defaultdict(list)
        with self._database.transaction() as db:
            for content in contents:
                ids = db.execute("SELECT id FROM photo WHERE content = ? ORDER BY id", (content,))
                found[content] += [key for (key,) in ids]
        return found

    def copied(self) -> list[bytes]:
        """Return the contents that several photos have."""
        query = "SELECT content FROM photo WHERE content NOT NULL GROUP BY content HAVING count(*) > 1"
        with self._database.transaction() as db:
            return [content for (content,) in db.execute(query)]
