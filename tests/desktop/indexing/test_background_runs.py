from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from core.errors import VectorIndexError
from core.types import Changes
from tests.helpers.desktop.watching import HOUR_MS, NEW, begin, change, let_last
from tests.helpers.desktop.window_driver import WindowFixture, button, image, wait_until_idle

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot


def test_changes_wait_for_a_run_of_the_user(qtbot: QtBot, watching: WindowFixture, photos: Path) -> None:
    engine = watching.engine
    engine.index_gate.shut()
    watching.shell.actions.update_library.trigger()
    qtbot.waitUntil(lambda: len(engine.indexed_folders) == 2)
    change(watching, photos)
    qtbot.waitUntil(engine.changes.empty)
    assert engine.looked_at == []
    engine.index_gate.set()
    qtbot.waitUntil(lambda: len(engine.looked_at) == 1)
    assert engine.cancelled_runs == 0


@pytest.fixture
def updating(qtbot: QtBot, watching: WindowFixture) -> WindowFixture:
    """Return a window on a run that the user has asked for."""
    watching.engine.index_gate.shut()
    watching.shell.actions.update_library.trigger()
    qtbot.waitUntil(lambda: watching.shell.progress.text.startswith("0 of 5"))
    return watching


def test_a_folder_whose_run_the_user_cancels_is_not_begun_anew(qtbot: QtBot, updating: WindowFixture) -> None:
    engine, progress = updating.engine, updating.shell.progress
    engine.changes.put_nowait(Changes(roots=frozenset({"root-0"})))
    qtbot.waitUntil(engine.changes.empty)
    QTest.mouseClick(button(progress, "Stop"), Qt.MouseButton.LeftButton)
    wait_until_idle(qtbot, updating)
    assert progress.text == "Stopped (work so far is kept)"
    assert engine.looked_at == []


def test_files_that_have_changed_are_not_lost_when_the_run_of_the_user_is_cancelled(
    qtbot: QtBot, updating: WindowFixture, photos: Path
) -> None:
    engine = updating.engine
    image("green").save(str(photos / NEW))
    changes = Changes(frozenset({photos / NEW}), frozenset({"root-0"}))
    engine.changes.put_nowait(changes)
    qtbot.waitUntil(engine.changes.empty)
    updating.shell.actions.stop.trigger()
    engine.index_gate.set()
    qtbot.waitUntil(lambda: len(engine.photos) == 6)
    assert engine.looked_at == [replace(changes, roots=frozenset())]


def test_a_run_that_is_cancelled_is_not_begun_again_but_the_next_one_is(
    qtbot: QtBot, watching: WindowFixture, photos: Path
) -> None:
    engine, progress = watching.engine, watching.shell.progress
    first = begin(qtbot, watching, photos)
    let_last(qtbot, watching)
    QTest.mouseClick(button(progress, "Stop"), Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: progress.text == "Stopped (work so far is kept)")
    wait_until_idle(qtbot, watching)
    assert engine.looked_at == [first]
    engine.index_gate.set()
    second = change(watching, photos, "olive.png")
    qtbot.waitUntil(lambda: len(engine.photos) == 7)
    assert engine.looked_at == [first, second]


def test_the_changes_of_a_run_that_failed_are_looked_at_with_the_next_ones_and_then_no_more(
    qtbot: QtBot, watching: WindowFixture, photos: Path
) -> None:
    engine = watching.engine
    engine.index_error = VectorIndexError("The index is full.")
    first = change(watching, photos)
    qtbot.waitUntil(lambda: engine.looked_at == [first])
    wait_until_idle(qtbot, watching)
    engine.index_error = None
    roots = Changes(roots=frozenset({"root-0"}))
    engine.changes.put_nowait(roots)
    qtbot.waitUntil(lambda: engine.looked_at == [first, Changes(first.paths, roots.roots)])
    wait_until_idle(qtbot, watching)
    third = change(watching, photos, "olive.png")
    qtbot.waitUntil(lambda: engine.looked_at[2:] == [third])


def test_the_changes_of_a_run_that_failed_unforeseen_are_not_looked_at_again(
    qtbot: QtBot, watching: WindowFixture, photos: Path
) -> None:
    engine = watching.engine
    engine.index_error = ValueError("a mistake")
    first = change(watching, photos)
    qtbot.waitUntil(lambda: engine.looked_at == [first])
    wait_until_idle(qtbot, watching)
    engine.index_error = None
    second = change(watching, photos, "olive.png")
    qtbot.waitUntil(lambda: engine.looked_at == [first, second])


@pytest.fixture
def scanning(qtbot: QtBot, watching: WindowFixture) -> WindowFixture:
    """Return a window on a run that has looked for photos for long."""
    watching.engine.scan_gate.shut()
    watching.engine.changes.put_nowait(Changes(roots=frozenset({"root-0"})))
    let_last(qtbot, watching, 2 * HOUR_MS)
    return watching


def test_a_run_that_looks_for_photos_for_long_is_shown_and_can_be_stopped(
    qtbot: QtBot, scanning: WindowFixture
) -> None:
    progress = scanning.shell.progress
    assert progress.text.startswith("Looking for photos")
    scanning.shell.actions.stop.trigger()
    qtbot.waitUntil(lambda: progress.text == "Stopped (work so far is kept)")
    assert scanning.engine.cancelled_runs == 1


def test_a_run_that_was_shown_and_has_found_nothing_new_goes_without_a_word(
    qtbot: QtBot, scanning: WindowFixture
) -> None:
    scanning.engine.scan_gate.set()
    qtbot.waitUntil(lambda: not scanning.shell.progress.isVisible())
    assert not scanning.shell.actions.stop.isEnabled()
