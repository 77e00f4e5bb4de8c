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
from tests.helpers.desktop.folders_dialog import choose, closed, lines, opened
from tests.helpers.desktop.window_driver import WindowFixture, wait_until_idle

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot


def test_the_folders_are_listed_with_their_photos_and_whether_they_are_there(
    qtbot: QtBot, two: WindowFixture, photos: Path, other: Path
) -> None:
    two.engine.away.add(other)
    dialog = opened(qtbot, two)
    assert lines(dialog) == [(str(photos), "5 photos", "available"), (str(other), "1 photo", "not available")]
    spoken = dialog.page.folders.model().index(1, 0).data(Qt.ItemDataRole.AccessibleTextRole)
    assert spoken == f"{other}, 1 photo, not available"
    assert dialog.page.folders.textElideMode() is Qt.TextElideMode.ElideMiddle
    assert "1 folder is not available" in two.shell.status_text
    dialog.reject()


def test_ok_saves_the_rules_that_changed_and_indexes_those_folders_only(
    qtbot: QtBot, two: WindowFixture, photos: Path, other: Path
) -> None:
    dialog = opened(qtbot, two)
    choose(dialog, two.engine.roots[1])
    dialog.page.form.exclude.setPlainText("*.png\nScreenshots/")
    dialog.page.form.smallest.setValue(20)
    choose(dialog, two.engine.roots[0])
    assert dialog.page.form.exclude.toPlainText() == ""
    QTest.mouseClick(dialog.confirm_button, Qt.MouseButton.LeftButton)
    closed(qtbot, two)
    assert [root.rules for root in two.engine.roots] == [Rules(), Rules("*.png\nScreenshots/", 20_000)]
    assert two.engine.indexed_folders == [(other,)]
    again = opened(qtbot, two)
    choose(again, two.engine.roots[1])
    assert again.page.form.exclude.toPlainText() == "*.png\nScreenshots/"
    assert again.page.form.smallest.value() == 20
    again.reject()


def test_ok_without_a_change_indexes_nothing_and_keeps_rules_to_the_byte(qtbot: QtBot, two: WindowFixture) -> None:
    rules = Rules("*.gif\n\n", 5001)
    two.engine.roots[0] = replace(two.engine.roots[0], rules=rules)
    dialog = opened(qtbot, two)
    assert (dialog.page.form.exclude.toPlainText(), dialog.page.form.smallest.value()) == ("*.gif\n\n", 6)
    assert dialog.page.settings.rules == ()
    dialog.confirm_button.click()
    closed(qtbot, two)
    assert two.engine.roots[0].rules == rules
    assert two.engine.indexed_folders == []


def test_a_folder_that_is_not_connected_gets_its_rules_and_is_indexed_when_it_is_back(
    qtbot: QtBot, two: WindowFixture, other: Path
) -> None:
    two.engine.away.add(other)
    dialog = opened(qtbot, two)
    choose(dialog, two.engine.roots[1])
    dialog.page.form.exclude.setPlainText("*.gif")
    dialog.confirm_button.click()
    closed(qtbot, two)
    assert two.engine.roots[1].rules == Rules("*.gif")
    assert two.engine.indexed_folders == []
    again = opened(qtbot, two)
    choose(again, two.engine.roots[1])
    assert again.page.form.exclude.toPlainText() == "*.gif"
    again.reject()


def test_a_pattern_that_cannot_be_understood_is_told_beside_it_and_can_be_mended(
    qtbot: QtBot, two: WindowFixture, photos: Path, other: Path
) -> None:
    dialog = opened(qtbot, two)
    choose(dialog, two.engine.roots[1])
    dialog.page.form.exclude.setPlainText("[a")
    choose(dialog, two.engine.roots[0])
    dialog.page.form.exclude.setPlainText("*.gif")
    dialog.confirm_button.click()
    wait_until_idle(qtbot, two)
    form = dialog.page.form
    assert dialog.isVisible()
    assert dialog.page.folders.selected_uuid == two.engine.roots[1].uuid
    assert form.error == "The pattern [a cannot be understood. Close its bracket."
    assert form.exclude.accessibleDescription() == form.error
    assert not two.shell.banner.isVisible()
    form.exclude.setPlainText("[a]")
    assert form.error == ""
    form.exclude.setPlainText("a")
    dialog.confirm_button.click()
    closed(qtbot, two)
    assert [root.rules.exclude for root in two.engine.roots] == ["*.gif", "a"]
    assert two.engine.indexed_folders == [(photos, other)]


def test_what_was_taken_over_before_the_trouble_is_indexed_when_the_dialog_is_left(
    qtbot: QtBot, two: WindowFixture, photos: Path
) -> None:
    dialog = opened(qtbot, two)
    for root, patterns in zip(two.engine.roots, ("*.gif", "[a"), strict=True):
        choose(dialog, root)
        dialog.page.form.exclude.setPlainText(patterns)
    dialog.confirm_button.click()
    wait_until_idle(qtbot, two)
    choose(dialog, two.engine.roots[0])
    dialog.page.form.exclude.setPlainText("*.bmp")
    two.engine.changes.put_nowait(Changes(roots=frozenset({"root-0"})))  # after which the folders are shown anew
    qtbot.waitUntil(lambda: bool(two.engine.looked_at))
    wait_until_idle(qtbot, two)
    assert dialog.page.form.exclude.toPlainText() == "*.bmp"
    dialog.reject()
    closed(qtbot, two)
    assert two.engine.roots[0].rules == Rules("*.gif")
    assert two.engine.indexed_folders == [(photos,)]


def test_escape_changes_nothing(qtbot: QtBot, two: WindowFixture) -> None:
    dialog = opened(qtbot, two)
    dialog.page.form.exclude.setPlainText("*.gif")
    dialog.page.gentle.setChecked(True)
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    closed(qtbot, two)
    assert two.engine.roots[0].rules == Rules()
    assert not two.engine.settings.indexing.gentle


def test_the_tab_key_goes_through_the_dialog_and_everything_has_a_name(qtbot: QtBot, two: WindowFixture) -> None:
    dialog = opened(qtbot, two)
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


def test_a_small_screen_scrolls_the_page_and_cuts_nothing_off(qtbot: QtBot, two: WindowFixture) -> None:
    dialog = opened(qtbot, two)
    dialog.resize(1, 1)
    qtbot.waitUntil(lambda: dialog.height() < 300)
    assert dialog.page.visibleRegion().boundingRect().width() >= dialog.page.minimumSizeHint().width()
    assert dialog.width() <= 520
    assert dialog.confirm_button.isVisible()
    dialog.reject()
