"""What a model wants to see: the seam between decoding pictures and embedding them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Resample(StrEnum):
    """How a picture is resized; the names are those of the usual image libraries."""

    BILINEAR = "bilinear"
    BICUBIC = "bicubic"
    LANCZOS = "lanczos"


@dataclass(frozen=True, slots=True)
class InputSpec:
    """What a model wants to see: `Pixels` of (height, width, 3).

    `resize_to` is the length that the shorter side gets before the centre is cropped; 0 means that the whole picture
    is squeezed to (height, width). Pixels are scaled as (value / 255 - mean) / std by the model's own first step.
    """

    height: int
    width: int
    resize_to: int
    resample: Resample
    mean: tuple[float, float, float]
    std: tuple[float, float, float]
