from __future__ import annotations

from dataclasses import replace
from itertools import permutations
from pathlib import Path

import pytest

from core.catalog.pairs import RelatedPair
from core.duplicates.best import Extents, best_first
from core.types import Advantage, MatchKind, Metadata, Photo

PLAIN = Photo(Path("/photos/plain.jpg"), b"a", 100, 400, 300)


def best(*photos: Photo, extents: Extents | None = None) -> tuple[str, Advantage]:
    """Return the best photo, which must not depend on the order."""
    found = {
        (ordered[0].path.name, advantage)
        for photos_in_order in permutations(photos)
        for ordered, advantage in [best_first(photos_in_order, extents or Extents())]
    }
    assert len(found) == 1
    return found.pop()


def other(name: str, content: bytes = b"b", **changes: object) -> Photo:
    return replace(PLAIN, path=Path("/photos") / name, content=content, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("better", "advantage"),
    [
        (other("x.jpg", metadata=Metadata(camera="Canon"), width=40), Advantage.CAMERA_TAGS),
        (other("x.jpg", width=800, size=50), Advantage.PIXELS),
        (other("x.png", size=50), Advantage.FORMAT),
        (other("x.nef", size=50), Advantage.FORMAT),
        (other("x.jpg", size=101), Advantage.BYTES),
        (other("xx_older_name.jpg", metadata=Metadata(5)), Advantage.DATE),
        (other("x.jpg"), Advantage.PATH),
    ],
)
def test_best_photo_has_the_first_advantage_that_counts(better: Photo, advantage: Advantage) -> None:
    assert best(PLAIN, better) == (better.path.name, advantage)


def test_raw_is_better_than_lossless() -> None:
    assert best(PLAIN, other("x.tif"), other("y.dng")) == ("y.dng", Advantage.FORMAT)


def test_photos_with_equal_merits_are_ordered_by_path() -> None:
    ordered, _ = best_first([other("bb.jpg"), other("z.jpg"), other("a.jpg")], Extents())

    assert [photo.path.name for photo in ordered] == ["a.jpg", "bb.jpg", "z.jpg"]


def test_advantage_is_one_over_any_other_photo() -> None:
    camera = Metadata(camera="Canon")
    large, small, enlarged = (
        other("l.jpg", metadata=camera),
        other("s.jpg", metadata=camera, width=40),
        other("e.jpg", width=900),
    )

    assert best(large, small, enlarged) == ("l.jpg", Advantage.CAMERA_TAGS)


def test_photo_of_a_scene_without_another_version_is_not_edited() -> None:
    saved_again, larger = other("saved again.jpg", b"o"), other("larger.jpg", b"l", width=900)
    extents = Extents()
    extents.add(RelatedPair(b"a", b"o", MatchKind.SAME_PICTURE))

    assert best(PLAIN, saved_again, larger, extents=extents) == ("larger.jpg", Advantage.PIXELS)


def test_a_frame_and_a_collage_are_no_advantage() -> None:
    original, small = other("original.jpg", b"o"), other("small.jpg", b"s", width=100)
    framed, collage = other("framed.jpg", b"f", width=900), other("collage.jpg", b"c", width=900)
    extents = Extents()
    extents.add(RelatedPair(b"o", b"s", MatchKind.SAME_PICTURE))
    extents.add(RelatedPair(b"f", b"o", MatchKind.SAME_PICTURE, outer=b"f", is_framed=True))
    extents.add(RelatedPair(b"f", b"g", MatchKind.SAME_PICTURE))
    extents.add(RelatedPair(b"c", b"o", MatchKind.SAME_PICTURE, outer=b"c"))

    assert best(small, framed, collage, original, extents=extents) == ("original.jpg", Advantage.UNEDITED)
    assert best(small, original, extents=extents) == ("original.jpg", Advantage.PIXELS)
    assert best(framed, original, extents=extents) == ("original.jpg", Advantage.UNEDITED)
    assert best(collage, original, extents=extents) == ("original.jpg", Advantage.UNEDITED)
