"""The program started a second time on a library whose window is open."""

from __future__ import annotations

import os
import signal
import sys
from typing import TYPE_CHECKING

import pytest

from tests.helpers.engine.program import Program
from tests.helpers.indexing.bench import paint, paint_many
from tests.helpers.limits import HANGING

if TYPE_CHECKING:
    import subprocess
    from pathlib import Path

pytest_plugins = ["tests.helpers.engine.fixtures"]

PHOTOS = 3


def _wait_for(words: str, process: subprocess.Popen[str]) -> None:
    """Return when the program has said something; without an end, the test would be ended for it."""
    assert process.stderr
    said = []
    for line in process.stderr:
        said.append(line)
        if words in line:
            return
    pytest.fail("".join(said))


@pytest.mark.skipif(sys.platform == "win32", reason="there are no signals to send")
def test_a_second_start_has_its_picture_searched_for_in_the_window_of_the_first(library: Path, tmp_path: Path) -> None:
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
        first.communicate(timeout=HANGING)
        assert first.returncode == 0
    finally:
        first.kill()
        first.communicate()
