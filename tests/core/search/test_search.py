from __future__ import annotations

import io
import shutil
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from core.catalog.search_indexes import SearchIndexes
from core.errors import DecodeError, FolderError
from core.search import search
from core.search.ranking import best_of, label
from core.types import Filters, Label, RemoteFolder
from core.vectors.exact import ExactIndex
from core.vectors.index import Match, PhotoLocation, Row, Where
from core.vectors.schema import of_built
from core.workers import streams
from tests.helpers.indexing.bench import Bench, paint, paint_many
from tests.helpers.limits import HANGING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from core.types import Hit, Vectors, Views


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


def test_the_same_bytes_are_identical_and_a_copy_of_lower_quality_is_not(bench: Bench, photos: Path) -> None:
    (file, *_) = paint_many(photos, 5)
    bench.run(photos)
    assert bench.search(file.read_bytes())[0].label is Label.IDENTICAL
    assert bench.search(_edited(file, quality=60))[0].label is Label.NEAR_DUPLICATE


def test_as_many_photos_as_asked_for_come_back(bench: Bench, photos: Path) -> None:
    files = paint_many(photos, 30)
    bench.run(photos)
    assert len(bench.search(files[0], top_k=3)) == 3
    assert len(bench.search(files[0], top_k=100)) == 30


def test_no_photo_below_the_least_score_comes_back(bench: Bench, photos: Path) -> None:
    files = paint_many(photos, 30)
    bench.run(photos)
    everything = bench.search(files[0])
    least = everything[3].score
    assert bench.search(files[0], min_score=least) == everything[:4]
    assert bench.search(files[0], min_score=1.1) == []


def test_an_empty_library_has_nothing_to_find(bench: Bench, tmp_path: Path) -> None:
    assert bench.search(paint(tmp_path / "query.png", 1)) == []


def test_photos_of_equal_score_come_in_the_order_of_their_paths(bench: Bench, photos: Path) -> None:
    file = paint(photos / "m.png", 1)
    for name in ("z.png", "a.png", "q.png"):
        shutil.copy(file, photos / name)
    bench.run(photos)
    assert [hit.path.name for hit in bench.search(file)] == ["a.png", "m.png", "q.png", "z.png"]


def test_a_photo_that_the_catalog_forgot_is_not_shown_and_takes_no_place(bench: Bench, photos: Path) -> None:
    (file,) = paint_many(photos, 1)
    copies = [photos / f"copy-{number:02}.png" for number in range(19)]
    for copy in copies:
        shutil.copy(file, copy)
    bench.run(photos)
    (root,) = bench.catalog.roots()
    bench.catalog.remove(root, copies[:16])  # still in the index, as while a run is going on
    assert [hit.path for hit in bench.search(file, top_k=4)] == [file, *copies[16:]]


@pytest.mark.parametrize(("views", "finds"), [("one", False), ("auto", True), ("all", True)])
def test_a_turned_copy_is_found_by_several_views(bench: Bench, photos: Path, views: Views, *, finds: bool) -> None:
    files = paint_many(photos, 30)
    bench.run(photos)
    best = bench.search(_edited(files[4], turned=True), views=views)[0]
    assert (best.path == files[4] and best.score > 0.9) == finds


def test_views_are_not_looked_at_where_the_whole_picture_is_certain(bench: Bench, photos: Path) -> None:
    files = paint_many(photos, 5)
    bench.run(photos)
    bench.embedder.batches.clear()
    bench.search(files[0], views="auto")
    assert bench.embedder.batches == [1]
    bench.search(_edited(files[0], turned=True), views="auto")
    assert bench.embedder.batches == [1, 1, 9]


def test_a_search_does_not_wait_behind_the_batches_of_an_indexing_run(bench: Bench, photos: Path) -> None:
    files = paint_many(photos, 5)
    bench.run(photos)
    bench.embedder.behind.clear()
    searched = threading.Event()
    held = [bench.workers.model.submit(searched.wait, HANGING) for _ in range(2 * streams())]

    bench.search(files[0], views="all")

    searched.set()
    assert all(batch.result() for batch in held), "it waited until they were done"
    assert bench.embedder.behind == []


def test_no_photo_comes_twice_when_several_views_find_it(bench: Bench, photos: Path) -> None:
    files = paint_many(photos, 12)
    bench.run(photos)
    paths = [hit.path for hit in bench.search(files[0], views="all")]
    assert sorted(paths) == files


def test_a_score_is_never_above_one(bench: Bench, photos: Path) -> None:
    files = paint_many(photos, 40)
    bench.run(photos)
    assert all(bench.search(file, top_k=1)[0].score <= 1.0 for file in files)


@pytest.mark.parametrize("data", [b"", b"not a picture", b"\xff\xd8\xff" + bytes(99)])
def test_a_query_that_is_no_picture_is_refused(bench: Bench, data: bytes) -> None:
    with pytest.raises(DecodeError):
        bench.search(data)


def test_a_query_that_is_not_there_is_refused(bench: Bench, tmp_path: Path) -> None:
    with pytest.raises(DecodeError, match="No such file"):
        bench.search(tmp_path / "nowhere.jpg")


@pytest.mark.parametrize("size", [(1, 1), (1, 900), (900, 1), (3, 2)])
def test_a_query_of_any_shape_can_be_searched_in_all_views(
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
def test_a_score_has_a_word(score: float, word: Label) -> None:
    assert label(score, identical=False) is word
    assert label(score, identical=True) is Label.IDENTICAL


def test_merging_keeps_the_best_score_of_each() -> None:
    assert best_of({1: 0.5, 2: 0.9}, {1: 0.7, 3: -0.2}, {2: 0.1}) == {1: 0.7, 2: 0.9, 3: -0.2}
    assert best_of() == {}


def test_a_search_within_a_folder_finds_each_of_its_photos_and_no_other(bench: Bench, photos: Path) -> None:
    inside = paint_many(photos / "trip", 30)
    outside = paint_many(photos / "trip 2", 30)
    bench.run(photos)

    hits = bench.search(outside[4], top_k=100, filters=Filters((photos / "trip",)))

    assert sorted(hit.path for hit in hits) == inside
    whole = {hit.path: hit.score for hit in bench.search(outside[4], top_k=100)}
    assert all(hit.score == pytest.approx(whole[hit.path], abs=1e-5) for hit in hits)
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)


def test_a_search_within_several_folders_gives_the_best_of_all(bench: Bench, photos: Path) -> None:
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


def test_a_search_within_a_folder_that_is_not_in_the_library_is_refused(bench: Bench, photos: Path) -> None:
    (file,) = paint_many(photos, 1)
    bench.run(photos)

    with pytest.raises(FolderError, match="is not in the library"):
        bench.search(file, filters=Filters((photos.parent / "elsewhere",)))


class CountingIndex(ExactIndex):
    """Remembers the conditions of its searches."""

    def __init__(self) -> None:
        super().__init__()
        self.conditions: list[Where | None] = []

    def search(self, vectors: Vectors, top_k: int, where: Where | None = None) -> list[list[Match]]:
        self.conditions.append(where)
        return super().search(vectors, top_k, where)


@pytest.mark.parametrize(("spec", "asks_the_index"), [("IVF_FLAT,nlist=1 IP", True), ("HNSW IP", False)])
def test_a_large_folder_is_left_to_an_index_that_misses_nothing(
    bench: Bench, photos: Path, monkeypatch: pytest.MonkeyPatch, spec: str, *, asks_the_index: bool
) -> None:
    files = paint_many(photos, 6)
    other = paint(photos.parent / "other" / "a.png", 2)
    index = bench.index = CountingIndex()
    bench.spec = of_built(spec).built
    bench.run(photos, other.parent)
    root = bench.root(photos)

    few = bench.search(files[2], filters=Filters((photos,)))
    monkeypatch.setattr(search, "FEW", 5)
    many = bench.search(files[2], filters=Filters((photos,)))

    assert [hit.path for hit in many] == [hit.path for hit in few]
    assert [hit.score for hit in many] == pytest.approx([hit.score for hit in few], abs=1e-6)
    assert sorted(hit.path for hit in many) == files
    assert index.conditions == ([Where((root.uuid,))] if asks_the_index else [])
    assert bench.search(files[2], filters=Filters((photos / "none",))) == []
    assert index.conditions[1:] == [], "the index cannot tell one folder of a root from another"


class SharedIndex(ExactIndex):
    """An index in which another computer has rows too."""

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
    """Return an index with five photos of ours and, as 12345, the first of them from a folder of another computer."""
    index = bench.index = SharedIndex()
    files = paint_many(photos, 5)
    bench.run(photos)
    vectors = bench.embedder.embed(bench.query(files[0], bench.embedder.input, all_views=False).views)
    index.upsert([Row(12345, "their uuid", "sub/theirs.png", "laptop: /their/photos", vectors[0])])
    index.foreign[12345] = PhotoLocation("their uuid", "sub/theirs.png", "laptop: /their/photos")
    return index


def elsewhere(hits: Sequence[Hit]) -> dict[Path, RemoteFolder]:
    return {hit.path: hit.remote for hit in hits if hit.remote}


@pytest.mark.usefixtures("shared")
def test_photos_of_another_computer_are_found_and_said_to_be_there(bench: Bench, photos: Path) -> None:
    hits = bench.search(photos / "0000.png")

    assert len(hits) == 6
    assert elsewhere(hits) == {Path("sub/theirs.png"): RemoteFolder("their uuid", "laptop: /their/photos")}


@pytest.mark.usefixtures("shared")
def test_photos_of_a_located_folder_are_found_where_it_is_here(bench: Bench, photos: Path, tmp_path: Path) -> None:
    SearchIndexes(bench.database).locate("their uuid", tmp_path / "share")
    assert len(elsewhere(bench.search(photos / "0000.png"))) == 1, "the folder is located but the photo is not there"

    here = paint(tmp_path / "share" / "sub" / "theirs.png", 0)

    hits = bench.search(photos / "0000.png")
    assert elsewhere(hits) == {}
    assert here in [hit.path for hit in hits]


@pytest.mark.parametrize("path", ["../outside.png", "/etc/outside.png", "sub/../../outside.png"])
def test_a_server_cannot_lead_out_of_a_located_folder(
    bench: Bench, photos: Path, tmp_path: Path, shared: SharedIndex, path: str
) -> None:
    paint(tmp_path / "outside.png", 0)
    (tmp_path / "share" / "sub").mkdir(parents=True)
    SearchIndexes(bench.database).locate("their uuid", tmp_path / "share")
    shared.foreign[12345] = PhotoLocation("their uuid", path, "laptop: /their/photos")

    assert list(elsewhere(bench.search(photos / "0000.png"))) == [Path(path)]


def test_photos_that_another_computer_found_in_a_root_of_ours_are_shown_only_where_they_are(
    bench: Bench, photos: Path, shared: SharedIndex
) -> None:
    (root,) = bench.catalog.roots()
    shared.foreign[12345] = PhotoLocation(root.uuid, "new.png", "laptop: /their/photos")
    assert len(bench.search(photos / "0000.png")) == 5, "a photo of ours that was deleted a moment ago is shown"

    new = paint(photos / "new.png", 0)

    assert new in [hit.path for hit in bench.search(photos / "0000.png")]


def test_scores_of_an_index_that_rounds_are_computed_again(bench: Bench, photos: Path) -> None:
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
