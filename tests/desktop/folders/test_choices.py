from __future__ import annotations

from typing import TYPE_CHECKING

from core.errors import LibraryError
from core.types import Changes
from tests.helpers.desktop.folders_dialog import open_dialog, wait_until_closed
from tests.helpers.desktop.window_driver import WindowFixture, image, wait_until_idle

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot


def test_the_watch_setting_is_saved_and_starts_or_stops_watching(qtbot: QtBot, two_roots_ui: WindowFixture) -> None:
    assert two_roots_ui.engine.active_watches == 1
    dialog = open_dialog(qtbot, two_roots_ui)
    assert dialog.page.watch.isChecked()
    dialog.page.watch.setChecked(False)
    dialog.confirm_button.click()
    wait_until_closed(qtbot, two_roots_ui)
    assert not two_roots_ui.engine.settings.indexing.watch
    assert two_roots_ui.engine.active_watches == 0
    dialog = open_dialog(qtbot, two_roots_ui)
    assert not dialog.page.watch.isChecked()
    dialog.page.watch.setChecked(True)
    dialog.confirm_button.click()
    wait_until_closed(qtbot, two_roots_ui)
    qtbot.waitUntil(lambda: two_roots_ui.engine.active_watches == 1)


def test_the_pace_of_indexing_is_saved_and_shown_again(qtbot: QtBot, two_roots_ui: WindowFixture) -> None:
    dialog = open_dialog(qtbot, two_roots_ui)
    assert not dialog.page.gentle.isChecked()
    assert not dialog.page.pause_on_battery.isChecked()
    dialog.page.gentle.setChecked(True)
    dialog.page.pause_on_battery.setChecked(True)
    dialog.confirm_button.click()
    wait_until_closed(qtbot, two_roots_ui)
    assert (two_roots_ui.engine.settings.indexing.gentle, two_roots_ui.engine.settings.indexing.pause_on_battery) == (
        True,
        True,
    )
    assert two_roots_ui.engine.watches_started == 1
    dialog = open_dialog(qtbot, two_roots_ui)
    assert dialog.page.gentle.isChecked()
    assert dialog.page.pause_on_battery.isChecked()
    dialog.reject()


def test_turning_off_watching_stops_a_background_run(qtbot: QtBot, two_roots_ui: WindowFixture, photos: Path) -> None:
    two_roots_ui.engine.index_gate.shut()
    image("olive").save(str(photos / "olive.png"))
    dialog = open_dialog(qtbot, two_roots_ui)
    two_roots_ui.engine.changes.put_nowait(Changes(roots=frozenset({"root-0"})))
    qtbot.waitUntil(lambda: bool(two_roots_ui.engine.indexed_changes))
    dialog.page.watch.setChecked(False)
    dialog.confirm_button.click()
    wait_until_closed(qtbot, two_roots_ui)
    assert (two_roots_ui.engine.active_watches, two_roots_ui.engine.cancelled_runs) == (0, 1)


def test_the_dialog_reports_settings_that_cannot_be_saved(qtbot: QtBot, two_roots_ui: WindowFixture) -> None:
    two_roots_ui.engine.set_indexing_error = LibraryError("The settings cannot be saved: the disk is full.")
    dialog = open_dialog(qtbot, two_roots_ui)
    dialog.page.gentle.setChecked(True)
    dialog.confirm_button.click()
    assert not dialog.confirm_button.isEnabled()
    wait_until_idle(qtbot, two_roots_ui)
    assert dialog.page.error_line.text() == "The settings cannot be saved: the disk is full."
    assert dialog.page.error_line.isVisible()
    assert dialog.confirm_button.isEnabled()
    two_roots_ui.engine.set_indexing_error = None
    dialog.confirm_button.click()
    wait_until_closed(qtbot, two_roots_ui)
    assert two_roots_ui.engine.settings.indexing.gentle


def test_the_dialog_stays_usable_after_a_bug_while_saving(qtbot: QtBot, two_roots_ui: WindowFixture) -> None:
    two_roots_ui.engine.set_indexing_error = RuntimeError("bug")
    dialog = open_dialog(qtbot, two_roots_ui)
    dialog.confirm_button.click()
    wait_until_idle(qtbot, two_roots_ui)
    assert dialog.confirm_button.isEnabled()
    assert "RuntimeError: bug" in two_roots_ui.shell.banner.text
    dialog.reject()
