"""Indexing and searching nested roots, one of them on a drive that is unplugged and comes back."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from core.folders.nesting import is_online
from core.folders.registry import add_folder, forget_folder, relocate_roots, set_rules
from core.search_request import Filters
from core.types import Changes, Root, Rules
from tests.helpers.indexing.bench import Bench, paint, paint_many

FOLDERS = st.sampled_from([".", "a", "a/b", "a/b/c", "a/b/.hidden", "d"])
DRIVE = "a/b"
SKIPPED = "skipped.png"
PHOTOS = st.tuples(FOLDERS, st.sampled_from(["p.png", SKIPPED])).map("/".join)
SEEDS = st.integers(0, 5)


class Home(RuleBasedStateMachine):
    """Nested folders, one of them a drive. Any number of them may be roots at the same time."""

    def __init__(self) -> None:
        super().__init__()
        self.holder = TemporaryDirectory()
        self.home, self.drawer = Path(self.holder.name).resolve() / "home", Path(self.holder.name) / "drawer"
        for folder in ("a/b/c", "a/b/.hidden", "d"):
            (self.home / folder).mkdir(parents=True)
        self.bench = Bench(Path(self.holder.name) / "library").__enter__()

    def teardown(self) -> None:
        self.bench.__exit__()
        self.holder.cleanup()

    @rule(location=PHOTOS, seed=SEEDS)
    def write(self, location: str, seed: int) -> None:
        if (self.home / location).parent.is_dir() and not self.is_unplugged(location):
            paint(self.home / location, seed, (12 + seed, 9))

    @rule(location=PHOTOS)
    def delete(self, location: str) -> None:
        (self.home / location).unlink(missing_ok=True)

    @rule(leaves=st.sampled_from(["", ".", ".Trashes", ".DS_Store"]))
    def unplug(self, leaves: str) -> None:
        """Unplug the drive and leave no mount point, an empty one, or one with something hidden in it."""
        if self.drawer.exists():
            return
        (self.home / DRIVE).rename(self.drawer)
        if leaves:
            (self.home / DRIVE / leaves.removesuffix(".DS_Store")).mkdir(parents=True)
        if leaves == ".DS_Store":
            (self.home / DRIVE / leaves).touch()

    @rule()
    def plug_in(self) -> None:
        if self.drawer.exists():
            shutil.rmtree(self.home / DRIVE, ignore_errors=True)
            self.drawer.rename(self.home / DRIVE)

    @initialize(
        photos=st.dictionaries(PHOTOS, SEEDS, min_size=6),
        folders=st.lists(FOLDERS, min_size=1, max_size=4, unique=True),
    )
    def begin(self, photos: dict[str, int], folders: list[str]) -> None:
        for location, seed in photos.items():
            self.write(location, seed)
        for folder in folders:
            self.add(folder, knows_online=False)

    @rule(folder=FOLDERS, knows_online=st.booleans())
    def add(self, folder: str, knows_online: bool) -> None:
        """Add a folder. Unless `knows_online`, no root is known to be online."""
        catalog, online = self.bench.catalog, self.online() if knows_online else []
        kept = {root for root in catalog.roots() if root not in online or root.rules != Rules()}
        if (self.home / folder).is_dir():
            add_folder(catalog, self.home / folder, online)
            assert kept <= {*catalog.roots()}

    @rule(number=st.integers(0, 3))
    def remove(self, number: int) -> None:
        if roots := self.bench.catalog.roots()[number:]:
            forget_folder(self.bench.catalog, roots[0].path)

    @rule(number=st.integers(0, 3), rules=st.sampled_from([Rules(), Rules(SKIPPED)]))
    def choose_rules(self, number: int, rules: Rules) -> None:
        if roots := self.bench.catalog.roots()[number:]:
            set_rules(self.bench.catalog, roots[0].path, rules)

    @rule(is_watched=st.booleans())
    def index(self, is_watched: bool) -> None:
        """Index everything, or what a watch reports: at least all present and former photos."""
        online, before, wanted = self.online(), self.known(), set(self.home.rglob("*.png"))
        roots = self.bench.catalog.roots()
        changes = Changes(frozenset(wanted.union(*before.values()))) if is_watched else None

        report = asyncio.run(self.bench.update(online, changes=changes))

        expected = {root: before[root] for root in roots if root not in online}
        expected |= {root: {path for path in wanted if belongs_to(path, root, online)} for root in online}
        after = self.known()
        assert after == expected
        assert not report.failed
        assert self.bench.paths() == sorted(path for paths in after.values() for path in paths), (
            "each photo must be indexed once"
        )

    def is_unplugged(self, location: str) -> bool:
        return self.drawer.exists() and (self.home / location).is_relative_to(self.home / DRIVE)

    def online(self) -> list[Root]:
        catalog = self.bench.catalog
        return [root for root in catalog.roots() if is_online(root, catalog.photos_in(root) > 0)]

    def known(self) -> dict[Root, set[Path]]:
        catalog = self.bench.catalog
        return {root: {*catalog.known(root, self.bench.embedder.key)} for root in catalog.roots()}


def belongs_to(path: Path, root: Root, roots: list[Root]) -> bool:
    """Return whether a photo belongs to this one of the online roots."""
    containing = [other for other in roots if path.is_relative_to(other.path) and not is_hidden(path, other)]
    is_owner = bool(containing) and max(containing, key=lambda other: len(other.path.parts)) == root
    return is_owner and not (root.rules.exclude and path.name == SKIPPED)


def is_hidden(path: Path, root: Root) -> bool:
    return any(part.startswith(".") for part in path.relative_to(root.path).parts)


Home.TestCase.settings = settings(max_examples=15, stateful_step_count=25, deadline=None)
TestHome = Home.TestCase


def test_root_that_returns_inside_another_root_gets_its_photos_back(bench: Bench, tmp_path: Path) -> None:
    home, old, new = tmp_path / "home", tmp_path / "home" / "old", tmp_path / "home" / "new"
    paint(home / "a.png", 1)
    bench.run(old.parent)
    outer = bench.root(home)
    paint_many(old, 3, first_seed=10)
    drive = bench.root(old)
    asyncio.run(bench.update([outer, drive]))
    old.rename(new)
    asyncio.run(bench.update([outer]))  # it takes over the drive's photos until the drive is located
    assert bench.catalog.photos_in(outer) == 4
    moved = Root(drive.uuid, new)

    assert relocate_roots(bench.catalog, [moved]) == [moved]
    report = asyncio.run(bench.update([outer, moved], changes=Changes(roots=frozenset([drive.uuid]))))

    assert (report.indexed, report.closed) == (0, ())
    assert bench.paths() == [home / "a.png", *sorted(new.iterdir())]


def test_search_in_a_folder_finds_photos_of_nested_roots(bench: Bench, tmp_path: Path) -> None:
    outside = paint(tmp_path / "home" / "a.png", 1)
    inside = paint_many(tmp_path / "home" / "drive" / "in", 3, first_seed=10)
    bench.run(tmp_path / "home" / "drive", tmp_path / "home")

    def found(within: Path) -> list[Path]:
        return sorted(hit.path for hit in bench.search(outside, filters=Filters((within,))))

    assert found(tmp_path / "home") == [outside, *inside]
    assert found(tmp_path / "home" / "drive") == inside
    assert found(tmp_path / "home" / "drive" / "in") == inside
