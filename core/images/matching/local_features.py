"""Local features: points of a picture that other pictures of the same scene show too, each with a descriptor.

The features are SIFT (Lowe, 2004), compared as RootSIFT (Arandjelovic and Zisserman, 2012).
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Self, TypeAlias

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from PIL import Image

    from core.types import Pixels

Points: TypeAlias = NDArray[np.float32]
"""(N, 2) float32: x and y in pixels."""

Descriptors: TypeAlias = NDArray[np.float32]
"""(N, 128) float32: one descriptor of unit norm in each row."""

SIDE = 320
"""The longer side of the pictures in which features are found. In larger ones, they cost more and match no better."""

COUNT = 600
"""How many features are kept, those with the most contrast."""

CONTRAST = 0.02
"""The least contrast of a feature, half of the usual one, because small pictures have few."""

COLOURS_SIDE = 48
"""The longer side of the picture that is kept for comparing colours."""

DESCRIPTOR_BYTES = 64
LARGEST = 0.5
"""The 128 numbers of a descriptor are stored in 4 bits each, from 0 to this. The matches are the same."""

FRACTION = 64
"""Positions are stored in 64ths of a pixel."""

_HEADER = struct.Struct("<4s5H")
_MAGIC = b"LF01"


@dataclass(frozen=True, slots=True, eq=False)
class LocalFeatures:
    """The local features of a picture of `width` x `height` pixels.

    `positions` is (N, 2) uint16 and `codes` (N, 64) uint8, as they are stored. `colours` is the picture, much smaller.
    """

    width: int
    height: int
    positions: NDArray[np.uint16]
    codes: NDArray[np.uint8]
    colours: Pixels

    @classmethod
    def of(cls, image: Image.Image) -> Self:
        """Find the features of an RGB picture, which is first shrunk to `SIDE` pixels."""
        # Only the processes that compare pictures need OpenCV, which takes a third of a second to import.
        import cv2

        small = _shrunk(image, SIDE)
        sift = cv2.SIFT.create(nfeatures=COUNT, contrastThreshold=CONTRAST)
        found, described = sift.detectAndCompute(np.asarray(small.convert("L")), None)
        # OpenCV returns more if several have the same contrast.
        points = np.array([point.pt for point in found[:COUNT]], np.float32).reshape(-1, 2)
        descriptors = np.asarray(described[:COUNT] if len(found) else np.empty((0, 2 * DESCRIPTOR_BYTES)), np.float32)
        positions = np.round(np.maximum(points, 0) * FRACTION).astype(np.uint16)
        colours = np.asarray(_shrunk(small, COLOURS_SIDE))
        return cls(small.width, small.height, positions, _encoded(descriptors), colours)

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """Return the features that `to_bytes` returned.

        Raises:
            ValueError: The bytes are incomplete or of another version.
        """
        if len(data) < _HEADER.size or not data.startswith(_MAGIC):
            raise ValueError("These are no local features of this version.")
        _, width, height, count, rows, columns = _HEADER.unpack_from(data)
        ends = np.cumsum([_HEADER.size, count * 4, count * DESCRIPTOR_BYTES, rows * columns * 3])
        if len(data) != ends[-1]:
            raise ValueError("The local features are incomplete.")
        positions, codes, colours = (data[start:end] for start, end in pairwise(ends))
        return cls(
            width,
            height,
            np.frombuffer(positions, "<u2").reshape(count, 2),
            np.frombuffer(codes, np.uint8).reshape(count, DESCRIPTOR_BYTES),
            np.frombuffer(colours, np.uint8).reshape(rows, columns, 3),
        )

    def to_bytes(self) -> bytes:
        """Return the features in 68 bytes each, and at most 7 KB for the colours."""
        header = _HEADER.pack(_MAGIC, self.width, self.height, len(self.positions), *self.colours.shape[:2])
        return b"".join((header, self.positions.astype("<u2").tobytes(), self.codes.tobytes(), self.colours.tobytes()))

    def mirrored(self) -> Self:
        """Return the features of the mirror image, without finding them."""
        positions = self.positions.copy()
        # OpenCV's positions are a quarter of a pixel too far to the right, because it doubles the picture first.
        rightmost = round((self.width - 0.5) * FRACTION)
        positions[:, 0] = np.maximum(0, rightmost - positions[:, 0].astype(np.int32))
        # A descriptor has 4 x 4 cells with 8 directions, relative to the direction of its point.
        cells = _unpacked(self.codes).reshape(-1, 4, 4, 8)
        turned = cells[:, ::-1, :, (-np.arange(8)) % 8].reshape(-1, 2 * DESCRIPTOR_BYTES)
        return replace(self, positions=positions, codes=_packed(turned), colours=self.colours[:, ::-1])

    @property
    def points(self) -> Points:
        """Return the positions in pixels."""
        return self.positions.astype(np.float32) / np.float32(FRACTION)

    @property
    def descriptors(self) -> Descriptors:
        """Return the descriptors."""
        numbers = _unpacked(self.codes).astype(np.float32)
        norms = np.maximum(1, np.linalg.norm(numbers, axis=1, keepdims=True))
        return np.asarray(numbers / norms, np.float32)


def _shrunk(image: Image.Image, side: int) -> Image.Image:
    small = image.copy()
    small.thumbnail((side, side))
    return small


def _encoded(descriptors: NDArray[np.float32]) -> NDArray[np.uint8]:
    sums = np.maximum(1, descriptors.sum(axis=1, keepdims=True))
    numbers = np.minimum(15, np.round(np.sqrt(descriptors / sums) * (15 / LARGEST))).astype(np.uint8)
    return _packed(numbers)


def _packed(numbers: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return np.asarray(numbers[:, 0::2] << 4 | numbers[:, 1::2], np.uint8)


def _unpacked(codes: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return np.stack([codes >> 4, codes & 15], axis=-1).reshape(-1, 2 * DESCRIPTOR_BYTES)
