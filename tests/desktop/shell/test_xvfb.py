"""The program under a real window system, in a process of its own."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from PySide6.QtGui import QImage

from tests.helpers.desktop.virtual_screen import virtual_screen
from tests.helpers.desktop.window_driver import shows
from tests.helpers.limits import HANG_TIMEOUT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = [
    pytest.mark.xvfb,
    pytest.mark.skipif(not shutil.which("Xvfb"), reason="Xvfb is not installed"),
]

PROGRAM = """
import asyncio, sys
from pathlib import Path
from qasync import QEventLoop
from desktop.app import application, show
from tests.helpers.desktop.fake_engine import FakeEngine

library, photos, query, screenshot = (Path(text) if text else None for text in sys.argv[1:])

class Announcing(FakeEngine):
    async def warm_up(self, on_progress=None):
        print("ready")

engine = Announcing()

async def main():
    await engine.index([photos])
    return await show(library, lambda: engine, query, screenshot)

app = application("1.2.3")
with asyncio.Runner(loop_factory=lambda: QEventLoop(app)) as runner:
    status = runner.run(main())
print("engine closed:", engine.closed)
sys.exit(status)
"""


@pytest.fixture
def display() -> Iterator[str]:
    with virtual_screen() as display:
        yield display


def program(display: str, *arguments: Path | str) -> subprocess.Popen[str]:
    environment = {**os.environ, "DISPLAY": display, "QT_QPA_PLATFORM": "xcb", "PYTHONUNBUFFERED": "1"}
    command = [sys.executable, "-W", "error", "-c", PROGRAM, *map(str, arguments)]
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_the_screenshot_shows_the_results(display: str, photos: Path, tmp_path: Path) -> None:
    saved = tmp_path / "window.png"
    process = program(display, tmp_path / "library", photos, photos / "blue.png", saved)
    output, errors = process.communicate(timeout=HANG_TIMEOUT)
    assert (process.returncode, output, errors) == (0, "ready\nengine closed: True\n", "")
    picture = QImage(str(saved))
    assert shows(picture, "#4b0082")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_closes_the_window_and_the_engine(
    display: str, photos: Path, tmp_path: Path, number: signal.Signals
) -> None:
    process = program(display, tmp_path / "library", photos, "", "")
    assert process.stdout
    assert process.stdout.readline() == "ready\n"
    process.send_signal(number)
    output, errors = process.communicate(timeout=HANG_TIMEOUT)
    assert (process.returncode, output, errors) == (0, "engine closed: True\n", "")
