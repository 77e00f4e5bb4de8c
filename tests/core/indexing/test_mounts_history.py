"""After any changes to photos and drives inside a root, runs forget only the photos that were deleted."""

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
from tests.helpers.folders.mounting import SimulatedDrive
from tests.helpers.indexing.bench import Bench, paint

PLACES = ["own.png", "in/own.png", "usb/a.png", "usb/deep/b.png", "in/nas/c.png", "in/nas/deep/d.png"]
DRIVES = st.sampled_from(["usb", "in/nas"])


class MountedFolders(RuleBasedStateMachine):
    """A root in which two drives are mounted at times. `recorded` has those that had photos after the last run."""

    def __init__(self) -> None:
        super().__init__()
        self.patch = pytest.MonkeyPatch()
        self.holder = TemporaryDirectory()
        folder = Path(self.holder.name).resolve()
        self.bench = Bench(folder / "library").__enter__()
        self.root = self.bench.root(folder / "photos")
        (self.root.path / "note.txt").touch()
        self.drives = {
            location: SimulatedDrive(self.root.path / location, folder / location.replace("/", " "), self.patch)
            for location in ("usb", "in/nas")
        }
        self.connected: set[str] = set()
        self.recorded: set[str] = set()
        self.known: set[Path] = set()

    def teardown(self) -> None:
        self.patch.undo()
        self.bench.__exit__()
        self.holder.cleanup()

    @initialize(locations=st.sets(st.sampled_from(PLACES), min_size=3))
    def begin(self, locations: set[str]) -> None:
        for location in self.drives:
            self.connect(location)
        for name in locations:
            self.write(name)
        self.scan_completely()

    @rule(location=DRIVES)
    def connect(self, location: str) -> None:
        if location not in self.connected:
            self.drives[location].connect()
            self.connected.add(location)

    @rule(location=DRIVES, leaves_folder=st.booleans())
    def disconnect(self, location: str, leaves_folder: bool) -> None:
        if location in self.connected:
            self.drives[location].disconnect()
            self.connected.remove(location)
            if not leaves_folder and not any(self.drives[location].folder.iterdir()):
                self.drives[location].folder.rmdir()

    @rule(name=st.sampled_from(PLACES))
    def write(self, name: str) -> None:
        paint(self.root.path / name, PLACES.index(name), (16, 12))

    @rule(name=st.sampled_from(PLACES))
    def delete(self, name: str) -> None:
        (self.root.path / name).unlink(missing_ok=True)

    @rule(name=st.sampled_from(["usb", "usb/deep", "in/nas", "in/nas/deep", "in"]))
    def delete_folder(self, name: str) -> None:
        if not any((self.root.path / location).is_relative_to(self.root.path / name) for location in self.connected):
            shutil.rmtree(self.root.path / name, ignore_errors=True)

    @rule()
    def scan_completely(self) -> None:
        self.update(None)

    @rule(by_folder=st.booleans())
    def scan_changes(self, by_folder: bool) -> None:
        if photos := self.on_disk() | self.known:
            self.update(Changes(frozenset(path.parent if by_folder else path for path in photos)))

    def update(self, changes: Changes | None) -> None:
        disk = self.on_disk()
        away = {location for location in self.recorded - self.connected if not self.has_content(location)}
        kept = {photo for photo in self.known for location in away if photo.is_relative_to(self.root.path / location)}
        report = asyncio.run(self.bench.update([self.root], changes=changes))

        self.known = set(self.bench.catalog.known(self.root, self.bench.embedder.key))
        assert self.known == disk | kept
        away, self.recorded = self.with_photos(away), self.with_photos(self.connected | away)
        assert {failure.path for failure in report.closed} == {self.root.path / location for location in away}

    def on_disk(self) -> set[Path]:
        return set(self.root.path.rglob("*.png"))

    def with_photos(self, locations: set[str]) -> set[str]:
        return {
            location
            for location in locations
            if any(path.is_relative_to(self.root.path / location) for path in self.known)
        }

    def has_content(self, location: str) -> bool:
        folder = self.root.path / location
        return folder.is_dir() and any(folder.iterdir())


MountedFolders.TestCase.settings = settings(max_examples=20, stateful_step_count=15, deadline=None)
TestMountedFolders = MountedFolders.TestCase
