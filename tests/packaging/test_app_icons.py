from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PIL import Image
from PIL.IcoImagePlugin import IcoImageFile

import app_icons

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("name", "sides"),
    [("semblance.ico", {16, 20, 24, 32, 40, 48, 64, 256}), ("semblance.icns", {32, 64, 128, 256, 512, 1024})],
)
def test_icon_has_every_size_that_its_system_shows(name: str, sides: set[int], tmp_path: Path) -> None:
    app_icons.write(tmp_path / name)
    with Image.open(tmp_path / name) as icon:
        assert {width * (scale[0] if scale else 1) for width, _, *scale in icon.info["sizes"]} == sides


def test_small_icon_is_drawn_and_not_scaled_down(tmp_path: Path) -> None:
    app_icons.write(tmp_path / "semblance.ico")
    with Image.open(tmp_path / "semblance.ico") as icon:
        assert isinstance(icon, IcoImageFile)
        icon.size = (16, 16)
        assert icon.tobytes() == app_icons.drawn(16).tobytes()


@pytest.mark.parametrize("side", [64, 256])
def test_icon_is_drawn_on_a_transparent_ground(side: int) -> None:
    icon = app_icons.drawn(side)
    assert icon.getpixel((0, 0)) == (0, 0, 0, 0)
    assert icon.getpixel((side // 4, side // 2)) == (0x1F, 0x6F, 0x8B, 0xFF)
