"""A drive that can be plugged in at two mount points. Mount points are folders, and plugging in renames one."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from core.folders.drives import SECOND, Drives
from core.types import PhotoFile, Root, Rules

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

BASE_TIME = 1_588_000_000 * SECOND
NAMES = [f"{year}/{number}.jpg" for year in (2019, 2020) for number in range(8)]


def put(folder: Path, names: Sequence[str] = NAMES, seed: int = 0) -> None:
    """Write files whose sizes and modification times are unique to the seed."""
    for number, name in enumerate(names):
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(b"x" * (number + 100 * seed))
        time = BASE_TIME + (3 * number + 10_000 * seed) * SECOND + 123_456_700
        os.utime(file, ns=(time, time))


def sample_of(folder: Path) -> list[PhotoFile]:
    files = sorted(file for file in folder.rglob("*") if file.is_file())
    return [PhotoFile(file.relative_to(folder), file.stat().st_size, file.stat().st_mtime_ns) for file in files]


class MovableDrive:
    """A drive with photos at the first of two mount points."""

    def __init__(self, folder: Path) -> None:
        self.one, self.two = folder / "media" / "ONE", folder / "media" / "TWO"
        self.unplugged = folder / "unplugged"
        self.mounts = [self.one, self.two]
        self.root = Root("uuid", self.one / "my photos", Rules("*.png"))
        put(self.root.path)
        self.samples = {self.root: sample_of(self.root.path)}
        self.drives = Drives(lambda: self.mounts)

    def unplug(self) -> None:
        self.one.rename(self.unplugged)

    def plug_in(self, location: Path) -> None:
        self.unplugged.rename(location)

    def moved(self) -> tuple[Root, ...]:
        return self.drives.locate(self.samples).moved
