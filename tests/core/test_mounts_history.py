"""Whatever happens to photos and the drives that they are on, only those that somebody deleted are forgotten."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from core.types import Changes
from tests.core.fakes import Bench, paint
from tests.core.mounting import ToldDrive

PLACES = ["own.png", "in/own.png", "usb/a.png", "usb/deep/b.png", "in/nas/c.png", "in/nas/deep/d.png"]
DRIVES = st.sampled_from(["usb", "in/nas"])


class MountedFolders(RuleBasedStateMachine):
    """A folder of photos, in which two drives are mounted at times. `noted`: those that had photos in the last run."""

    def __init__(self) -> None:
        super().__init__()
        self.patch = pytest.MonkeyPatch()
        self.holder = TemporaryDirectory()
        folder = Path(self.holder.name).resolve()
        self.bench = Bench(folder / "library").__enter__()
        self.root = self.bench.root(folder / "photos")
        (self.root.path / "note.txt").touch()
        self.drives = {
            place: ToldDrive(self.root.path / place, folder / place.replace("/", " "), self.patch)
            for place in ("usb", "in/nas")
        }
        self.connected: set[str] = set()
        self.noted: set[str] = set()
        self.known: set[Path] = set()

    def teardown(self) -> None:
        self.patch.undo()
        self.bench.__exit__()
        self.holder.cleanup()

    @initialize(places=st.sets(st.sampled_from(PLACES), min_size=3))
    def begin(self, places: set[str]) -> None:
        for place in self.drives:
            self.connect(place)
        for name in places:
            self.write(name)
        self.look_through()

    @rule(place=DRIVES)
    def connect(self, place: str) -> None:
        if place not in self.connected:
            self.drives[place].connect()
            self.connected.add(place)

    @rule(place=DRIVES, leaves_folder=st.booleans())
    def disconnect(self, place: str, leaves_folder: bool) -> None:
        if place in self.connected:
            self.drives[place].disconnect()
            self.connected.remove(place)
            if not leaves_folder and not any(self.drives[place].folder.iterdir()):
                self.drives[place].folder.rmdir()

    @rule(name=st.sampled_from(PLACES))
    def write(self, name: str) -> None:
        paint(self.root.path / name, PLACES.index(name), (16, 12))

    @rule(name=st.sampled_from(PLACES))
    def delete(self, name: str) -> None:
        (self.root.path / name).unlink(missing_ok=True)

    @rule(name=st.sampled_from(["usb", "usb/deep", "in/nas", "in/nas/deep", "in"]))
    def delete_folder(self, name: str) -> None:
        if not any((self.root.path / place).is_relative_to(self.root.path / name) for place in self.connected):
            shutil.rmtree(self.root.path / name, ignore_errors=True)

    @rule()
    def look_through(self) -> None:
        self.update(None)

    @rule(by_folder=st.booleans())
    def look_at_what_changed(self, by_folder: bool) -> None:
        if photos := self.on_disk() | self.known:
            self.update(Changes(frozenset(path.parent if by_folder else path for path in photos)))

    def update(self, changes: Changes | None) -> None:
        disk = self.on_disk()
        away = {place for place in self.noted - self.connected if not self.has_content(place)}
        kept = {photo for photo in self.known for place in away if photo.is_relative_to(self.root.path / place)}
        report = asyncio.run(self.bench.update([self.root], changes=changes))

        self.known = set(self.bench.catalog.known(self.root, self.bench.embedder.key))
        assert self.known == disk | kept
        away, self.noted = self.with_photos(away), self.with_photos(self.connected | away)
        assert {failure.path for failure in report.closed} == {self.root.path / place for place in away}

    def on_disk(self) -> set[Path]:
        return set(self.root.path.rglob("*.png"))

    def with_photos(self, places: set[str]) -> set[str]:
        return {place for place in places if any(path.is_relative_to(self.root.path / place) for path in self.known)}

    def has_content(self, place: str) -> bool:
        folder = self.root.path / place
        return folder.is_dir() and any(folder.iterdir())


MountedFolders.TestCase.settings = settings(max_examples=30, stateful_step_count=15, deadline=None)
TestMountedFolders = MountedFolders.TestCase
