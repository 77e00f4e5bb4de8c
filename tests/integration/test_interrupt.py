"""Ctrl-C, which the test sends to the whole process group as a terminal does."""

from __future__ import annotations

import os
import signal
import sys
from typing import TYPE_CHECKING

import pytest

from tests.helpers.engine.program import Outcome, Program, photos_in_catalog, wait_until
from tests.helpers.indexing.bench import paint, paint_many
from tests.helpers.limits import HANG_TIMEOUT

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable
    from pathlib import Path

pytest_plugins = ["tests.helpers.engine.fixtures"]
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGINT for process groups")

PHOTOS = 280


def _interrupt(process: subprocess.Popen[str], what: str, when: Callable[[], bool]) -> Outcome:
    """Send SIGINT as soon as the condition holds, and return the outcome. `what` describes the condition."""
    wait_until(what, when, process)
    os.killpg(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=HANG_TIMEOUT)
    return Outcome(process.returncode, out, err)


@pytest.mark.slow
def test_ctrl_c_ends_a_run_and_keeps_the_photos_indexed_so_far(program: Program, tmp_path: Path) -> None:
    paint_many(tmp_path / "photos", PHOTOS)
    process = program.start("index", "--json", tmp_path / "photos")
    outcome = _interrupt(process, "a photo is stored", lambda: photos_in_catalog(program.library) > 0)
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


@pytest.mark.slow
def test_ctrl_c_while_the_model_is_loading_ends_the_run_without_a_traceback(program: Program, tmp_path: Path) -> None:
    paint_many(tmp_path / "photos", 2)
    process = program.start("index", "--json", tmp_path / "photos")
    outcome = _interrupt(process, "the catalog exists", (program.library / "catalog.sqlite").exists)
    assert outcome.status == 130
    assert "Traceback" not in outcome.err
    assert program.call("index", "--json", tmp_path / "photos").object()["indexed"] == 2


@pytest.mark.slow
def test_ctrl_c_does_not_kill_a_worker_process_that_is_starting(library: Path, tmp_path: Path) -> None:
    # Python runs sitecustomize at startup, before the worker process can set its handler for SIGINT.
    (tmp_path / "sitecustomize.py").write_text(
        "import os, signal, sys\nif 'spawn_main' in ' '.join(sys.orig_argv): os.kill(os.getpid(), signal.SIGINT)\n",
        encoding="utf-8",
    )
    photo = paint(tmp_path / "photos" / "a.png", 1)
    assert Program(library).call("index", photo.parent).status == 0
    outcome = Program(library, {"PYTHONPATH": str(tmp_path)}).run("search", "--json", photo)
    assert (outcome.status, outcome.err) == (0, "")
