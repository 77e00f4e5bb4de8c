"""The command line and its folders: what is passed over, gentle runs, and runs that go on with what changes."""

from __future__ import annotations

import json
import os
import signal
import sys
from typing import TYPE_CHECKING

import pytest

from core.library import settings
from tests.helpers.engine.program import Program, photos_in_catalog, wait_until
from tests.helpers.indexing.bench import paint, paint_many
from tests.helpers.limits import HANGING

if TYPE_CHECKING:
    from pathlib import Path

pytest_plugins = ["tests.helpers.engine.fixtures"]


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    return tmp_path / "photos"


def test_the_rules_of_a_folder_are_said_and_shown(program: Program, photos: Path) -> None:
    paint_many(photos, 2)
    paint_many(photos / "shots", 3)
    program.call("index", photos)
    said = program.call("rules", "--json", photos, "--exclude", "shots/", "--exclude", "*.tmp", "--smallest", "0.1")
    expected = {"path": str(photos), "exclude": ["shots/", "*.tmp"], "smallest_bytes": 100}
    assert said.object() == expected
    assert program.call("rules", "--json", photos).object() == expected
    report = program.call("index", "--json").object()
    assert (report["found"], report["removed"]) == (2, 3)
    shown = program.call("rules", photos, "--smallest", "0")
    assert shown.out == (
        f"Skipped in {photos}: shots/, *.tmp, no files because of their size. The next indexing run applies this.\n"
    )
    assert program.call("rules", "--json", photos, "--exclude", "").object()["exclude"] == []


def test_rules_that_make_no_sense_change_nothing(program: Program, photos: Path) -> None:
    paint_many(photos, 1)
    program.call("index", photos)
    outcome = program.call("rules", photos, "--exclude", "[[:alpha:]]")
    assert (outcome.status, outcome.out) == (1, "")
    assert "[[:alpha:]]" in outcome.err
    assert program.call("rules", "--json", photos).object()["exclude"] == []
    assert program.call("rules", photos, "--smallest", "some").status == 2
    assert program.call("rules", photos, "--smallest", "-1").status == 2
    assert program.call("rules", photos / "none").status == 1


def test_a_gentle_run_is_gentle_from_then_on(program: Program, photos: Path) -> None:
    paint_many(photos, 3)
    assert program.call("index", "--json", "--gentle", photos).object()["indexed"] == 3
    assert settings.load(program.library).indexing.gentle
    program.call("index")
    assert settings.load(program.library).indexing.gentle
    program.call("index", "--no-gentle")
    assert not settings.load(program.library).indexing.gentle


def test_a_gentle_run_keeps_no_option_that_does_not_work(program: Program, photos: Path) -> None:
    paint_many(photos, 1)
    assert program.call("index", "--gentle", "--model", "nonsense", photos).status == 1
    assert settings.load(program.library).model.name == settings.DEFAULT_MODEL


@pytest.mark.skipif(sys.platform == "win32", reason="there are no signals to send")
def test_a_run_that_watches_goes_on_with_what_changes_until_ctrl_c(program: Program, photos: Path) -> None:
    paint_many(photos, 2)
    process = program.start("index", "--json", "--watch", photos)
    wait_until(lambda: photos_in_catalog(program.library) == 2, process)
    paint(photos / "new" / "later.png", 9)
    wait_until(lambda: photos_in_catalog(program.library) == 3, process)
    os.killpg(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=HANGING)
    assert (process.returncode, err) == (130, "")
    assert [json.loads(line)["indexed"] for line in out.splitlines()] == [2, 1]
