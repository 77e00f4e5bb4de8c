from __future__ import annotations

from typing import TYPE_CHECKING

from core.errors import LibraryError
from core.types import Changes
from tests.helpers.desktop.folders_dialog import closed, opened
from tests.helpers.desktop.window_driver import WindowFixture, image, wait_until_idle

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot


def test_choices_are_saved_and_watching_begins_and_ends_with_them(qtbot: QtBot, two: WindowFixture) -> None:
    assert two.engine.watches == 1
    dialog = opened(qtbot, two)
    assert dialog.page.watch.isChecked()
    dialog.page.watch.setChecked(False)
    dialog.confirm_button.click()
    closed(qtbot, two)
    assert not two.engine.settings.indexing.watch
    assert two.engine.watches == 0
    dialog = opened(qtbot, two)
    assert not dialog.page.watch.isChecked()
    dialog.page.watch.setChecked(True)
    dialog.confirm_button.click()
    closed(qtbot, two)
    qtbot.waitUntil(lambda: two.engine.watches == 1)


def test_the_pace_of_indexing_is_saved_and_shown_again(qtbot: QtBot, two: WindowFixture) -> None:
    dialog = opened(qtbot, two)
    assert not dialog.page.gentle.isChecked()
    assert not dialog.page.pause_on_battery.isChecked()
    dialog.page.gentle.setChecked(True)
    dialog.page.pause_on_battery.setChecked(True)
    dialog.confirm_button.click()
    closed(qtbot, two)
    assert (two.engine.settings.indexing.gentle, two.engine.settings.indexing.pause_on_battery) == (True, True)
    assert two.engine.watches_begun == 1
    dialog = opened(qtbot, two)
    assert dialog.page.gentle.isChecked()
    assert dialog.page.pause_on_battery.isChecked()
    dialog.reject()


def test_a_run_that_nobody_asked_for_ends_when_watching_is_turned_off(
    qtbot: QtBot, two: WindowFixture, photos: Path
) -> None:
    two.engine.index_gate.shut()
    image("olive").save(str(photos / "olive.png"))
    dialog = opened(qtbot, two)
    two.engine.changes.put_nowait(Changes(roots=frozenset({"root-0"})))
    qtbot.waitUntil(lambda: bool(two.engine.looked_at))
    dialog.page.watch.setChecked(False)
    dialog.confirm_button.click()
    closed(qtbot, two)
    assert (two.engine.watches, two.engine.cancelled_runs) == (0, 1)


def test_choices_that_cannot_be_saved_are_told_in_the_dialog(qtbot: QtBot, two: WindowFixture) -> None:
    two.engine.choose_error = LibraryError("The settings cannot be saved: the disk is full.")
    dialog = opened(qtbot, two)
    dialog.page.gentle.setChecked(True)
    dialog.confirm_button.click()
    assert not dialog.confirm_button.isEnabled()
    wait_until_idle(qtbot, two)
    assert dialog.page.error_line.text() == "The settings cannot be saved: the disk is full."
    assert dialog.page.error_line.isVisible()
    assert dialog.confirm_button.isEnabled()
    two.engine.choose_error = None
    dialog.confirm_button.click()
    closed(qtbot, two)
    assert two.engine.settings.indexing.gentle


def test_a_bug_while_saving_leaves_a_dialog_that_works(qtbot: QtBot, two: WindowFixture) -> None:
    two.engine.choose_error = RuntimeError("bug")
    dialog = opened(qtbot, two)
    dialog.confirm_button.click()
    wait_until_idle(qtbot, two)
    assert dialog.confirm_button.isEnabled()
    assert "RuntimeError: bug" in two.shell.banner.text
    dialog.reject()
