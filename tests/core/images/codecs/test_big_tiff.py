from __future__ import annotations

import io
import struct

import numpy as np
import pytest
from PIL import Image, TiffImagePlugin

from core.errors import DecodeError
from core.images.decoder import decode
from tests.helpers.pictures.drawn import corners, encoded, quarters

SHORT, LONG, UNDEFINED, LONG8 = 3, 4, 7, 16
SIZES = {SHORT: 2, UNDEFINED: 1, LONG8: 8}
WIDER = {LONG: LONG8}
STRIPS = 273


def big_endian_big_tiff(image: Image.Image, *more: bytes, **options: object) -> bytes:
    """Return a BigTIFF in big-endian byte order, with `more` entries in its directory."""
    plain = encoded(image, "TIFF", **options)
    with Image.open(io.BytesIO(plain)) as opened:
        assert isinstance(opened, TiffImagePlugin.TiffImageFile)
        tags = {tag: (opened.tag_v2.tagtype[tag], opened.tag_v2[tag]) for tag in opened.tag_v2}
    data, entries = bytearray(b"MM\0+\0\x08\0\0" + bytes(8) + plain), b""
    for tag, (kind, value) in sorted(tags.items()):
        packed = value if isinstance(value, bytes) else _packed(kind, value, moved=16 if tag == STRIPS else 0)
        count = len(packed) // SIZES[WIDER.get(kind, kind)]
        if len(packed) > 8:
            data += packed
            packed = struct.pack(">Q", len(data) - len(packed))
        entries += struct.pack(">HHQ8s", tag, WIDER.get(kind, kind), count, packed)
    data[8:16] = struct.pack(">Q", len(data))
    return bytes(data + struct.pack(">Q", len(tags) + len(more)) + entries + b"".join(more) + bytes(8))


def _packed(kind: int, value: int | tuple[int, ...], moved: int) -> bytes:
    numbers = value if isinstance(value, tuple) else (value,)
    return struct.pack(f">{len(numbers)}{'Q' if kind in WIDER else 'H'}", *(number + moved for number in numbers))


@pytest.mark.parametrize("compression", ["raw", "tiff_lzw", "tiff_adobe_deflate", "jpeg"])
def test_big_endian_big_tiff_is_read(compression: str) -> None:
    picture = decode(big_endian_big_tiff(quarters(), compression=compression), 32)

    assert (picture.width, picture.height) == (64, 48)
    assert np.allclose(corners(picture.image), corners(quarters()), atol=20)


def test_big_endian_big_tiff_whose_entries_share_the_same_bytes_is_damaged() -> None:
    plain = big_endian_big_tiff(quarters())
    entries = [struct.pack(">HHQQ", 50_000 + number, UNDEFINED, len(plain), 0) for number in range(2)]

    with pytest.raises(DecodeError, match="damaged"):
        decode(big_endian_big_tiff(quarters(), *entries), 32)


@pytest.mark.parametrize("share", [0.1, 0.5, 0.95])
def test_truncated_big_endian_big_tiff_is_damaged(share: float) -> None:
    data = big_endian_big_tiff(quarters())

    with pytest.raises(DecodeError, match="its end is missing"):
        decode(data[: int(len(data) * share)], 32)
