"""A new version of the model reads all photos in the background."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from core.types import Changes
from desktop.search.query import of_file
from tests.helpers.desktop.watched_folder import add_photo
from tests.helpers.desktop.window_driver import WindowFixture, button, wait_until_idle

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from tests.helpers.desktop.fake_engine import FakeEngine

PROGRESS = "Improving the search: 0 of 3 photos"


@pytest.fixture
def upgrading_ui(qtbot: QtBot, watching_ui: WindowFixture) -> WindowFixture:
    """Return a window in which a new version of the model has three photos to read, on a drive that has returned."""
    watching_ui.engine.upgrade_gate.shut()
    watching_ui.engine.outdated = 3
    return_drive(qtbot, watching_ui)
    qtbot.waitUntil(lambda: watching_ui.shell.progress.text.startswith(PROGRESS))
    return watching_ui


def return_drive(qtbot: QtBot, ui: WindowFixture) -> None:
    """Update the library while the drive of its root is offline, and once more after it has returned."""
    for offline in ({ui.engine.roots[0].path}, set[Path]()):
        qtbot.waitUntil(ui.shell.actions.update_library.isEnabled)
        ui.engine.offline = offline
        ui.shell.actions.update_library.trigger()
        qtbot.waitUntil(lambda: is_shown_online(ui) != bool(ui.engine.offline))


def is_shown_online(ui: WindowFixture) -> bool:
    status = ui.shell.library.status
    return status is not None and status.roots[0].online


def test_upgrade_starts_with_the_window(qtbot: QtBot, opening_ui: WindowFixture) -> None:
    opening_ui.engine.outdated = 2
    qtbot.waitUntil(lambda: opening_ui.engine.outdated == 0)


def test_progress_is_shown_until_the_upgrade_is_done_and_the_search_is_repeated(
    qtbot: QtBot, upgrading_ui: WindowFixture, photos: Path
) -> None:
    engine, progress = upgrading_ui.engine, upgrading_ui.shell.progress
    upgrading_ui.controller.search(of_file(photos / "red.png"))
    qtbot.waitUntil(lambda: len(upgrading_ui.names) == 5)
    assert progress.isVisible()
    assert progress.text.startswith(PROGRESS)
    engine.upgrade_gate.set()
    qtbot.waitUntil(lambda: len(engine.requests) == 2)
    wait_until_idle(qtbot, upgrading_ui)
    assert not progress.isVisible()


def test_stopped_upgrade_does_not_start_again_after_a_run(qtbot: QtBot, upgrading_ui: WindowFixture) -> None:
    engine = upgrading_ui.engine
    QTest.mouseClick(button(upgrading_ui.shell.progress, "Stop"), Qt.MouseButton.LeftButton)
    wait_until_idle(qtbot, upgrading_ui)
    engine.upgrade_gate.set()
    runs = len(engine.indexed_folders)
    upgrading_ui.shell.actions.update_library.trigger()
    qtbot.waitUntil(lambda: len(engine.indexed_folders) == runs + 1)
    wait_until_idle(qtbot, upgrading_ui)
    assert engine.outdated == 3


def test_folder_that_the_user_adds_goes_first(qtbot: QtBot, upgrading_ui: WindowFixture, other: Path) -> None:
    engine = upgrading_ui.engine
    engine.index_gate.shut()
    upgrading_ui.query_input.folders_chosen.emit((other,))
    qtbot.waitUntil(lambda: upgrading_ui.shell.progress.text.startswith("0 of 1"))
    assert engine.outdated == 3
    engine.upgrade_gate.set()
    engine.index_gate.set()
    qtbot.waitUntil(lambda: engine.outdated == 0)
    assert len(engine.photos) == 6


def test_run_of_the_user_goes_before_an_upgrade_that_waits_for_a_background_run(
    qtbot: QtBot, upgrading_ui: WindowFixture, photos: Path, other: Path
) -> None:
    engine = upgrading_ui.engine
    engine.index_gate.shut()
    add_photo(upgrading_ui, photos)
    qtbot.waitUntil(lambda: len(engine.indexed_changes) == 1)
    engine.upgrade_gate.set()  # so that the upgrade would be done at once if it had its turn
    upgrading_ui.query_input.folders_chosen.emit((other,))
    qtbot.waitUntil(lambda: upgrading_ui.shell.progress.text.startswith("0 of 1"))
    assert engine.outdated == 3
    engine.index_gate.set()
    qtbot.waitUntil(lambda: engine.outdated == 0)


def test_changes_are_indexed_before_the_upgrade_continues(
    qtbot: QtBot, upgrading_ui: WindowFixture, photos: Path
) -> None:
    engine = upgrading_ui.engine
    engine.changes.put_nowait(Changes(frozenset({photos / "red.png"})))
    qtbot.waitUntil(lambda: len(engine.indexed_changes) == 1)
    qtbot.waitUntil(lambda: upgrading_ui.shell.progress.text.startswith(PROGRESS))
    assert engine.outdated == 3
    engine.upgrade_gate.set()
    qtbot.waitUntil(lambda: engine.outdated == 0)


def test_read_only_library_keeps_its_model(qtbot: QtBot, engine: FakeEngine, request: pytest.FixtureRequest) -> None:
    engine.read_only = "The library is on a disk that cannot be written."
    engine.outdated = 2
    ui: WindowFixture = request.getfixturevalue("opening_ui")
    qtbot.waitUntil(lambda: engine.warm)
    wait_until_idle(qtbot, ui)
    assert engine.outdated == 2
