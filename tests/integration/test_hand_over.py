"""A second start of the program on a library whose window is open."""

from __future__ import annotations

import os
import signal
import sys
from typing import TYPE_CHECKING

import pytest

from tests.helpers.engine.program import Program
from tests.helpers.indexing.bench import paint, paint_many
from tests.helpers.limits import HANG_TIMEOUT

if TYPE_CHECKING:
    import subprocess
    from pathlib import Path

pytest_plugins = ["tests.helpers.engine.fixtures"]

PHOTOS = 3


def _wait_for(text: str, process: subprocess.Popen[str]) -> None:
    """Return when the program has logged a text, or fail when it ends. The timeout of the test ends it if it hangs."""
    assert process.stderr
    lines = []
    for line in process.stderr:
        lines.append(line)
        if text in line:
            return
    pytest.fail("".join(lines))


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGTERM")
def test_second_start_hands_its_picture_to_the_open_window(library: Path, tmp_path: Path) -> None:
    program = Program(library, {"QT_QPA_PLATFORM": "offscreen"})
    paint_many(tmp_path / "photos", PHOTOS)
    assert program.run("index", tmp_path / "photos").status == 0
    picture = paint(tmp_path / os.fsdecode(b"odd \xff\n name.png"), 1)

    first = program.start("--verbose")
    try:
        _wait_for("Listening for requests of later starts", first)
        second = program.run(picture)
        assert (second.status, second.out, second.err) == (0, "", "")
        _wait_for(f"Showing {PHOTOS} photos", first)
        for arguments in (["index"], ["--screenshot", tmp_path / "window.png", picture]):
            refused = program.run(*arguments)
            assert refused.status == 1
            assert "is open in another Semblance" in refused.err
        first.send_signal(signal.SIGTERM)
        first.communicate(timeout=HANG_TIMEOUT)
        assert first.returncode == 0
    finally:
        first.kill()
        first.communicate()
