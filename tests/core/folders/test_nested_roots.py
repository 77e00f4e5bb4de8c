"""Folders of the library that hold one another, with a drive among them that is unplugged and comes back."""

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
from core.types import Changes, Filters, Root, Rules
from tests.helpers.indexing.bench import Bench, paint, paint_many

FOLDERS = st.sampled_from([".", "a", "a/b", "a/b/c", "a/b/.hidden", "d"])
DRIVE = "a/b"
SKIPPED = "skipped.png"
PHOTOS = st.tuples(FOLDERS, st.sampled_from(["p.png", SKIPPED])).map("/".join)
SEEDS = st.integers(0, 5)


class Home(RuleBasedStateMachine):
    """A folder with folders in it, one of which is a drive; any of them may be a root, and at once."""

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
        """Leave no mount point, an empty one, or one with something hidden in it."""
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
            self.add(folder, is_asked=False)

    @rule(folder=FOLDERS, is_asked=st.booleans())
    def add(self, folder: str, is_asked: bool) -> None:
        """Nobody knows of any drive that it is there unless it is asked."""
        catalog, here = self.bench.catalog, self.here() if is_asked else []
        lasting = {root for root in catalog.roots() if root not in here or root.rules != Rules()}
        if (self.home / folder).is_dir():
            add_folder(catalog, self.home / folder, here)
            assert lasting <= {*catalog.roots()}

    @rule(number=st.integers(0, 3))
    def remove(self, number: int) -> None:
        if roots := self.bench.catalog.roots()[number:]:
            forget_folder(self.bench.catalog, roots[0].path)

    @rule(number=st.integers(0, 3), rules=st.sampled_from([Rules(), Rules(SKIPPED)]))
    def choose_rules(self, number: int, rules: Rules) -> None:
        if roots := self.bench.catalog.roots()[number:]:
            set_rules(self.bench.catalog, roots[0].path, rules)

    @rule(is_told=st.booleans())
    def index(self, is_told: bool) -> None:
        """A watch tells at least the photos that there are and were."""
        here, before, wanted = self.here(), self.known(), set(self.home.rglob("*.png"))
        roots = self.bench.catalog.roots()
        changes = Changes(frozenset(wanted.union(*before.values()))) if is_told else None

        report = asyncio.run(self.bench.update(here, changes=changes))

        expected = {root: before[root] for root in roots if root not in here}
        expected |= {root: {path for path in wanted if is_of(path, root, here)} for root in here}
        after = self.known()
        assert after == expected
        assert not report.failed
        assert self.bench.paths() == sorted(path for paths in after.values() for path in paths), "not once each"

    def is_unplugged(self, location: str) -> bool:
        return self.drawer.exists() and (self.home / location).is_relative_to(self.home / DRIVE)

    def here(self) -> list[Root]:
        catalog = self.bench.catalog
        return [root for root in catalog.roots() if is_online(root, catalog.photos_in(root) > 0)]

    def known(self) -> dict[Root, set[Path]]:
        catalog = self.bench.catalog
        return {root: {*catalog.known(root, self.bench.embedder.key)} for root in catalog.roots()}


def is_of(path: Path, root: Root, roots: list[Root]) -> bool:
    """Tell whether a photo is to be found as one of a root."""
    holding = [other for other in roots if path.is_relative_to(other.path) and not is_hidden(path, other)]
    is_owner = bool(holding) and max(holding, key=lambda other: len(other.path.parts)) == root
    return is_owner and not (root.rules.exclude and path.name == SKIPPED)


def is_hidden(path: Path, root: Root) -> bool:
    return any(part.startswith(".") for part in path.relative_to(root.path).parts)


Home.TestCase.settings = settings(max_examples=40, stateful_step_count=25, deadline=None)
TestHome = Home.TestCase


def test_root_that_comes_back_inside_another_has_its_photos_for_itself(bench: Bench, tmp_path: Path) -> None:
    home, old, new = tmp_path / "home", tmp_path / "home" / "old", tmp_path / "home" / "new"
    paint(home / "a.png", 1)
    bench.run(old.parent)
    outer = bench.root(home)
    paint_many(old, 3, first_seed=10)
    drive = bench.root(old)
    asyncio.run(bench.update([outer, drive]))
    old.rename(new)
    asyncio.run(bench.update([outer]))  # which is said to have the drive's photos now, as nobody knows better
    assert bench.catalog.photos_in(outer) == 4
    moved = Root(drive.uuid, new)

    assert relocate_roots(bench.catalog, [moved]) == [moved]
    report = asyncio.run(bench.update([outer, moved], changes=Changes(roots=frozenset([drive.uuid]))))

    assert (report.indexed, report.closed) == (0, ())
    assert bench.paths() == [home / "a.png", *sorted(new.iterdir())]


def test_search_within_a_folder_finds_what_is_in_the_roots_inside_it(bench: Bench, tmp_path: Path) -> None:
    outside = paint(tmp_path / "home" / "a.png", 1)
    inside = paint_many(tmp_path / "home" / "drive" / "in", 3, first_seed=10)
    bench.run(tmp_path / "home" / "drive", tmp_path / "home")

    def found(within: Path) -> list[Path]:
        return sorted(hit.path for hit in bench.search(outside, filters=Filters((within,))))

    assert found(tmp_path / "home") == [outside, *inside]
    assert found(tmp_path / "home" / "drive") == inside
    assert found(tmp_path / "home" / "drive" / "in") == inside
