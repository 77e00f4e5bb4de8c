"""Whether a library has a picture, judged by the answers of a verified search for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.types import Label, MatchKind, Presence

if TYPE_CHECKING:
    from collections.abc import AsyncIterable, Sequence

    from core.types import Hit

ANSWERS = 2
"""The hits as they are found, and after the first comparisons. More comparisons find hardly any edited version."""


async def presence(answers: AsyncIterable[Sequence[Hit]]) -> tuple[Presence, Hit | None]:
    """Return whether the hits include the same picture, and that hit, or else the first one.

    `answers` are those of a search with its default verification. Only as many are awaited as needed. A high score is
    no proof: photos of a burst have it too.
    """
    hits: Sequence[Hit] = ()
    count = 0
    async for hits in answers:
        for hit in hits:
            if hit.label is Label.IDENTICAL:
                return Presence.SAME_FILE, hit
            if hit.shared and hit.shared.kind is MatchKind.SAME_PICTURE:
                return Presence.SAME_PICTURE, hit
        count += 1
        if count == ANSWERS:
            break
    return Presence.MISSING, hits[0] if hits else None
