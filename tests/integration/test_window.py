"""The real window with the real engine on a real display server."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from tests.helpers.checkout import CHECKOUT
from tests.helpers.desktop.virtual_screen import virtual_screen
from tests.helpers.limits import HANG_TIMEOUT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SAMPLES = CHECKOUT / "resources" / "samples"

pytest_plugins = ["tests.helpers.engine.fixtures"]
pytestmark = [
    pytest.mark.slow,
    pytest.mark.xvfb,
    pytest.mark.skipif(not shutil.which("Xvfb"), reason="Xvfb is not installed"),
]


@pytest.fixture
def display() -> Iterator[str]:
    with virtual_screen() as display:
        yield display


def test_window_indexes_a_dropped_folder_and_finds_photos_like_a_dropped_picture(
    display: str, library: Path, tmp_path: Path
) -> None:
    screenshot = tmp_path / "screen.png"
    finished = subprocess.run(
        [
            sys.executable,
            CHECKOUT / "tests" / "integration" / "drive_window.py",
            library,
            SAMPLES / "photos",
            SAMPLES / "query.jpg",
            screenshot,
        ],
        env=os.environ | {"DISPLAY": display, "QT_QPA_PLATFORM": "xcb"},
        capture_output=True,
        text=True,
        timeout=HANG_TIMEOUT,
        check=False,
    )

    assert finished.returncode == 0, finished.stderr
    names = finished.stdout.split()
    assert set(names[:4]) == {
        "dogs-at-the-window.jpg",
        "dogs-turned.jpg",
        "dog-looking-out.jpg",
        "dog-with-its-paw-out.jpg",
    }
    with Image.open(screenshot) as picture:
        assert len(picture.convert("RGB").resize((64, 64)).getcolors(64 * 64) or []) > 500  # the window is not blank
