"""The commands `index` and `rules`: exclusion rules, gentle runs, and runs that watch for changes."""

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
from tests.helpers.limits import HANG_TIMEOUT

if TYPE_CHECKING:
    from pathlib import Path

pytest_plugins = ["tests.helpers.engine.fixtures"]


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    return tmp_path / "photos"


@pytest.mark.slow
def test_rules_are_set_shown_and_applied_by_the_next_run(program: Program, photos: Path) -> None:
    paint_many(photos, 2)
    paint_many(photos / "shots", 3)
    program.call("index", photos)
    changed = program.call("rules", "--json", photos, "--exclude", "shots/", "--exclude", "*.tmp", "--smallest", "0.1")
    expected = {"path": str(photos), "exclude": ["shots/", "*.tmp"], "smallest_bytes": 100}
    assert changed.object() == expected
    assert program.call("rules", "--json", photos).object() == expected
    report = program.call("index", "--json").object()
    assert (report["found"], report["removed"]) == (2, 3)
    shown = program.call("rules", photos, "--smallest", "0")
    assert shown.out == (
        f"Skipped in {photos}: shots/, *.tmp, no files because of their size. The next indexing run applies this.\n"
        "Always skipped: hidden folders, recycle bins and snapshots of systems, phones and NAS devices, and the "
        "previews that photo programs keep.\n"
    )
    assert program.call("rules", "--json", photos, "--exclude", "").object()["exclude"] == []


def test_invalid_rules_are_refused_and_change_nothing(program: Program, photos: Path) -> None:
    paint_many(photos, 1)
    program.call("index", photos)
    outcome = program.call("rules", photos, "--exclude", "[[:alpha:]]")
    assert (outcome.status, outcome.out) == (1, "")
    assert "[[:alpha:]]" in outcome.err
    assert program.call("rules", "--json", photos).object()["exclude"] == []
    assert program.call("rules", photos, "--smallest", "some").status == 2
    assert program.call("rules", photos, "--smallest", "-1").status == 2
    assert program.call("rules", photos / "none").status == 1


@pytest.mark.slow
def test_gentle_option_is_remembered_until_it_is_switched_off(program: Program, photos: Path) -> None:
    paint_many(photos, 3)
    assert program.call("index", "--json", "--gentle", photos).object()["indexed"] == 3
    assert settings.load(program.library).indexing.gentle
    program.call("index")
    assert settings.load(program.library).indexing.gentle
    program.call("index", "--no-gentle")
    assert not settings.load(program.library).indexing.gentle


def test_gentle_run_with_an_unknown_model_does_not_save_the_model(program: Program, photos: Path) -> None:
    paint_many(photos, 1)
    assert program.call("index", "--gentle", "--model", "nonsense", photos).status == 1
    assert settings.load(program.library).model.name == settings.DEFAULT_MODEL


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="Windows cannot send the signal")
def test_watching_run_indexes_new_photos_until_ctrl_c(program: Program, photos: Path) -> None:
    paint_many(photos, 2)
    process = program.start("index", "--json", "--watch", photos)
    wait_until("both photos are indexed", lambda: photos_in_catalog(program.library) == 2, process)
    paint(photos / "new" / "later.png", 9)
    wait_until("the new photo is indexed", lambda: photos_in_catalog(program.library) == 3, process)
    os.killpg(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=HANG_TIMEOUT)
    assert (process.returncode, err) == (130, "")
    assert [json.loads(line)["indexed"] for line in out.splitlines()] == [2, 1]
