from __future__ import annotations

import io
import shutil
import threading
from pathlib import Path
from typing import TYPE_CHECKING
from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from core.catalog.search_indexes import IndexRecords
from core.errors import DecodeError, FolderError
from core.search import retrieval
from core.search.balance import ONE_PART
from core.search.ranking import best_of, label
from core.search_request import Filters, QueryPicture, Shape
from core.types import Label, RemoteFolder
from core.vectors.exact import ExactIndex
from core.vectors.index import Match, PhotoLocation, Row, Where
from core.workers import streams
from tests.helpers.indexing.bench import Bench, paint, paint_many
from tests.helpers.limits import HANG_TIMEOUT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from core.search_request import Views
    from core.types import Hit, Vectors


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    return tmp_path / "photos"


def _edited(photo: Path, *, turned: bool = False, quality: int = 0) -> bytes:
    target = io.BytesIO()
    with Image.open(photo) as image:
        picture = image.transpose(Image.Transpose.ROTATE_90) if turned else image
        picture.save(target, "JPEG", quality=quality) if quality else picture.save(target, "PNG")
    return target.getvalue()


def test_the_photo_itself_comes_first_and_scores_decline(bench: Bench, photos: Path) -> None:
    files = paint_many(photos, 30)
    bench.run(photos)
    hits = bench.search(files[7])
    assert hits[0].path == files[7]
    assert hits[0].score == pytest.approx(1.0, abs=1e-5)
    assert [hit.rank for hit in hits] == list(range(1, 21))
    scores = [hit.score for hit in hits]
    assert scores == sorted(scores, reverse=True)
    assert max(scores) <= 1.0


def test_only_a_copy_with_the_same_bytes_is_labelled_identical(bench: Bench, photos: Path) -> None:
    (file, *_) = paint_many(photos, 5)
    bench.run(photos)
    assert bench.search(file.read_bytes())[0].label is Label.IDENTICAL
    assert bench.search(_edited(file, quality=60))[0].label is Label.NEAR_DUPLICATE


@pytest.mark.parametrize("top_k", [1, 20])
def test_the_same_file_comes_first_among_any_number_of_copies_with_other_tags(
    bench: Bench, photos: Path, top_k: int
) -> None:
    file = paint(photos / "z.png", 1)
    for number in range(41):
        (photos / f"{number:02}.png").write_bytes(file.read_bytes() + bytes(number + 1))
    bench.run(photos)

    hits = bench.search(file, top_k=top_k)

    assert (hits[0].path, hits[0].score, hits[0].label) == (file, 1.0, Label.IDENTICAL)
    assert len(hits) == top_k
    assert all(hit.label is Label.NEAR_DUPLICATE for hit in hits[1:])


def test_the_same_file_outside_the_folders_of_a_search_is_not_returned(bench: Bench, photos: Path) -> None:
    file = paint(photos / "in" / "a.png", 1)
    (photos / "out").mkdir()
    (photos / "out" / "a.png").write_bytes(file.read_bytes())
    bench.run(photos)

    assert [hit.path for hit in bench.search(file, filters=Filters((photos / "in",)))] == [file]


def test_at_most_top_k_photos_are_returned(bench: Bench, photos: Path) -> None:
    files = paint_many(photos, 30)
    bench.run(photos)
    assert len(bench.search(files[0], top_k=3)) == 3
    assert len(bench.search(files[0], top_k=100)) == 30
    assert len(bench.search(files[0], top_k=10**20)) == 30


def test_no_photo_below_the_minimum_score_is_returned(bench: Bench, photos: Path) -> None:
    files = paint_many(photos, 30)
    bench.run(photos)
    everything = bench.search(files[0])
    least = everything[3].score
    assert bench.search(files[0], min_score=least) == everything[:4]
    assert bench.search(files[0], min_score=1.1) == []


def test_a_search_in_an_empty_library_finds_nothing(bench: Bench, tmp_path: Path) -> None:
    assert bench.search(paint(tmp_path / "query.png", 1)) == []


def test_photos_of_equal_score_are_sorted_by_path(bench: Bench, photos: Path) -> None:
    file = paint(photos / "m.png", 1)
    for name in ("z.png", "a.png", "q.png"):
        shutil.copy(file, photos / name)
    bench.run(photos)
    assert [hit.path.name for hit in bench.search(file)] == ["a.png", "m.png", "q.png", "z.png"]


def test_photos_removed_from_the_catalog_do_not_displace_other_hits(bench: Bench, photos: Path) -> None:
    (file,) = paint_many(photos, 1)
    copies = [photos / f"copy-{number:02}.png" for number in range(19)]
    for copy in copies:
        shutil.copy(file, copy)
    bench.run(photos)
    (root,) = bench.catalog.roots()
    bench.catalog.remove(root, copies[:16])  # still in the index, as during an indexing run
    assert [hit.path for hit in bench.search(file, top_k=4)] == [file, *copies[16:]]


@pytest.mark.parametrize(("views", "finds"), [("one", False), ("auto", True), ("all", True)])
def test_a_rotated_copy_is_found_only_by_several_views(
    bench: Bench, photos: Path, views: Views, *, finds: bool
) -> None:
    files = paint_many(photos, 30)
    bench.run(photos)
    best = bench.search(_edited(files[4], turned=True), views=views)[0]
    assert (best.path == files[4] and best.score > 0.9) == finds


def test_other_views_are_not_embedded_if_the_complete_picture_has_a_certain_hit(bench: Bench, photos: Path) -> None:
    files = paint_many(photos, 5)
    bench.run(photos)
    bench.embedder.batches.clear()
    bench.search(files[0], views="auto")
    assert bench.embedder.batches == [1]
    bench.search(_edited(files[0], turned=True), views="auto")
    assert bench.embedder.batches == [1, 1, 9]


def test_a_search_does_not_queue_behind_indexing_batches(bench: Bench, photos: Path) -> None:
    files = paint_many(photos, 5)
    bench.run(photos)
    bench.embedder.background_batches.clear()
    searched = threading.Event()
    held = [bench.workers.model.submit(searched.wait, HANG_TIMEOUT) for _ in range(2 * streams())]

    bench.search(files[0], views="all")

    searched.set()
    assert all(batch.result() for batch in held), "the search waited for the indexing batches"
    assert bench.embedder.background_batches == []


def test_a_photo_found_by_several_views_is_returned_once(bench: Bench, photos: Path) -> None:
    files = paint_many(photos, 12)
    bench.run(photos)
    paths = [hit.path for hit in bench.search(files[0], views="all")]
    assert sorted(paths) == files


def test_a_score_is_never_above_one(bench: Bench, photos: Path) -> None:
    files = paint_many(photos, 40)
    bench.run(photos)
    assert all(bench.search(file, top_k=1)[0].score <= 1.0 for file in files)


@pytest.mark.parametrize("data", [b"", b"not a picture", b"\xff\xd8\xff" + bytes(99)])
def test_a_query_that_is_not_a_picture_is_rejected(bench: Bench, data: bytes) -> None:
    with pytest.raises(DecodeError):
        bench.search(data)


def test_a_missing_query_file_is_rejected(bench: Bench, tmp_path: Path) -> None:
    with pytest.raises(DecodeError, match="No such file"):
        bench.search(tmp_path / "nowhere.jpg")


@pytest.mark.parametrize("size", [(1, 1), (1, 900), (900, 1), (3, 2)])
def test_a_query_of_any_shape_can_be_searched_with_all_views(
    bench: Bench, photos: Path, tmp_path: Path, size: tuple[int, int]
) -> None:
    paint_many(photos, 3)
    bench.run(photos)
    query = tmp_path / "query.png"
    Image.fromarray(np.full((size[1], size[0], 3), 90, np.uint8)).save(query)
    assert len(bench.search(query, views="all")) == 3


@pytest.mark.parametrize(
    ("score", "word"),
    [
        (1.0, Label.NEAR_DUPLICATE),
        (0.92, Label.NEAR_DUPLICATE),
        (0.919, Label.CLOSE),
        (0.72, Label.CLOSE),
        (0.53, Label.SIMILAR),
        (0.529, Label.WEAK),
        (-0.3, Label.WEAK),
    ],
)
def test_each_score_has_a_label(score: float, word: Label) -> None:
    assert label(score, ONE_PART, identical=False) is word
    assert label(score, ONE_PART, identical=True) is Label.IDENTICAL


def test_blank_query_is_a_near_duplicate_of_nothing() -> None:
    assert label(1.0, ONE_PART, identical=False, is_blank=True) is Label.CLOSE
    assert label(0.6, ONE_PART, identical=False, is_blank=True) is Label.SIMILAR
    assert label(1.0, ONE_PART, identical=True, is_blank=True) is Label.IDENTICAL


def test_merging_keeps_the_best_score_of_each_photo() -> None:
    assert best_of({1: 0.5, 2: 0.9}, {1: 0.7, 3: -0.2}, {2: 0.1}) == {1: 0.7, 2: 0.9, 3: -0.2}
    assert best_of() == {}


def test_a_search_within_a_folder_finds_all_its_photos_and_no_others(bench: Bench, photos: Path) -> None:
    inside = paint_many(photos / "trip", 30)
    outside = paint_many(photos / "trip 2", 30)
    bench.run(photos)

    hits = bench.search(outside[4], top_k=100, filters=Filters((photos / "trip",)))

    assert sorted(hit.path for hit in hits) == inside
    whole = {hit.path: hit.score for hit in bench.search(outside[4], top_k=100)}
    assert all(hit.score == pytest.approx(whole[hit.path], abs=1e-5) for hit in hits)
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)


def test_a_search_within_several_folders_returns_the_best_of_all(bench: Bench, photos: Path) -> None:
    one, two, _ = (paint_many(photos / name, 12, seed) for seed, name in ((0, "a"), (100, "b"), (200, "c")))
    bench.run(photos)

    hits = bench.search(
        two[5],
        top_k=6,
        filters=Filters(
            (
                photos / "a",
                photos / "b",
            )
        ),
        views="all",
    )

    assert hits[0].path == two[5]
    assert len(hits) == 6
    assert {hit.path for hit in hits} <= {*one, *two}


def test_a_search_within_a_folder_outside_the_library_is_rejected(bench: Bench, photos: Path) -> None:
    (file,) = paint_many(photos, 1)
    bench.run(photos)

    with pytest.raises(FolderError, match="is not in the library"):
        bench.search(file, filters=Filters((photos.parent / "elsewhere",)))


class RecordingIndex(ExactIndex):
    """Records the conditions of its searches."""

    def __init__(self, *, is_exhaustive: bool) -> None:
        super().__init__()
        self._is_exhaustive = is_exhaustive
        self.conditions: list[Where | None] = []

    @property
    def is_exhaustive(self) -> bool:
        return self._is_exhaustive

    def search(self, vectors: Vectors, top_k: int, where: Where | None = None) -> list[list[Match]]:
        self.conditions.append(where)
        return super().search(vectors, top_k, where)


@pytest.mark.parametrize("is_exhaustive", [True, False])
def test_a_large_folder_is_searched_in_the_index_only_if_it_is_exhaustive(
    bench: Bench, photos: Path, monkeypatch: pytest.MonkeyPatch, *, is_exhaustive: bool
) -> None:
    files = paint_many(photos, 6)
    other = paint(photos.parent / "other" / "a.png", 2)
    index = bench.index = RecordingIndex(is_exhaustive=is_exhaustive)
    bench.run(photos, other.parent)
    root = bench.root(photos)

    few = bench.search(files[2], filters=Filters((photos,)))
    monkeypatch.setattr(retrieval, "FEW", 5)
    many = bench.search(files[2], filters=Filters((photos,)))

    assert [hit.path for hit in many] == [hit.path for hit in few]
    assert [hit.score for hit in many] == pytest.approx([hit.score for hit in few], abs=1e-6)
    assert sorted(hit.path for hit in many) == files
    assert index.conditions == ([Where((root.uuid,))] if is_exhaustive else [])
    assert bench.search(files[2], filters=Filters((photos / "none",))) == []
    assert index.conditions[1:] == [], "the index cannot filter by a folder inside a root"


@pytest.mark.parametrize(("most_found", "searches"), [(16_000, 2), (48, 1), (47, 0)])
def test_many_photos_that_pass_a_filter_are_found_in_the_index_and_not_compared(
    bench: Bench, photos: Path, monkeypatch: pytest.MonkeyPatch, most_found: int, searches: int
) -> None:
    paint_many(photos, 150)
    for seed in range(150, 154):
        paint(photos / f"{seed}.png", seed, (72, 96))
    query = paint(photos.parent / "query.png", 5).read_bytes()
    index = bench.index = RecordingIndex(is_exhaustive=True)
    bench.run(photos)
    portraits = Filters(shapes=frozenset({Shape.PORTRAIT}))
    compared = bench.search(query, top_k=3, filters=portraits)
    assert index.conditions == []

    monkeypatch.setattr(retrieval, "FEW", 3)
    monkeypatch.setattr(retrieval, "MOST_FOUND", most_found)
    found = bench.search(query, top_k=3, filters=portraits)

    assert len(found) == 3
    assert [hit.path for hit in found] == [hit.path for hit in compared]
    assert [hit.score for hit in found] == pytest.approx([hit.score for hit in compared], abs=1e-6)
    assert len(index.conditions) == searches


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 1000), top_k=st.integers(1, 30), inside=st.booleans(), views=st.sampled_from(["one", "all"]))
def test_searching_the_index_for_photos_that_pass_finds_the_same_as_comparing_them(
    filtered: Bench, seed: int, top_k: int, views: Views, *, inside: bool
) -> None:
    folder = filtered.folder.parent / "photos"
    filters = Filters((folder / "sub",) if inside else (), shapes=frozenset({Shape.PORTRAIT}))
    query = paint(folder.parent / "query.png", seed).read_bytes()

    answers = []
    for few in (1000, 0):
        with patch.object(retrieval, "FEW", few):
            answers.append([hit.path for hit in filtered.search(query, top_k, views=views, filters=filters)])

    assert answers[0] == answers[1]
    assert len(answers[0]) == min(top_k, 10 if inside else 20)


@pytest.fixture
def filtered(bench: Bench, photos: Path) -> Bench:
    """Return a library of 20 portraits and 40 landscapes, half of them in the folder `sub`."""
    for number in range(60):
        folder = photos / "sub" if number % 2 else photos
        paint(folder / f"{number}.png", number, (72, 96) if number % 6 < 2 else (96, 72))
    bench.run(photos)
    return bench


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 4), top_k=st.integers(1, 8), views=st.sampled_from(["one", "auto"]))
def test_copies_are_stacked_with_their_best_rank_and_none_is_missing(
    with_copies: Bench, seed: int, top_k: int, views: Views
) -> None:
    query = paint(with_copies.folder.parent / "query.png", seed).read_bytes()
    every = with_copies.search(query, 1000, views=views)

    stacks = with_copies.search(query, top_k, views=views, stacked=True)

    groups: dict[bytes, list[Path]] = {}
    for hit in every:
        groups.setdefault(hit.photo.content, []).append(hit.path)
    assert [hit.rank for hit in stacks] == list(range(1, min(top_k, 5) + 1))
    for hit, group in zip(stacks, groups.values(), strict=False):
        assert [hit.path, *(copy.path for copy in hit.copies)] == group
    assert all(hit.copies == () for hit in every)


@pytest.fixture
def with_copies(bench: Bench, photos: Path) -> Bench:
    """Return a library of five pictures with 1, 2, 4, 8 and 16 copies."""
    for seed in range(5):
        for copy in range(2**seed):
            paint(photos / f"{copy}-{seed}.png", seed)
    bench.run(photos)
    return bench


class CappedIndex(ExactIndex):
    """Returns at most ten photos, as Milvus does with 16,384."""

    def search(self, vectors: Vectors, top_k: int, where: Where | None = None) -> list[list[Match]]:
        return super().search(vectors, min(top_k, 10), where)


def test_more_photos_than_the_index_can_return_are_found_by_comparing_all(
    bench: Bench, photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = paint_many(photos, 30)
    bench.run(photos)
    expected = bench.search(files[3], 1000)
    bench.index = CappedIndex()
    monkeypatch.setattr(retrieval, "MOST_FOUND", 10)

    hits = bench.search(files[3], 25)

    assert [hit.path for hit in hits] == [hit.path for hit in expected[:25]]


class SharedIndex(ExactIndex):
    """An index that also has rows of another computer."""

    def __init__(self) -> None:
        super().__init__()
        self.foreign: dict[int, PhotoLocation] = {}

    @property
    def is_shared(self) -> bool:
        return True

    def locations(self, ids: Sequence[int]) -> dict[int, PhotoLocation]:
        return {key: self.foreign[key] for key in ids if key in self.foreign}


@pytest.fixture
def shared(bench: Bench, photos: Path) -> SharedIndex:
    """Return an index with five photos of this computer. Row 12345 is a copy of the first one on another computer."""
    index = bench.index = SharedIndex()
    files = paint_many(photos, 5)
    bench.run(photos)
    vectors = bench.embedder.embed(bench.query(QueryPicture(files[0]), bench.embedder.input, all_views=False).views)
    index.upsert([Row(12345, "their uuid", "sub/theirs.png", "laptop: /their/photos", vectors[0])])
    index.foreign[12345] = PhotoLocation("their uuid", "sub/theirs.png", "laptop: /their/photos")
    return index


def remote_folders(hits: Sequence[Hit]) -> dict[Path, RemoteFolder]:
    return {hit.path: hit.remote for hit in hits if hit.remote}


@pytest.mark.usefixtures("shared")
def test_photos_of_another_computer_are_found_with_their_remote_folder(bench: Bench, photos: Path) -> None:
    hits = bench.search(photos / "0000.png")

    assert len(hits) == 6
    assert remote_folders(hits) == {Path("sub/theirs.png"): RemoteFolder("their uuid", "laptop: /their/photos")}


@pytest.mark.usefixtures("shared")
def test_photos_of_a_located_folder_are_found_at_their_local_path(bench: Bench, photos: Path, tmp_path: Path) -> None:
    IndexRecords(bench.database).locate("their uuid", tmp_path / "share")
    assert len(remote_folders(bench.search(photos / "0000.png"))) == 1, (
        "a missing photo of a located folder was found on this computer"
    )

    here = paint(tmp_path / "share" / "sub" / "theirs.png", 0)

    hits = bench.search(photos / "0000.png")
    assert remote_folders(hits) == {}
    assert here in [hit.path for hit in hits]


@pytest.mark.parametrize("path", ["../outside.png", "/etc/outside.png", "sub/../../outside.png"])
def test_a_path_from_a_server_cannot_leave_a_located_folder(
    bench: Bench, photos: Path, tmp_path: Path, shared: SharedIndex, path: str
) -> None:
    paint(tmp_path / "outside.png", 0)
    (tmp_path / "share" / "sub").mkdir(parents=True)
    IndexRecords(bench.database).locate("their uuid", tmp_path / "share")
    shared.foreign[12345] = PhotoLocation("their uuid", path, "laptop: /their/photos")

    assert list(remote_folders(bench.search(photos / "0000.png"))) == [Path(path)]


def test_photos_added_to_our_root_by_another_computer_are_found_only_if_they_exist(
    bench: Bench, photos: Path, shared: SharedIndex
) -> None:
    (root,) = bench.catalog.roots()
    shared.foreign[12345] = PhotoLocation(root.uuid, "new.png", "laptop: /their/photos")
    assert len(bench.search(photos / "0000.png")) == 5, "a deleted photo of our own root was found"

    new = paint(photos / "new.png", 0)

    assert new in [hit.path for hit in bench.search(photos / "0000.png")]


def test_scores_of_a_quantized_index_are_computed_exactly(bench: Bench, photos: Path) -> None:
    files = paint_many(photos, 20)
    bench.run(photos)
    exact = bench.search(files[3])

    bench.spec = "IVF_SQ8,nlist=1 IP"
    bench.index = RoundingIndex()
    bench.run(photos)

    again = bench.search(files[3])
    assert [hit.path for hit in again] == [hit.path for hit in exact]
    assert [hit.score for hit in again] == pytest.approx([hit.score for hit in exact], abs=1e-6)


class RoundingIndex(ExactIndex):
    def search(self, vectors: Vectors, top_k: int, where: Where | None = None) -> list[list[Match]]:
        return [[Match(one.id, round(one.score, 1)) for one in line] for line in super().search(vectors, top_k, where)]
