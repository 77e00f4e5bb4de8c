"""Whether the answers of a search show that the library has the picture."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from core.search.presence import presence
from core.types import Box, Hit, Label, MatchKind, Photo, Presence, SharedScene

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

WHOLE = Box(0, 0, 1, 1)
CLOSEST, OTHER = (Hit(rank, Photo(Path(f"{rank}.jpg")), 0.95, Label.NEAR_DUPLICATE) for rank in (1, 2))
SAME_FILE = replace(OTHER, label=Label.IDENTICAL)
SAME_PICTURE, SAME_PLACE = (
    replace(OTHER, shared=SharedScene(kind, (), WHOLE, WHOLE, 50))
    for kind in (MatchKind.SAME_PICTURE, MatchKind.SAME_PLACE)
)


def judged(*answers: list[Hit]) -> tuple[tuple[Presence, Hit | None], int]:
    """Return the judgement and how many answers were awaited for it."""
    awaited = 0

    async def search() -> AsyncIterator[list[Hit]]:
        nonlocal awaited
        for answer in answers:
            awaited += 1
            yield answer

    return asyncio.run(presence(search())), awaited


def test_the_same_file_needs_no_comparison() -> None:
    assert judged([CLOSEST, SAME_FILE], [CLOSEST, SAME_FILE]) == ((Presence.SAME_FILE, SAME_FILE), 1)


def test_an_edited_version_is_known_after_the_first_comparisons() -> None:
    assert judged([CLOSEST, OTHER], [CLOSEST, SAME_PICTURE], []) == ((Presence.SAME_PICTURE, SAME_PICTURE), 2)


def test_neither_a_high_score_nor_the_same_place_is_the_same_picture() -> None:
    assert judged([CLOSEST, OTHER], [CLOSEST, SAME_PLACE], [SAME_PICTURE]) == ((Presence.MISSING, CLOSEST), 2)


def test_a_search_without_hits_or_comparisons_finds_the_picture_missing() -> None:
    assert judged([]) == ((Presence.MISSING, None), 1)
    assert judged([CLOSEST]) == ((Presence.MISSING, CLOSEST), 1)
