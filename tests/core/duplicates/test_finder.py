from __future__ import annotations

import asyncio
from contextlib import closing
from typing import TYPE_CHECKING, cast

import numpy as np
import pytest

from core.catalog.database import Database
from core.catalog.pairs import Pair, Pairs
from core.catalog.photos import Catalog
from core.duplicates import finder
from core.duplicates.finder import DuplicateFinder, duplicate_groups
from core.errors import DecodeError
from core.images.matching.comparison import Comparison
from core.indexing.progress import Meter
from core.indexing.throttle import Throttle
from core.reports import Stage
from core.types import Box, Edit, MatchKind, PhotoDetails, PhotoFile, SharedScene
from core.workers import Workers
from tests.helpers.engine.catalog_entries import FOLDER, MODEL, content
from tests.helpers.limits import HANG_TIMEOUT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from core.images.matching.local_features import LocalFeatures
    from core.images.matching.workers import MatchingWorkers
    from core.reports import Progress

DIM = 64
WHOLE = Box(0, 0, 1, 1)


class FakeMatching:
    """Finds in two photos what `shared` has for their names, in alphabetical order."""

    def __init__(self) -> None:
        self.shared: dict[str, SharedScene] = {}
        self.compared: list[str] = []
        self.paths: set[Path] = set()
        self.unreadable: set[str] = set()
        self.before_comparing: Callable[[], None] = lambda: None

    def of_photo(self, photo: Path) -> LocalFeatures:
        return cast("LocalFeatures", photo)

    def compare(self, query: LocalFeatures, photo: Path, *, tries_mirrored: bool) -> Comparison:
        assert tries_mirrored
        self.paths |= {cast("Path", query), photo}
        first, second = sorted((cast("Path", query).stem, photo.stem))
        self.before_comparing()
        if not self.unreadable.isdisjoint({first, second}):
            raise DecodeError("It cannot be read.")
        self.compared.append(first + second)
        return Comparison(0, self.shared.get(first + second))


class Finding:
    """A library whose photos are named by a letter, and whose embeddings are alike within a cluster."""

    def __init__(self, database: Database) -> None:
        self.workers = Workers()
        self.matching = FakeMatching()
        self.throttle = Throttle(2)
        self.shown: list[Progress] = []
        self.catalog = Catalog(database)
        self._root = self.catalog.add_root(FOLDER)
        self.pairs = Pairs(database, MODEL)

    def add(self, names: str, cluster: int = 0) -> None:
        centre = np.random.default_rng(cluster).normal(size=DIM)
        for name in names:
            values = centre + 0.05 * np.random.default_rng(ord(name)).normal(size=DIM)
            key = content(ord(name))
            photo = PhotoFile(self._root.path / f"{name}.jpg", 1, 1), PhotoDetails(key, 4, 3)
            vector = (values / np.linalg.norm(values)).astype(np.float32)
            self.catalog.save(self._root, [photo], {key: vector}, MODEL)

    def remove(self, name: str) -> None:
        self.catalog.remove(self._root, [self._root.path / f"{name}.jpg"])

    def has(self, kind: MatchKind, *pairs: str, edits: tuple[Edit, ...] = (), in_first: Box = WHOLE) -> None:
        """Let these pairs have something in common."""
        for pair in pairs:
            self.matching.shared[pair] = SharedScene(kind, edits, in_first, WHOLE, 99)

    async def find_once(self) -> None:
        matching = cast("MatchingWorkers", self.matching)
        meter = Meter(self.shown.append)
        duplicates = DuplicateFinder(self.workers, self.pairs, self.catalog, matching)
        await duplicates.find(self.throttle.begin(meter.hold), meter)

    def find(self) -> list[tuple[str, str]]:
        """Find duplicates and return the groups."""
        self.matching.compared.clear()
        asyncio.run(self.find_once())
        found = duplicate_groups(self.pairs, self.catalog)
        return [(group.kind, "".join(photo.path.stem for photo in group.photos)) for group in found]


@pytest.fixture
def finding(tmp_path: Path) -> Iterator[Finding]:
    with closing(Database(tmp_path / "catalog.sqlite")) as database:
        finding = Finding(database)
        yield finding
        finding.workers.shutdown()


def test_similar_photos_are_verified_and_grouped(finding: Finding) -> None:
    finding.add("abc")
    finding.add("xy", cluster=1)
    finding.add("z", cluster=2)
    finding.has(MatchKind.SAME_PICTURE, "ab")
    finding.has(MatchKind.SAME_PLACE, "ac", "xy")

    assert finding.find() == [("same-picture", "ab"), ("same-scene", "abc"), ("same-scene", "xy")]
    assert set(finding.matching.compared) <= {"ab", "ac", "bc", "xy"}
    assert {(each.stage, each.total) for each in finding.shown} == {(Stage.COMPARING, 6), (Stage.VERIFYING, 4)}


def test_nothing_is_compared_twice(finding: Finding) -> None:
    finding.add("abc")
    finding.find()
    assert sorted(finding.matching.compared) == ["ab", "ac", "bc"]

    finding.find()

    assert finding.matching.compared == []


@pytest.mark.parametrize("piece", [1, 2, 4096])
def test_new_photos_are_compared_with_each_other_and_with_old_ones(
    finding: Finding, monkeypatch: pytest.MonkeyPatch, piece: int
) -> None:
    monkeypatch.setattr(finder, "PIECE", piece)
    finding.add("abc")
    finding.has(MatchKind.SAME_PLACE, "ab", "ad", "cd", "de")
    assert finding.find() == [("same-scene", "ab")]
    finding.add("de")

    assert finding.find() == [("same-scene", "abcde")]
    assert sorted(finding.matching.compared) == ["ad", "ae", "bd", "be", "cd", "ce", "de"]


def test_pictures_that_are_the_same_as_a_third_one_need_no_comparison_until_that_is_gone(
    finding: Finding, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(finder, "BATCH", 1)
    finding.add("abc")
    finding.has(MatchKind.SAME_PICTURE, "ab", "ac", "bc")
    assert finding.find() == [("same-picture", "abc")]
    assert len(finding.matching.compared) == 2
    (third,) = {"a", "b", "c"} - set(finding.matching.compared[0]).symmetric_difference(finding.matching.compared[1])

    finding.remove(third)

    left = "".join(sorted({"a", "b", "c"} - {third}))
    assert finding.find() == [("same-picture", left)]
    assert finding.matching.compared == [left]


def test_photo_that_comes_back_is_compared_with_those_added_meanwhile(finding: Finding) -> None:
    finding.add("ab")
    finding.has(MatchKind.SAME_PLACE, "ac")
    finding.find()
    finding.remove("a")
    finding.add("c")
    assert finding.find() == []

    finding.add("a")

    assert finding.find() == [("same-scene", "ac")]


def test_folder_that_is_removed_meanwhile_leaves_no_pairs(finding: Finding) -> None:
    finding.add("ab")
    contents, *_ = finding.pairs.embeddings()
    finding.remove("a")
    finding.catalog.purge()

    finding.pairs.add([Pair(min(contents), max(contents), 0.9)], contents)

    assert finding.pairs.count_unverified() == 0
    finding.add("a")
    finding.has(MatchKind.SAME_PLACE, "ab")
    assert finding.find() == [("same-scene", "ab")]


def test_copy_within_reach_is_compared(finding: Finding, tmp_path: Path) -> None:
    finding.add("ab")
    reachable = tmp_path / "a.jpg"
    reachable.touch()
    root = finding.catalog.add_root(tmp_path)
    finding.catalog.save(root, [(PhotoFile(reachable, 1, 1), PhotoDetails(content(ord("a")), 4, 3))], {}, MODEL)

    finding.find()

    assert reachable in finding.matching.paths


def test_photo_that_cannot_be_read_is_tried_again(finding: Finding) -> None:
    finding.add("ab")
    finding.has(MatchKind.SAME_PLACE, "ab")
    finding.matching.unreadable.add("b")
    assert finding.find() == []

    finding.matching.unreadable.clear()

    assert finding.find() == [("same-scene", "ab")]


def test_version_with_a_frame_is_not_the_best(finding: Finding) -> None:
    finding.add("ab")
    finding.has(MatchKind.SAME_PICTURE, "ab", edits=(Edit.FRAMED,), in_first=Box(0.2, 0.2, 0.5, 0.5))

    assert finding.find() == [("same-picture", "ba")]


def test_cancelling_keeps_what_is_done_and_the_next_call_continues(
    finding: Finding, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(finder, "BATCH", 1)
    finding.add("abcd")

    async def cancel_at_the_third_pair() -> None:
        loop, searching = asyncio.get_running_loop(), asyncio.ensure_future(finding.find_once())

        def cancel() -> None:
            if len(finding.matching.compared) == 2:
                loop.call_soon_threadsafe(searching.cancel)

        finding.matching.before_comparing = cancel
        with pytest.raises(asyncio.CancelledError):
            await asyncio.wait_for(searching, HANG_TIMEOUT)

    asyncio.run(cancel_at_the_third_pair())
    assert 2 <= len(finding.matching.compared) <= 3
    first = finding.matching.compared[:2]
    finding.matching.before_comparing = lambda: None

    finding.find()

    assert len(first + finding.matching.compared) in {6, 7}
    assert set(first).isdisjoint(finding.matching.compared)


def test_an_empty_library_has_no_duplicates(finding: Finding) -> None:
    assert finding.find() == []
    assert finding.shown == []
