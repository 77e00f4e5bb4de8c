"""The input that a model expects. It connects the decoding of pictures to their embedding."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Resample(StrEnum):
    """How to resize a picture, by the names that common image libraries use."""

    BILINEAR = "bilinear"
    BICUBIC = "bicubic"
    LANCZOS = "lanczos"


@dataclass(frozen=True, slots=True)
class InputSpec:
    """The input that a model expects: `Pixels` of (height, width, 3).

    The shorter side is resized to `resize_to` pixels before the centre is cropped. If `resize_to` is 0, the complete
    picture is squeezed to (height, width). The model itself scales pixels as (value / 255 - mean) / std.
    """

    height: int
    width: int
    resize_to: int
    resample: Resample
    mean: tuple[float, float, float]
    std: tuple[float, float, float]
