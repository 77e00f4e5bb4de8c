from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QApplication,
    QCheckBox,
    QLabel,
    QPushButton,
    QTreeWidget,
)

from core.types import Changes, Rules
from tests.helpers.desktop.folders_dialog import lines, open_dialog, select_root, wait_until_closed
from tests.helpers.desktop.window_driver import WindowFixture, wait_until_idle

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot


def test_roots_are_listed_with_their_photo_counts_and_availability(
    qtbot: QtBot, two_roots_ui: WindowFixture, photos: Path, other: Path
) -> None:
    two_roots_ui.engine.offline.add(other)
    dialog = open_dialog(qtbot, two_roots_ui)
    assert lines(dialog) == [(str(photos), "5 photos", "available"), (str(other), "1 photo", "not available")]
    spoken = dialog.page.folders.model().index(1, 0).data(Qt.ItemDataRole.AccessibleTextRole)
    assert spoken == f"{other}, 1 photo, not available"
    assert dialog.page.folders.textElideMode() is Qt.TextElideMode.ElideMiddle
    assert "1 folder is not available" in two_roots_ui.shell.status_text
    dialog.reject()


def test_ok_saves_the_changed_rules_and_indexes_only_those_roots(
    qtbot: QtBot, two_roots_ui: WindowFixture, photos: Path, other: Path
) -> None:
    dialog = open_dialog(qtbot, two_roots_ui)
    select_root(dialog, two_roots_ui.engine.roots[1])
    dialog.page.form.exclude.setPlainText("*.png\nScreenshots/")
    dialog.page.form.smallest.setValue(20)
    select_root(dialog, two_roots_ui.engine.roots[0])
    assert dialog.page.form.exclude.toPlainText() == ""
    QTest.mouseClick(dialog.confirm_button, Qt.MouseButton.LeftButton)
    wait_until_closed(qtbot, two_roots_ui)
    assert [root.rules for root in two_roots_ui.engine.roots] == [Rules(), Rules("*.png\nScreenshots/", 20_000)]
    assert two_roots_ui.engine.indexed_folders == [(other,)]
    again = open_dialog(qtbot, two_roots_ui)
    select_root(again, two_roots_ui.engine.roots[1])
    assert again.page.form.exclude.toPlainText() == "*.png\nScreenshots/"
    assert again.page.form.smallest.value() == 20
    again.reject()


def test_ok_without_changes_indexes_nothing_and_keeps_the_exact_rules(
    qtbot: QtBot, two_roots_ui: WindowFixture
) -> None:
    rules = Rules("*.gif\n\n", 5001)
    two_roots_ui.engine.roots[0] = replace(two_roots_ui.engine.roots[0], rules=rules)
    dialog = open_dialog(qtbot, two_roots_ui)
    assert (dialog.page.form.exclude.toPlainText(), dialog.page.form.smallest.value()) == ("*.gif\n\n", 6)
    assert dialog.page.edited_settings.rules == ()
    dialog.confirm_button.click()
    wait_until_closed(qtbot, two_roots_ui)
    assert two_roots_ui.engine.roots[0].rules == rules
    assert two_roots_ui.engine.indexed_folders == []


def test_a_root_whose_rules_were_saved_while_it_was_offline_is_indexed_when_it_returns(
    qtbot: QtBot, two_roots_ui: WindowFixture, other: Path
) -> None:
    two_roots_ui.engine.offline.add(other)
    dialog = open_dialog(qtbot, two_roots_ui)
    select_root(dialog, two_roots_ui.engine.roots[1])
    dialog.page.form.exclude.setPlainText("*.gif")
    dialog.confirm_button.click()
    wait_until_closed(qtbot, two_roots_ui)
    assert two_roots_ui.engine.roots[1].rules == Rules("*.gif")
    assert two_roots_ui.engine.indexed_folders == []
    again = open_dialog(qtbot, two_roots_ui)
    select_root(again, two_roots_ui.engine.roots[1])
    assert again.page.form.exclude.toPlainText() == "*.gif"
    again.reject()
    wait_until_closed(qtbot, two_roots_ui)
    assert two_roots_ui.engine.indexed_changes == []
    two_roots_ui.engine.offline.clear()
    back = Changes(roots=frozenset({two_roots_ui.engine.roots[1].uuid}))  # what the watch reports
    two_roots_ui.engine.changes.put_nowait(back)
    qtbot.waitUntil(lambda: two_roots_ui.engine.indexed_changes == [back])
    wait_until_idle(qtbot, two_roots_ui)


def test_an_invalid_pattern_is_reported_beside_it_and_can_be_corrected(
    qtbot: QtBot, two_roots_ui: WindowFixture, photos: Path, other: Path
) -> None:
    dialog = open_dialog(qtbot, two_roots_ui)
    select_root(dialog, two_roots_ui.engine.roots[1])
    dialog.page.form.exclude.setPlainText("[a")
    select_root(dialog, two_roots_ui.engine.roots[0])
    dialog.page.form.exclude.setPlainText("*.gif")
    dialog.confirm_button.click()
    wait_until_idle(qtbot, two_roots_ui)
    form = dialog.page.form
    assert dialog.isVisible()
    assert dialog.page.folders.selected_uuid == two_roots_ui.engine.roots[1].uuid
    assert form.error == "The pattern [a cannot be understood. Close its bracket."
    assert form.exclude.accessibleDescription() == form.error
    assert not two_roots_ui.shell.banner.isVisible()
    form.exclude.setPlainText("[a]")
    assert form.error == ""
    form.exclude.setPlainText("a")
    dialog.confirm_button.click()
    wait_until_closed(qtbot, two_roots_ui)
    assert [root.rules.exclude for root in two_roots_ui.engine.roots] == ["*.gif", "a"]
    assert two_roots_ui.engine.indexed_folders == [(photos, other)]


def test_roots_whose_rules_were_saved_before_an_error_are_indexed_on_cancel(
    qtbot: QtBot, two_roots_ui: WindowFixture, photos: Path
) -> None:
    dialog = open_dialog(qtbot, two_roots_ui)
    for root, patterns in zip(two_roots_ui.engine.roots, ("*.gif", "[a"), strict=True):
        select_root(dialog, root)
        dialog.page.form.exclude.setPlainText(patterns)
    dialog.confirm_button.click()
    wait_until_idle(qtbot, two_roots_ui)
    select_root(dialog, two_roots_ui.engine.roots[0])
    dialog.page.form.exclude.setPlainText("*.bmp")
    # This makes the dialog refresh its list of folders.
    two_roots_ui.engine.changes.put_nowait(Changes(roots=frozenset({"root-0"})))
    qtbot.waitUntil(lambda: bool(two_roots_ui.engine.indexed_changes))
    wait_until_idle(qtbot, two_roots_ui)
    assert dialog.page.form.exclude.toPlainText() == "*.bmp"
    dialog.reject()
    wait_until_closed(qtbot, two_roots_ui)
    assert two_roots_ui.engine.roots[0].rules == Rules("*.gif")
    assert two_roots_ui.engine.indexed_folders == [(photos,)]


def test_escape_changes_nothing(qtbot: QtBot, two_roots_ui: WindowFixture) -> None:
    dialog = open_dialog(qtbot, two_roots_ui)
    dialog.page.form.exclude.setPlainText("*.gif")
    dialog.page.gentle.setChecked(True)
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    wait_until_closed(qtbot, two_roots_ui)
    assert two_roots_ui.engine.roots[0].rules == Rules()
    assert not two_roots_ui.engine.settings.indexing.gentle


def test_the_tab_key_visits_every_field_and_each_has_an_accessible_name(
    qtbot: QtBot, two_roots_ui: WindowFixture
) -> None:
    dialog = open_dialog(qtbot, two_roots_ui)
    dialog.activateWindow()
    qtbot.waitUntil(dialog.isActiveWindow)
    dialog.page.folders.setFocus()
    kinds = []
    for _ in range(10):
        widget = QApplication.focusWidget()
        assert widget
        named = isinstance(widget, QPushButton | QCheckBox) or widget.accessibleName()
        assert named or any(label.buddy() is widget for label in dialog.findChildren(QLabel))
        kinds.append(type(widget))
        QTest.keyClick(widget, Qt.Key.Key_Tab)
    assert issubclass(kinds[0], QTreeWidget)
    assert kinds[1:3] == [QPushButton] * 2
    assert issubclass(kinds[4], QAbstractSpinBox)
    assert kinds[5:] == [QCheckBox] * 3 + [QPushButton] * 2
    assert QApplication.focusWidget() is dialog.page.folders
    dialog.reject()


def test_a_small_dialog_scrolls_its_page_without_cutting_it_off(qtbot: QtBot, two_roots_ui: WindowFixture) -> None:
    dialog = open_dialog(qtbot, two_roots_ui)
    dialog.resize(1, 1)
    qtbot.waitUntil(lambda: dialog.height() < 300)
    assert dialog.page.visibleRegion().boundingRect().width() >= dialog.page.minimumSizeHint().width()
    assert dialog.width() <= 520
    assert dialog.confirm_button.isVisible()
    dialog.reject()
