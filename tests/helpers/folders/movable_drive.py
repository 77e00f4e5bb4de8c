"""A desk with a computer and a drive: its mount points are folders, and plugging it in is renaming one."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from core.folders.drives import SECOND, Drives
from core.types import PhotoFile, Root, Rules

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

MAY = 1_588_000_000 * SECOND
NAMES = [f"{year}/{number}.jpg" for year in (2019, 2020) for number in range(8)]


def put(folder: Path, names: Sequence[str] = NAMES, seed: int = 0) -> None:
    """Write files whose sizes and times are those of no other seed."""
    for number, name in enumerate(names):
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(b"x" * (number + 100 * seed))
        time = MAY + (3 * number + 10_000 * seed) * SECOND + 123_456_700
        os.utime(file, ns=(time, time))


def sample_of(folder: Path) -> list[PhotoFile]:
    files = sorted(file for file in folder.rglob("*") if file.is_file())
    return [PhotoFile(file.relative_to(folder), file.stat().st_size, file.stat().st_mtime_ns) for file in files]


class MovableDrive:
    """A computer with two places for drives, and a drive with photos that is in the first of them."""

    def __init__(self, folder: Path) -> None:
        self.one, self.two = folder / "media" / "ONE", folder / "media" / "TWO"
        self.drawer = folder / "drawer"
        self.mounts = [self.one, self.two]
        self.root = Root("uuid", self.one / "my photos", Rules("*.png"))
        put(self.root.path)
        self.samples = {self.root: sample_of(self.root.path)}
        self.volumes = Drives(lambda: self.mounts)

    def unplug(self) -> None:
        self.one.rename(self.drawer)

    def plug_in(self, location: Path) -> None:
        self.drawer.rename(location)

    def moved(self) -> tuple[Root, ...]:
        return self.volumes.locate(self.samples).moved
