"""A folder of small photos that changes the way people change theirs, and remembers what is in each of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

if TYPE_CHECKING:
    import random
    from pathlib import Path

SIDE = 48
BROKEN = 3
PART = 100
"""Photos a folder."""


class Album:
    """Photos, each with the number of its picture: no two photos ever have the same one.

    `replaced` has the pictures that photos had before the last change.
    """

    def __init__(self, folder: Path, photos: int) -> None:
        self.folder = folder
        self.pictures: dict[Path, int] = {}
        self.replaced: dict[Path, int] = {}
        self.broken = 0
        self._made = 0
        for _ in range(photos):
            self._add()
        for number in range(BROKEN):
            (folder / f"broken-{number}.jpg").write_bytes(b"\xff\xd8\xff\xe0 cut off")
            self.broken += 1

    def change(self, chance: random.Random, share: float) -> None:
        """Delete, add, rename and take again a share of the photos, a quarter of it each."""
        self.replaced.clear()
        many = max(1, round(len(self.pictures) * share / 4))
        chosen = chance.sample(sorted(self.pictures), 3 * many)
        for photo in chosen[:many]:
            photo.unlink()
            del self.pictures[photo]
        for photo in chosen[many : 2 * many]:
            self._made += 1
            self.pictures[photo.rename(photo.with_name(f"renamed-{self._made}.jpg"))] = self.pictures.pop(photo)
        for photo in chosen[2 * many :]:
            self.replaced[photo] = self.pictures[photo]
            self._paint(photo)
        for _ in range(many):
            self._add()

    def move(self) -> None:
        """Give every folder another name: each photo is another one then, though its picture is known."""
        self._made += 1
        for part in sorted({photo.parent for photo in self.pictures}):
            moved = part.rename(part.with_name(f"{part.name.partition('-')[0]}-{self._made}"))
            for photo in [photo for photo in self.pictures if photo.parent == part]:
                self.pictures[moved / photo.name] = self.pictures.pop(photo)
        self.replaced.clear()

    def _add(self) -> None:
        part = self.folder / f"part{self._made // PART}"
        part.mkdir(parents=True, exist_ok=True)
        self._paint(part / f"{self._made}.jpg")

    def _paint(self, photo: Path) -> None:
        self.pictures[photo] = self._made
        paint(photo, self._made)
        self._made += 1


def paint(photo: Path, seed: int) -> None:
    """Write a picture like no other: soft patches of colour."""
    patches = np.random.default_rng(seed).integers(0, 256, (6, 6, 3), np.uint8)
    Image.fromarray(patches).resize((SIDE, SIDE), Image.Resampling.BICUBIC).save(photo, quality=90)
