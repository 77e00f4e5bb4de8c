from __future__ import annotations

import subprocess
import sys

from linux.desktop_files import FILES
from tests.helpers.checkout import CHECKOUT

PROGRAM = "from desktop.app import application; print(application('1.2.3').desktopFileName())"


def test_window_belongs_to_the_entry_in_the_menu_so_that_wayland_shows_its_icon() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], cwd=CHECKOUT, capture_output=True, text=True, check=True)
    (entry,) = (FILES / "share" / "applications").iterdir()
    assert done.stdout.strip() == entry.stem
