"""Converts pictures to sRGB whose files describe their colours by a few numbers instead of a colour profile.

HEIC and PNG files may name their primaries and their transfer function by the codes of ITU-T H.273. A PNG file may also
have just an exponent, its gamma.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from PIL import Image

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy.typing as npt

Matrix: TypeAlias = tuple[tuple[float, float, float], tuple[float, float, float], tuple[float, float, float]]

_CODES, _PRIMARIES, _TRANSFER = "nclx_profile", "color_primaries", "transfer_characteristics"  # names of pillow-heif

_SRGB: Matrix = ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0))
_BT_2020: Matrix = ((1.6605, -0.5876, -0.0728), (-0.1246, 1.1329, -0.0083), (-0.0182, -0.1006, 1.1187))
_DISPLAY_P3: Matrix = ((1.2249, -0.2249, 0.0), (-0.0421, 1.0421, 0.0), (-0.0196, -0.0786, 1.0983))
_MATRICES: dict[object, Matrix] = {9: _BT_2020, 12: _DISPLAY_P3}

_LINEAR, _PQ = 8, 16
_PQ_NITS, _WHITE_NITS = 10_000, 203  # ITU-R BT.2408 gives white paper 203 nits; what is brighter becomes white

_GAMMAS = (0.1, 10.0)  # others are mistakes
_SRGB_GAMMA, _GAMMA_TOLERANCE = 1 / 2.2, 0.05

_LEVELS = np.linspace(0.0, 1.0, 256)
_STEPS = 4095  # fewer would show in dark parts

_PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"


@dataclass(frozen=True, slots=True)
class ColourEncoding:
    """What the values of a picture mean: the linear light of each of the 256 levels, and the matrix to linear sRGB."""

    light: npt.NDArray[np.float64]
    matrix: Matrix

    def to_srgb(self, image: Image.Image) -> Image.Image:
        """Return an RGB picture in sRGB. Colours outside its gamut are clipped."""
        linear = self.light.astype(np.float32)[np.asarray(image)] @ np.array(self.matrix, np.float32).T
        steps = np.linspace(0.0, 1.0, _STEPS + 1)
        encoded = np.where(steps <= 0.0031308, steps * 12.92, 1.055 * steps ** (1 / 2.4) - 0.055)
        levels = np.round(encoded * 255).astype(np.uint8)
        return Image.fromarray(levels[np.round(np.clip(linear, 0.0, 1.0) * _STEPS).astype(np.uint16)])


def colour_encoding(info: Mapping[str | tuple[int, int], object]) -> ColourEncoding | None:
    """Return the encoding that the properties of a picture describe, or None if it is sRGB's or not described."""
    codes, gamma = info.get(_CODES), info.get("gamma")
    if isinstance(codes, dict):
        primaries, transfer = codes.get(_PRIMARIES), codes.get(_TRANSFER)
        matrix = _MATRICES.get(primaries, _SRGB)
        if matrix is not _SRGB or transfer in {_LINEAR, _PQ}:
            return ColourEncoding(_light(transfer), matrix)
    elif isinstance(gamma, float) and not {"icc_profile", "srgb"} & info.keys():
        is_possible = _GAMMAS[0] <= gamma <= _GAMMAS[1]
        if is_possible and abs(gamma / _SRGB_GAMMA - 1) > _GAMMA_TOLERANCE:
            return ColourEncoding(_LEVELS ** (1 / gamma), _SRGB)
    return None


def png_codes(data: bytes) -> dict[str, object]:
    """Return the codes of a PNG file, which Pillow skips, as properties of the picture. Empty if there are none."""
    place = len(_PNG_SIGNATURE)
    while data.startswith(_PNG_SIGNATURE) and place + 12 <= len(data):
        length, name = struct.unpack_from(">I4s", data, place)
        if name == b"cICP" and length == 4:
            return {_CODES: {_PRIMARIES: data[place + 8], _TRANSFER: data[place + 9]}}
        if name == b"IDAT":
            break
        place += 12 + length
    return {}


def _light(transfer: object) -> npt.NDArray[np.float64]:
    """Return the linear light of each level, where 1 is white. Transfer functions like that of sRGB count as it."""
    if transfer == _LINEAR:
        return _LEVELS
    if transfer == _PQ:
        root = _LEVELS ** (1 / 78.84375)
        share = np.maximum(root - 0.8359375, 0.0) / (18.8515625 - 18.6875 * root)
        return share ** (1 / 0.1593017578125) * (_PQ_NITS / _WHITE_NITS)
    return np.where(_LEVELS <= 0.04045, _LEVELS / 12.92, ((_LEVELS + 0.055) / 1.055) ** 2.4)
