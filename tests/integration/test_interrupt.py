"""Ctrl-C: it reaches the whole group of processes, as in a terminal."""

from __future__ import annotations

import os
import signal
import sys
from typing import TYPE_CHECKING

import pytest

from tests.helpers.engine.program import Outcome, Program, photos_in_catalog, wait_until
from tests.helpers.indexing.bench import paint, paint_many
from tests.helpers.limits import HANGING

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable
    from pathlib import Path

pytest_plugins = ["tests.helpers.engine.fixtures"]
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="there are no signals to send")

PHOTOS = 280


def _interrupted(process: subprocess.Popen[str], when: Callable[[], bool]) -> Outcome:
    wait_until(when, process)
    os.killpg(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=HANGING)
    return Outcome(process.returncode, out, err)


def test_ctrl_c_ends_a_run_with_what_was_done_kept(program: Program, tmp_path: Path) -> None:
    paint_many(tmp_path / "photos", PHOTOS)
    process = program.start("index", "--json", tmp_path / "photos")
    outcome = _interrupted(process, lambda: photos_in_catalog(program.library) > 0)
    assert (outcome.status, outcome.err) == (130, "")
    report = outcome.object()
    assert report["cancelled"] is True
    assert report["found"] == PHOTOS
    assert isinstance(report["indexed"], int)
    assert 0 < report["indexed"] < PHOTOS

    status = program.call("status", "--json").object()
    assert status["photos"] == status["searchable"] == report["indexed"]
    rest = program.call("index", "--json").object()
    assert (rest["cancelled"], rest["unchanged"]) == (False, report["indexed"])
    assert rest["indexed"] == PHOTOS - report["indexed"]


def test_ctrl_c_while_the_model_loads_ends_without_a_traceback(program: Program, tmp_path: Path) -> None:
    paint_many(tmp_path / "photos", 2)
    process = program.start("index", "--json", tmp_path / "photos")
    outcome = _interrupted(process, lambda: (program.library / "catalog.sqlite").exists())
    assert outcome.status == 130
    assert "Traceback" not in outcome.err
    assert program.call("index", "--json", tmp_path / "photos").object()["indexed"] == 2


def test_ctrl_c_does_not_end_a_process_of_ours_that_is_just_starting(library: Path, tmp_path: Path) -> None:
    # Python runs this first of all, before a process can have said what a Ctrl-C is to mean.
    (tmp_path / "sitecustomize.py").write_text(
        "import os, signal, sys\nif 'spawn_main' in ' '.join(sys.orig_argv): os.kill(os.getpid(), signal.SIGINT)\n",
        encoding="utf-8",
    )
    outcome = Program(library, {"PYTHONPATH": str(tmp_path)}).run("search", "--json", paint(tmp_path / "query.png", 1))
    assert (outcome.status, outcome.err) == (0, "")
