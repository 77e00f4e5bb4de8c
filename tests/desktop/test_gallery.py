"""The pictures of the window, and those of them in the README."""

from __future__ import annotations

import re
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from tests.desktop.gallery import README_PICTURES, README_SIZE, SCENES, SIZES
from tests.helpers.checkout import CHECKOUT
from tests.helpers.limits import HANG_TIMEOUT

if TYPE_CHECKING:
    from pathlib import Path


def test_the_readme_shows_exactly_the_pictures_that_the_gallery_makes_for_it() -> None:
    shown = re.findall(r"\((resources/screenshots/[^)]+)\)", (CHECKOUT / "README.md").read_text(encoding="utf-8"))
    assert shown == [f"resources/screenshots/{scene}.jpg" for scene in README_PICTURES]
    assert {file.name for file in (CHECKOUT / "resources" / "screenshots").iterdir()} == {
        f"{scene}.jpg" for scene in README_PICTURES
    }
    for name in shown:
        with Image.open(CHECKOUT / name) as picture:
            assert picture.size == README_SIZE


@pytest.mark.slow
def test_every_page_is_drawn_light_and_dark(tmp_path: Path) -> None:
    script, scale = CHECKOUT / "tests" / "desktop" / "gallery.py", 2
    subprocess.run(
        [sys.executable, str(script), str(tmp_path / "gallery"), "--scale", str(scale)],
        check=True,
        timeout=HANG_TIMEOUT,
    )
    expected = {
        f"{scene}-{theme}-{width}x{height}@{scale}.png": (width * scale, height * scale)
        for width, height in SIZES[scale]
        for theme in ("light", "dark")
        for scene in SCENES
    }
    found = {}
    for file in (tmp_path / "gallery").iterdir():
        with Image.open(file) as picture:
            found[file.name] = picture.size
    assert found == expected
