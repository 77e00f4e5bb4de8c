"""A user's session with the real program, in a real window with a window manager, by mouse and keyboard alone."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

import pytest
from PIL import Image, ImageChops, ImageGrab

from tests.helpers.checkout import CHECKOUT
from tests.helpers.desktop.virtual_screen import virtual_screen
from tests.helpers.limits import HANG_TIMEOUT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

SAMPLES = CHECKOUT / "resources" / "samples"
MAIN = str(CHECKOUT / "main.py")
DRAG_SOURCE = str(CHECKOUT / "tests" / "integration" / "drag_source.py")
PHOTOS = 37
SOURCE = (1250, 100)
"""Where the other program's window is, right of ours."""

WINDOW = (0, 0, 1200, 900)
POLL_S = 0.2

pytestmark = [
    pytest.mark.slow,
    pytest.mark.xvfb,
    pytest.mark.skipif(
        not all(map(shutil.which, ("Xvfb", "openbox", "xdotool"))), reason="Xvfb, openbox or xdotool is not installed"
    ),
]


class Session:
    """The program on a display, the user's hands, and eyes."""

    def __init__(self, display: str, folder: Path) -> None:
        self.display, self.library, self.log = display, folder / "library", folder / "log"
        self.environment = os.environ | {"DISPLAY": display, "QT_QPA_PLATFORM": "xcb", "HOME": str(folder)}

    def hand(self, *command: str | int) -> str:
        """Move the mouse or press keys, as `xdotool` describes them."""
        done = subprocess.run(
            ["xdotool", *map(str, command)], env=self.environment, capture_output=True, text=True, check=False
        )
        return done.stdout.strip()

    def press(self, *keys: str) -> None:
        """Press keys one after another."""
        for key in keys:
            self.hand("key", "--clearmodifiers", key)

    def picture(self) -> Image.Image:
        """Return what is on the screen."""
        return ImageGrab.grab(xdisplay=self.display).convert("RGB")

    def change(self, *keys: str) -> None:
        """Press keys, and wait until a large part of the window looks different."""
        before = self.picture()
        self.press(*keys)
        wait_until(lambda: difference(before, self.picture()) > 0.1, f"the window to change after {keys}")

    def shown(self) -> list[int]:
        """Return how many photos each search has shown so far."""
        text = self.log.read_text(encoding="utf-8", errors="replace")
        return [int(line.split("Showing ")[1].split()[0]) for line in text.splitlines() if "Showing " in line]

    def status(self) -> dict[str, int]:
        """Return what the library contains, asked beside the running program."""
        command = [sys.executable, MAIN, "status", "--json", "--library", str(self.library)]
        answer = subprocess.run(command, env=self.environment, capture_output=True, text=True, check=False)
        found: dict[str, int] = json.loads(answer.stdout) if answer.returncode == 0 else {}
        return found

    def drag(self, *files: Path) -> None:
        """Drag files from a window of another program onto ours."""
        command = [sys.executable, DRAG_SOURCE, *map(str, (*SOURCE, *files))]
        with subprocess.Popen(command, env=self.environment, stdout=subprocess.PIPE, text=True) as source:
            assert source.stdout
            assert source.stdout.readline() == "ready\n"
            try:
                start_x, start_y = SOURCE[0] + 60, SOURCE[1] + 60
                end_x, end_y = WINDOW[2] // 2, WINDOW[3] // 2
                self.hand("mousemove", start_x, start_y)
                self.hand("mousedown", 1)
                for step in range(1, 21):
                    x = start_x + (end_x - start_x) * step // 20
                    y = start_y + (end_y - start_y) * step // 20
                    self.hand("mousemove", "--sync", x, y)
                self.hand("mousemove", end_x + 3, end_y + 3)
                time.sleep(POLL_S)  # a drop counts only once the target has answered the last move
                self.hand("mouseup", 1)
                time.sleep(POLL_S)
            finally:
                source.terminate()


def difference(before: Image.Image, after: Image.Image) -> float:
    """Return which share of the pixels differs."""
    changed = ImageChops.difference(before, after).convert("L").point(lambda value: 255 if value > 16 else 0)
    return sum(changed.histogram()[1:]) / (changed.width * changed.height)


def wait_until(condition: Callable[[], object], what: str) -> None:
    """Look again and again, because nothing outside the program says when it is done."""
    end = time.monotonic() + HANG_TIMEOUT / 4
    while not condition():
        assert time.monotonic() < end, f"waited in vain for {what}"
        time.sleep(POLL_S)


@contextmanager
def running(session: Session) -> Iterator[subprocess.Popen[bytes]]:
    """Start the program with its window at its place."""
    command = [sys.executable, MAIN, "--verbose", "--library", str(session.library)]
    with session.log.open("wb") as log, subprocess.Popen(command, env=session.environment, stderr=log) as program:
        try:
            search = ("search", "--onlyvisible", "--name", "^Semblance$")
            wait_until(lambda: session.hand(*search), "the window")
            window = session.hand(*search).split()[0]
            session.hand("windowsize", "--sync", window, *WINDOW[2:])
            session.hand("windowmove", window, *WINDOW[:2])
            session.hand("windowactivate", "--sync", window)
            yield program
        finally:
            program.terminate()


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    with ExitStack() as stack:
        display = stack.enter_context(virtual_screen())
        session = Session(display, tmp_path)
        manager = subprocess.Popen(["openbox"], env=session.environment, stderr=subprocess.DEVNULL)
        stack.callback(manager.wait)
        stack.callback(manager.terminate)
        yield session


def test_a_user_adds_a_folder_finds_photos_looks_closer_and_comes_back(session: Session, tmp_path: Path) -> None:
    photos = tmp_path / "photos"
    shutil.copytree(SAMPLES / "photos", photos)
    with running(session) as program:
        wait_until(lambda: session.status().get("photos") == 0, "the library to be open")
        session.drag(photos)
        wait_until(lambda: session.status().get("searchable") == PHOTOS, "the photos to be indexed")
        session.drag(SAMPLES / "query.jpg")
        wait_until(session.shown, "the results")
        session.change("space")  # the preview
        session.change("c")  # the comparison
        session.change("Escape", "Escape")
        session.change("ctrl+2")  # the library
        session.change("Right", "ctrl+l")  # what is like one of its photos
        wait_until(lambda: len(session.shown()) > 1, "the results for a photo of the library")
        searches = len(session.shown())
        session.press("alt+Left")  # the first query again
        wait_until(lambda: len(session.shown()) > searches, "the results of the first query")
        session.change("ctrl+4")
        session.press("ctrl+q")
        assert program.wait(HANG_TIMEOUT) == 0
    with running(session) as program:  # everything is still there
        wait_until(lambda: session.status().get("searchable") == PHOTOS, "the photos")
        session.press("ctrl+q")
        assert program.wait(HANG_TIMEOUT) == 0
    assert sorted(path.name for path in photos.rglob("*.jpg")) == sorted(
        path.name for path in (SAMPLES / "photos").rglob("*.jpg")
    )
