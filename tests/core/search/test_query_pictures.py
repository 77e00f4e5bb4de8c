"""Searches with several pictures, with weights, and with parts of pictures."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from core.errors import DecodeError, QueryError
from core.search_request import QueryPicture, SearchRequest
from core.types import Box, Label
from tests.helpers.indexing.bench import paint, paint_many

if TYPE_CHECKING:
    from pathlib import Path

    from core.types import Hit
    from tests.helpers.indexing.bench import Bench

PHOTOS = 30


@pytest.fixture
def files(bench: Bench, tmp_path: Path) -> list[Path]:
    """Return the photos in the library."""
    files = paint_many(tmp_path / "photos", PHOTOS)
    bench.run(tmp_path / "photos")
    return files


def request(*pictures: QueryPicture) -> SearchRequest:
    return SearchRequest(pictures, top_k=PHOTOS)


def scores(hits: list[Hit]) -> dict[Path, float]:
    return {hit.path: hit.score for hit in hits}


def beside(left: Path, right: Path) -> bytes:
    """Return a picture with one photo on its left half and another on its right."""
    target = io.BytesIO()
    with Image.open(left) as first, Image.open(right) as second:
        both = Image.new("RGB", (2 * first.width, first.height))
        both.paste(first, (0, 0))
        both.paste(second, (first.width, 0))
    both.save(target, "PNG")
    return target.getvalue()


def test_several_pictures_find_what_resembles_all_of_them(bench: Bench, files: list[Path]) -> None:
    found = bench.answer(request(QueryPicture(files[3]), QueryPicture(files[8])))
    assert {found[0].path, found[1].path} == {files[3], files[8]}
    assert found[0].score == pytest.approx(found[1].score, abs=1e-5)


def test_score_of_several_pictures_is_the_weighted_sum_of_their_scores(bench: Bench, files: list[Path]) -> None:
    alone = [scores(bench.search(file, top_k=PHOTOS)) for file in files[:3]]
    pictures = [QueryPicture(file, weight) for file, weight in zip(files, (1.0, 0.5, -0.7), strict=False)]
    together = scores(bench.answer(request(*pictures)))
    assert together.keys() == set(files)
    sums = np.array([alone[0][file] + 0.5 * alone[1][file] - 0.7 * alone[2][file] for file in files])
    found = np.array([together[file] for file in files])
    np.testing.assert_allclose(found / found[0], sums / sums[0], atol=1e-4)


def test_picture_with_a_larger_weight_comes_first(bench: Bench, files: list[Path]) -> None:
    for first, second in (((1.0, 3.0), 8), ((3.0, 1.0), 3)):
        pictures = (QueryPicture(files[3], first[0]), QueryPicture(files[8], first[1]))
        assert bench.answer(request(*pictures))[0].path == files[second]


def test_photo_that_the_query_should_be_unlike_comes_later(bench: Bench, files: list[Path]) -> None:
    plain = [hit.path for hit in bench.search(files[3], top_k=PHOTOS)]
    unwanted = plain[1]
    found = [hit.path for hit in bench.answer(request(QueryPicture(files[3]), QueryPicture(unwanted, -0.5)))]
    assert found[0] == files[3]
    assert found.index(unwanted) > 1


def test_picture_with_a_negative_weight_alone_finds_what_is_least_like_it(bench: Bench, files: list[Path]) -> None:
    plain = [hit.path for hit in bench.search(files[3], top_k=PHOTOS)]
    unlike = [hit.path for hit in bench.answer(request(QueryPicture(files[3], -1.0)))]
    assert unlike == plain[::-1]


def test_weight_of_a_single_picture_changes_nothing(bench: Bench, files: list[Path]) -> None:
    assert bench.answer(request(QueryPicture(files[3], 0.2))) == bench.answer(request(QueryPicture(files[3])))


def test_pictures_that_cancel_each_other_out_are_an_error(bench: Bench, files: list[Path]) -> None:
    with pytest.raises(QueryError, match="cancel each other out"):
        bench.answer(request(QueryPicture(files[3]), QueryPicture(files[3], -1.0)))


def test_request_without_pictures_is_an_error(bench: Bench, files: list[Path]) -> None:
    assert files
    with pytest.raises(QueryError, match="no picture"):
        bench.answer(request())


def test_error_names_the_one_of_several_pictures_that_cannot_be_read(
    bench: Bench, files: list[Path], tmp_path: Path
) -> None:
    (tmp_path / "broken.jpg").write_bytes(b"no picture")
    with pytest.raises(DecodeError, match=r"broken\.jpg: "):
        bench.answer(request(QueryPicture(files[3]), QueryPicture(tmp_path / "broken.jpg")))


def test_part_of_a_picture_finds_the_photo_that_it_shows(bench: Bench, files: list[Path]) -> None:
    query = beside(files[3], files[8])
    for left, expected in ((0.0, files[3]), (0.5, files[8])):
        best = bench.answer(request(QueryPicture(query, crop=Box(left, 0, 0.5, 1))))[0]
        assert best.path == expected
        assert best.score == pytest.approx(1.0, abs=1e-3)


def test_part_of_a_photo_is_not_identical_to_the_photo(bench: Bench, files: list[Path]) -> None:
    assert bench.answer(request(QueryPicture(files[3])))[0].label is Label.IDENTICAL
    part = bench.answer(request(QueryPicture(files[3], crop=Box(0, 0, 1, 0.99))))
    assert part[0].path == files[3]
    assert part[0].label is Label.NEAR_DUPLICATE


def test_turned_picture_finds_the_photo_that_was_turned(bench: Bench, tmp_path: Path) -> None:
    upright = paint(tmp_path / "photos" / "upright.png", 1)
    paint_many(tmp_path / "photos", 10, first_seed=50)
    bench.run(tmp_path / "photos")
    fallen = io.BytesIO()
    with Image.open(upright) as image:
        image.transpose(Image.Transpose.ROTATE_90).save(fallen, "PNG")  # to the left
    picture = QueryPicture(fallen.getvalue(), turn=90)
    best = bench.answer(SearchRequest((picture,), "one"))[0]
    assert best.path == upright
    assert best.score == pytest.approx(1.0, abs=1e-4)


@pytest.mark.parametrize(
    "box", [(0, 0, 0, 1), (0, 0, 1, 0), (-0.1, 0, 1, 1), (0.5, 0, 0.6, 1), (0, 1, 1, 0.1), (0, 0, float("nan"), 1)]
)
def test_part_that_is_empty_or_outside_of_the_picture_is_refused(box: tuple[float, float, float, float]) -> None:
    with pytest.raises(ValueError, match="not a part of a picture"):
        Box(*box)


def test_part_that_ends_at_the_edge_is_accepted_in_spite_of_rounding() -> None:
    assert Box(0.9, 0.7, 0.1, 0.3)
    assert Box(0.7, 0.7, 0.30000000000000004, 0.3)
