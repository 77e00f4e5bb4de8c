"""A folder of small photos that changes the way users change theirs, and the picture that each photo shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

if TYPE_CHECKING:
    import random
    from pathlib import Path

SIDE = 48
BROKEN = 3
PHOTOS_PER_FOLDER = 100


class Album:
    """A folder of photos. `pictures` maps each photo to the number of its picture, which no other photo ever has.

    `replaced` maps the photos that the last change has overwritten to the numbers of their previous pictures.
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
        """Change a share of the photos: delete, add, rename and overwrite a quarter of the share each."""
        self.replaced.clear()
        quarter = max(1, round(len(self.pictures) * share / 4))
        chosen = chance.sample(sorted(self.pictures), 3 * quarter)
        for photo in chosen[:quarter]:
            photo.unlink()
            del self.pictures[photo]
        for photo in chosen[quarter : 2 * quarter]:
            self._made += 1
            self.pictures[photo.rename(photo.with_name(f"renamed-{self._made}.jpg"))] = self.pictures.pop(photo)
        for photo in chosen[2 * quarter :]:
            self.replaced[photo] = self.pictures[photo]
            self._paint(photo)
        for _ in range(quarter):
            self._add()

    def move(self) -> None:
        """Rename every folder, so that all photos have new paths but known contents."""
        self._made += 1
        for folder in sorted({photo.parent for photo in self.pictures}):
            moved = folder.rename(folder.with_name(f"{folder.name.partition('-')[0]}-{self._made}"))
            for photo in [photo for photo in self.pictures if photo.parent == folder]:
                self.pictures[moved / photo.name] = self.pictures.pop(photo)
        self.replaced.clear()

    def _add(self) -> None:
        folder = self.folder / f"part{self._made // PHOTOS_PER_FOLDER}"
        folder.mkdir(parents=True, exist_ok=True)
        self._paint(folder / f"{self._made}.jpg")

    def _paint(self, photo: Path) -> None:
        self.pictures[photo] = self._made
        paint(photo, self._made)
        self._made += 1


def paint(photo: Path, seed: int) -> None:
    """Write a picture of soft patches of colour that is unique to the seed."""
    patches = np.random.default_rng(seed).integers(0, 256, (6, 6, 3), np.uint8)
    Image.fromarray(patches).resize((SIDE, SIDE), Image.Resampling.BICUBIC).save(photo, quality=90)
