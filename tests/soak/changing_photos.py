"""Photos that change and disappear while they are indexed, and are restored at the end."""

from __future__ import annotations

import os
import random
import shutil
import threading
from typing import TYPE_CHECKING, Self

import numpy as np
from PIL import Image

if TYPE_CHECKING:
    from pathlib import Path

COUNT = 12
SIDE = 600
PAUSE_S = 0.02


class ChangingPhotos:
    """A few large photos. Inside a `with` block, a thread changes one of them every `PAUSE_S` seconds."""

    def __init__(self, folder: Path, seed: float) -> None:
        """Write the photos."""
        self._chance = random.Random(seed)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._work, name="changing photos")
        folder.mkdir()
        self._data: dict[Path, bytes] = {}
        for number in range(COUNT):
            photo = folder / f"{number}.png"
            pixels = np.random.default_rng(number).integers(0, 256, (SIDE, SIDE, 3), np.uint8)
            Image.fromarray(pixels).save(photo, compress_level=0)
            self._data[photo] = photo.read_bytes()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()
        for photo, data in self._data.items():
            _clear(photo)
            photo.write_bytes(data)

    def _work(self) -> None:
        while not self._stop.wait(PAUSE_S):
            photo, data = self._chance.choice(list(self._data.items()))
            _clear(photo)
            changes = [self._write, self._write_half, self._write_in_pieces, self._make_folder, self._delete]
            self._chance.choice(changes)(photo, data)

    def _write(self, photo: Path, data: bytes) -> None:
        photo.write_bytes(data)

    def _write_half(self, photo: Path, data: bytes) -> None:
        photo.write_bytes(data)
        os.truncate(photo, len(data) // 2)

    def _write_in_pieces(self, photo: Path, data: bytes) -> None:
        with photo.open("wb", buffering=0) as file:
            for start in range(0, len(data), len(data) // 5):
                file.write(data[start : start + len(data) // 5])
                self._stop.wait(PAUSE_S)

    def _make_folder(self, photo: Path, data: bytes) -> None:
        photo.mkdir()
        (photo / "inside.png").write_bytes(data)

    def _delete(self, photo: Path, _: bytes) -> None:
        photo.unlink(missing_ok=True)


def _clear(photo: Path) -> None:
    if photo.is_dir():
        shutil.rmtree(photo)
    photo.unlink(missing_ok=True)
