from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from core.catalog.pairs import RelatedPair
from core.duplicates.groups import BURST_SECONDS, Components, groups
from core.types import MatchKind, Metadata, Photo

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

PICTURE, PLACE = MatchKind.SAME_PICTURE, MatchKind.SAME_PLACE


def photos(**names: str | tuple[str, int]) -> dict[bytes, list[Photo]]:
    """Return photos by content. The values are the names of the photos with a content, and when they were taken."""
    found: dict[bytes, list[Photo]] = {}
    for content, value in names.items():
        paths, taken_at = (value, None) if isinstance(value, str) else value
        key = content.encode()
        found[key] = [Photo(Path("/photos", name), key, metadata=Metadata(taken_at)) for name in paths.split()]
    return found


def found(of: Mapping[bytes, Sequence[Photo]], *related: tuple[str, str, MatchKind]) -> list[tuple[str, str]]:
    pairs = [RelatedPair(first.encode(), second.encode(), kind) for first, second, kind in related]
    return [(group.kind, " ".join(sorted(photo.path.name for photo in group.photos))) for group in groups(of, pairs)]


def test_copies_of_a_file_are_a_group() -> None:
    assert found(photos(x="a b", y="c")) == [("same-file", "a b")]


def test_pictures_that_are_the_same_as_a_third_one_are_one_group_with_all_their_copies() -> None:
    of = photos(x="a b", y="c", z="d", other="e")

    assert found(of, ("x", "y", PICTURE), ("y", "z", PICTURE)) == [("same-file", "a b"), ("same-picture", "a b c d")]


def test_a_scene_contains_its_pictures() -> None:
    of = photos(x="a", y="b", z="c")

    assert found(of, ("x", "y", PICTURE), ("y", "z", PLACE)) == [("same-picture", "a b"), ("same-scene", "a b c")]


def test_largest_groups_of_each_kind_come_first() -> None:
    of = photos(u="a", v="b", x="c", y="d", z="e")

    assert found(of, ("u", "v", PLACE), ("x", "y", PLACE), ("y", "z", PLACE)) == [
        ("same-scene", "c d e"),
        ("same-scene", "a b"),
    ]


def test_photos_of_a_place_on_different_days_are_no_scene() -> None:
    at = BURST_SECONDS

    assert found(photos(x=("a", 0), y=("b", at)), ("x", "y", PLACE)) == [("same-scene", "a b")]
    assert found(photos(x=("a", 0), y=("b", at + 1)), ("x", "y", PLACE)) == []
    assert found(photos(x=("a", 0), y="b"), ("x", "y", PLACE)) == [("same-scene", "a b")]
    assert found(photos(x=("a", 0), y=("b", at + 1)), ("x", "y", PICTURE)) == [("same-picture", "a b")]


def test_pairs_with_a_photo_that_is_gone_are_ignored() -> None:
    assert found(photos(x="a"), ("x", "gone", PICTURE)) == []


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), max_size=12))
def test_components_are_those_of_the_graph(edges: list[tuple[int, int]]) -> None:
    contents = [bytes([number]) for number in range(10)]
    components = Components()
    for first, second in edges:
        components.join(bytes([first]), bytes([second]))

    sets = [{number} for number in range(10)]
    for first, second in edges:
        merged = sets[first] | sets[second]
        for number in merged:
            sets[number] = merged
    expected = {frozenset(bytes([number]) for number in each) for each in sets}
    assert set(map(frozenset, components.of(contents))) == expected
