"""Generated RAW files: small DNGs with or without a preview."""

from __future__ import annotations

import io
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from PIL import Image

if TYPE_CHECKING:
    from collections.abc import Sequence

    from core.types import Pixels

_KINDS = {"byte": 1, "text": 2, "short": 3, "long": 4, "ratio": 5, "signed": 10}
_CODES = {"byte": "B", "text": "B", "short": "H", "long": "I", "ratio": "i", "signed": "i"}
_SRGB_OF_XYZ = (3.2406, -1.5372, -0.4986, -0.9689, 1.8758, 0.0415, 0.0557, -0.2040, 1.0570)
_UNIT = 10_000
_TAG_SPACE = 1500
"""More bytes than all the tags need."""


@dataclass(frozen=True, slots=True)
class _Tag:
    number: int
    kind: str
    values: Sequence[int]

    def packed(self) -> bytes:
        return struct.pack(f"<{len(self.values)}{_CODES[self.kind]}", *self.values)


@dataclass(frozen=True, slots=True)
class Dng:
    """A DNG file of a picture as the sensor sees it. `orientation` makes the picture upright.

    If there is a `preview`, which is a JPEG, the first directory describes it, as in the files of most cameras.
    Otherwise, the first directory describes the sensor data. `linear` files have three colours for each pixel instead
    of one. `claimed` is a false size for the tags. `neutral` is what the camera saw of something grey.
    """

    sensor: Image.Image
    preview: bytes = b""
    orientation: int = 1
    taken: str = ""
    linear: bool = False
    claimed: tuple[int, int] | None = None
    neutral: tuple[int, int, int] = (1, 1, 1)

    def data(self, *, cut_off: bool = False) -> bytes:
        """Return the file. With `cut_off`, it ends in the middle of the sensor data."""
        values = _light(np.asarray(self.sensor)) if self.linear else _mosaic(_light(np.asarray(self.sensor)))
        file = bytearray(b"II*\0\0\0\0\0")
        tags = self._common_tags(_append_directory(file, [_Tag(36867, "text", self.taken.encode().ljust(20, b"\0"))]))
        # The sensor data come last, so that a truncated file has everything else.
        end = len(file) + _TAG_SPACE + len(self.preview)
        sensor = [*self._sensor_tags(), _Tag(273, "long", [end])]
        if self.preview:
            strip = _Tag(273, "long", [_append(file, self.preview)])
            tags += [*self._preview_tags(), strip, _Tag(330, "long", [_append_directory(file, sensor)])]
        else:
            tags += sensor
        file[4:8] = struct.pack("<I", _append_directory(file, tags))
        file += bytes(end - len(file)) + values.tobytes()
        return bytes(file[: end + values.nbytes // 2] if cut_off else file)

    def _common_tags(self, exif: int) -> list[_Tag]:
        return [
            _Tag(271, "text", b"Semblance\0"),
            _Tag(272, "text", b"Test\0"),
            _Tag(274, "short", [self.orientation]),
            _Tag(34665, "long", [exif]),
            _Tag(50706, "byte", [1, 4, 0, 0]),
            _Tag(50708, "text", b"Semblance Test\0"),
            _Tag(50721, "signed", [part for value in _SRGB_OF_XYZ for part in (round(value * _UNIT), _UNIT)]),
            _Tag(50728, "ratio", [part for value in self.neutral for part in (value, 2)]),
            _Tag(50778, "short", [21]),
        ]

    def _preview_tags(self) -> list[_Tag]:
        with Image.open(io.BytesIO(self.preview)) as preview:
            width, height = preview.size
        numbers = {254: 1, 256: width, 257: height, 259: 7, 262: 6, 277: 3, 278: height, 279: len(self.preview)}
        return [_Tag(number, "long", [value]) for number, value in numbers.items()] + [_Tag(258, "short", [8] * 3)]

    def _sensor_tags(self) -> list[_Tag]:
        colours = 3 if self.linear else 1
        width, height = self.claimed or self.sensor.size
        size = 2 * colours * width * height
        numbers = {254: 0, 256: width, 257: height, 259: 1, 277: colours, 278: height, 279: size, 50717: 65535}
        tags = [_Tag(number, "long", [value]) for number, value in numbers.items()]
        tags += [_Tag(258, "short", [16] * colours), _Tag(262, "short", [34892 if self.linear else 32803])]
        return tags if self.linear else [*tags, _Tag(33421, "short", [2, 2]), _Tag(33422, "byte", [0, 1, 1, 2])]


def _light(pixels: Pixels) -> npt.NDArray[np.uint16]:
    """Return linear light values, which undoes the sRGB gamma curve."""
    share = pixels / 255.0
    linear = np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)
    return np.asarray(np.rint(linear * 65535), np.uint16)


def _mosaic(light: npt.NDArray[np.uint16]) -> npt.NDArray[np.uint16]:
    """Return one colour for each pixel: red and green in even rows, green and blue in odd rows."""
    values = light[..., 1].copy()
    values[::2, ::2] = light[::2, ::2, 0]
    values[1::2, 1::2] = light[1::2, 1::2, 2]
    return values


def _append(file: bytearray, data: bytes) -> int:
    """Append data to the file and return its offset."""
    file += bytes(-len(file) % 4)
    offset = len(file)
    file += data
    return offset


def _append_directory(file: bytearray, tags: list[_Tag]) -> int:
    """Append a directory to the file and return its offset."""
    entries = b""
    for tag in sorted(tags, key=lambda tag: tag.number):
        kind = _KINDS[tag.kind]
        count = len(tag.values) // (2 if kind in {5, 10} else 1)
        data = tag.packed()
        value = data.ljust(4, b"\0") if len(data) <= 4 else struct.pack("<I", _append(file, data))
        entries += struct.pack("<HHI", tag.number, kind, count) + value
    return _append(file, struct.pack("<H", len(tags)) + entries + bytes(4))
