from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QRect, QSize, QStandardPaths, Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog, QMenu, QPushButton, QSlider, QToolButton, QWidget

from core.errors import LibraryInUseError
from desktop.main_window import MainWindow
from desktop.search.page import SearchPage
from desktop.shell.window_state import WindowState
from desktop.widgets.screen_fit import FRAME
from tests.helpers.desktop.window_driver import WindowFixture, activate, drop, enter, files

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from desktop.tasks import Tasks


def test_a_new_message_replaces_the_last(empty_ui: WindowFixture) -> None:
    banner = empty_ui.shell.banner
    empty_ui.tasks.report(LibraryInUseError("Close the other program."))
    assert banner.isVisible()
    empty_ui.tasks.report(LibraryInUseError("Restart."))
    assert banner.text == "Restart."
    assert banner.accessibleName() == "Message"
    assert banner.accessibleDescription() == "Restart."


def test_a_hint_looks_calmer_than_an_error(empty_ui: WindowFixture) -> None:
    banner = empty_ui.shell.banner
    looks = []
    for show in (banner.show_message, banner.show_hint, banner.show_message):
        show("Close the other program.")
        looks.append(banner.grab().toImage())
    assert looks[0] == looks[2] != looks[1]


def test_a_message_is_dismissed_with_escape(qtbot: QtBot, empty_ui: WindowFixture) -> None:
    empty_ui.tasks.report(LibraryInUseError("Close the other program."))
    activate(qtbot, empty_ui.window)
    QTest.keyClick(empty_ui.window, Qt.Key.Key_Escape)
    assert not empty_ui.shell.banner.isVisible()


def test_a_message_is_dismissed_with_its_button(qtbot: QtBot, empty_ui: WindowFixture) -> None:
    empty_ui.tasks.report(LibraryInUseError("Close the other program."))
    button = empty_ui.shell.banner.findChild(QToolButton)
    assert button
    assert button.focusPolicy() & Qt.FocusPolicy.TabFocus
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    assert not empty_ui.shell.banner.isVisible()


def test_actions_and_drops_are_disabled_until_the_library_is_open(qtbot: QtBot, tasks: Tasks, tmp_path: Path) -> None:
    window = MainWindow(WindowState(tmp_path))
    qtbot.addWidget(window)
    commands = window.shell.actions
    assert [action.isEnabled() for action in (commands.add_folder, commands.paste, commands.open_picture)] == [
        False
    ] * 3
    assert not any(button.isEnabled() for button in window.findChildren(QPushButton) if button.isVisibleTo(window))
    assert not enter(window, files(tmp_path))


def test_every_action_outside_the_help_menu_has_a_unique_shortcut(ui: WindowFixture) -> None:
    menus = [menu for menu in ui.window.menuBar().findChildren(QMenu) if menu.title() not in ("", "&Help")]
    everything = [action for menu in menus for action in menu.actions() if not action.isSeparator()]
    actions = [action for action in everything if action.menu() is None and action.actionGroup() is None]
    assert len(actions) >= 16
    keys = [key.toString() for action in actions for key in action.shortcuts()]
    assert all(action.shortcut() != QKeySequence() for action in actions)
    assert len(keys) == len(set(keys))


def test_the_tab_key_moves_through_the_buttons_and_results_in_order(
    qtbot: QtBot, ui: WindowFixture, photos: Path
) -> None:
    drop(ui.window, files(photos / "blue.png"))
    qtbot.waitUntil(lambda: len(ui.names) == 5)
    ui.window.activateWindow()
    qtbot.waitUntil(ui.results.view.hasFocus)
    order: list[str] = []
    while len(order) == 0 or order[-1] != ui.results.view.accessibleName():
        QTest.keyClick(ui.window.focusWidget(), Qt.Key.Key_Tab)
        widget = ui.window.focusWidget()
        order.append(widget.text().replace("&", "") if isinstance(widget, QPushButton) else widget.accessibleName())
    ellipsis = "\N{HORIZONTAL ELLIPSIS}"
    filters = [
        "Folder with the photos",
        "When the photos were taken",
        "Shape of the photos",
        "Type of the files",
        "Least size of the photos",
        "Camera, or a part of its name",
    ]
    assert order == [
        *("Close", "Search", "Add folder", "Settings", f"Open{ellipsis}", "Paste", *filters),
        *("Order of the photos in each group", "Size of the photos", "Search results, best match first"),
    ]


def test_the_window_size_and_the_last_used_folders_survive_a_restart(
    qtbot: QtBot, empty_ui: WindowFixture, tasks: Tasks, photos: Path, tmp_path: Path
) -> None:
    place = QRect(30, 40, 777, 666)
    empty_ui.window.setGeometry(place)
    state = WindowState(tmp_path / "library")
    state.folder = photos
    state.picture_folder = tmp_path
    empty_ui.window.close()
    again = WindowState(tmp_path / "library")
    window = MainWindow(again)
    qtbot.addWidget(window)
    assert window.geometry().size() == place.size()
    assert (again.folder, again.picture_folder) == (photos, tmp_path)


def test_a_window_closed_on_the_start_page_does_not_save_the_place_of_a_splitter_that_nobody_saw(
    empty_ui: WindowFixture, tmp_path: Path
) -> None:
    assert not empty_ui.query_panel.isVisible()
    empty_ui.window.close()
    assert "splitter" not in (tmp_path / "library" / "window.ini").read_text()


def test_the_size_of_photos_survives_a_restart(qtbot: QtBot, empty_ui: WindowFixture, tmp_path: Path) -> None:
    empty_ui.results.view.set_row_height(240)
    empty_ui.window.close()
    window = MainWindow(WindowState(tmp_path / "library"))
    qtbot.addWidget(window)
    page = SearchPage(window.shell, empty_ui.thumbnails, ())
    qtbot.addWidget(page)
    assert page.results.view.row_height == 240
    assert page.results.findChildren(QSlider)[0].value() == 240


@pytest.mark.parametrize("saved", ["", "large", "-5", "1.5"])
def test_a_saved_size_of_photos_that_makes_no_sense_is_ignored(saved: str, tmp_path: Path) -> None:
    (tmp_path / "window.ini").write_text(f"[General]\nrow_height={saved}\n")
    assert WindowState(tmp_path).row_height == 0


def test_file_dialogs_start_in_a_folder_that_exists(
    empty_ui: WindowFixture, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    state, pictures = empty_ui.shell.window_state, tmp_path / "Pictures"
    monkeypatch.setattr(QStandardPaths, "writableLocation", lambda _: str(pictures))
    state.folder = state.picture_folder = tmp_path / "gone"
    assert _first_folder(empty_ui) == Path.home()
    pictures.mkdir()
    assert _first_folder(empty_ui) == pictures
    state.folder = tmp_path
    assert _first_folder(empty_ui) == tmp_path


def _first_folder(ui: WindowFixture) -> Path:
    """Return the folder in which the dialog for adding a folder starts."""
    ui.shell.actions.add_folder.trigger()
    dialog = ui.window.findChild(QFileDialog)
    assert dialog
    folder = Path(dialog.directory().path())
    dialog.setParent(None)
    dialog.close()
    return folder


def test_the_window_fits_on_its_screen_at_the_first_start_and_after_use_on_a_larger_one(
    qtbot: QtBot, empty_ui: WindowFixture, tmp_path: Path
) -> None:
    available = empty_ui.window.screen().availableGeometry().size()
    first = empty_ui.window.frameGeometry().size()
    assert first == first.boundedTo(available)
    empty_ui.window.setGeometry(QRect(100, 100, 2 * available.width(), 2 * available.height()))
    empty_ui.window.close()
    window = MainWindow(WindowState(tmp_path / "library"))
    qtbot.addWidget(window)
    with qtbot.waitExposed(window):
        window.show()
    restored = window.size()
    assert restored == restored.boundedTo(available)


@pytest.mark.parametrize("has_photos", [False, True])
def test_the_window_fits_on_a_small_screen_with_large_pixels(
    request: pytest.FixtureRequest, *, has_photos: bool
) -> None:
    """A screen of 1366 x 768 at a scale of 2, with a task bar of 40 pixels in height."""
    window = request.getfixturevalue("ui" if has_photos else "empty_ui").window
    available = QSize(1366, 768 - 40) / 2 - FRAME

    assert window.minimumSizeHint().boundedTo(available) == window.minimumSizeHint()
    assert window.minimumSize().boundedTo(available) == window.minimumSize()


def test_the_tab_key_goes_from_a_message_to_the_page_before_the_progress(
    qtbot: QtBot, ui: WindowFixture, photos: Path
) -> None:
    drop(ui.window, files(photos / "blue.png"))
    qtbot.waitUntil(lambda: len(ui.names) == 5)
    ui.tasks.report(LibraryInUseError("Close the other program."))
    assert ui.shell.progress.isVisible()
    activate(qtbot, ui.window)
    dismiss = ui.shell.banner.findChild(QToolButton)
    assert dismiss
    dismiss.setFocus()
    order: list[QWidget] = [dismiss]
    while len(order) == 1 or order[-1] is not dismiss:
        QTest.keyClick(order[-1], Qt.Key.Key_Tab)
        order.append(ui.window.focusWidget())
    page = [place for place, widget in enumerate(order) if ui.shell.stack.isAncestorOf(widget)]
    progress = [place for place, widget in enumerate(order) if ui.shell.progress.isAncestorOf(widget)]
    assert page == list(range(1, len(page) + 1))
    assert progress == [len(page) + 1]
