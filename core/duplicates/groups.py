"""Makes groups of the pairs that verification has found, and suggests the best photo of each."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from core.duplicates.best import Extents, best_first
from core.types import DuplicateGroup, DuplicateKind, MatchKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from core.catalog.pairs import RelatedPair
    from core.types import Photo

BURST_SECONDS = 3600
"""Photos of the same place that were taken at a greater distance in time do not belong together."""


class Components:
    """Sets of contents that grow together, for which `join` and `root` take nearly constant time."""

    def __init__(self) -> None:
        self._parents: dict[bytes, bytes] = {}

    def root(self, content: bytes) -> bytes:
        """Return the content that stands for the set of another one."""
        while (parent := self._parents.get(content, content)) != content:
            self._parents[content] = self._parents.get(parent, parent)
            content = parent
        return content

    def join(self, first: bytes, second: bytes) -> None:
        """Make one set of the sets of two contents."""
        self._parents[self.root(first)] = self.root(second)

    def of(self, contents: Iterable[bytes]) -> list[list[bytes]]:
        """Return the sets of these contents, each in the given order."""
        found: defaultdict[bytes, list[bytes]] = defaultdict(list)
        for content in contents:
            found[self.root(content)].append(content)
        return list(found.values())


def groups(photos: Mapping[bytes, Sequence[Photo]], related: Iterable[RelatedPair]) -> list[DuplicateGroup]:
    """Return the groups of photos with the same file, the same picture and the same scene, the largest ones first.

    `photos` has the photos of each content. A group of the same scene contains those of the same picture in it, which
    contain those of the same file.
    """
    pictures, scenes = Components(), Components()
    extents = Extents()
    for pair in related:
        if pair.first in photos and pair.second in photos:
            if pair.kind is MatchKind.SAME_PICTURE:
                extents.add(pair)
                pictures.join(pair.first, pair.second)
                scenes.join(pair.first, pair.second)
            elif _may_be_a_burst(photos[pair.first][0], photos[pair.second][0]):
                scenes.join(pair.first, pair.second)
    contents = sorted(photos)
    files = Components()
    found: list[DuplicateGroup] = []
    for kind, components, parts in (
        (DuplicateKind.SAME_FILE, files, None),
        (DuplicateKind.SAME_PICTURE, pictures, files),
        (DuplicateKind.SAME_SCENE, scenes, pictures),
    ):
        for members in components.of(contents):
            alike = [photo for content in members for photo in photos[content]]
            if len(parts.of(members) if parts else alike) > 1:
                found.append(DuplicateGroup(kind, *best_first(alike, extents)))
    order = list(DuplicateKind)
    return sorted(found, key=lambda group: (order.index(group.kind), -len(group.photos), group.photos[0].path))


def _may_be_a_burst(first: Photo, second: Photo) -> bool:
    times = first.metadata.taken_at, second.metadata.taken_at
    return times[0] is None or times[1] is None or abs(times[0] - times[1]) <= BURST_SECONDS
