from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QMimeData, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog, QLabel, QProgressBar, QPushButton

from core.errors import VectorIndexError
from core.reports import Progress, Stage
from core.types import Failure
from desktop.shell.progress_panel import STEPS
from tests.helpers.desktop.window_driver import WindowFixture, button, drop, enter, files, image, leave

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot


def test_a_dropped_folder_is_added_and_indexed(qtbot: QtBot, empty_ui: WindowFixture, photos: Path) -> None:
    drop(empty_ui.window, files(photos))
    qtbot.waitUntil(lambda: empty_ui.shell.progress.text == "Done: 5 indexed")
    assert empty_ui.engine.indexed_folders == [(photos,)]
    assert [root.path for root in empty_ui.engine.roots] == [photos]
    qtbot.waitUntil(lambda: empty_ui.shell.status_text == "5 photos")


def test_several_folders_dropped_at_once_are_indexed_in_one_run(
    qtbot: QtBot, empty_ui: WindowFixture, tmp_path: Path
) -> None:
    folders = [tmp_path / name for name in ("one", "two")]
    for folder in folders:
        folder.mkdir()
    drop(empty_ui.window, files(*folders))
    qtbot.waitUntil(lambda: empty_ui.engine.indexed_folders == [tuple(folders)])


def test_a_folder_dropped_during_a_run_is_indexed_after_it(
    qtbot: QtBot, empty_ui: WindowFixture, photos: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    other.mkdir()
    image("green").save(str(other / "green.png"))
    engine = empty_ui.engine
    engine.index_gate.shut()
    drop(empty_ui.window, files(photos))
    qtbot.waitUntil(lambda: engine.indexed_folders == [(photos,)])
    drop(empty_ui.window, files(other))
    qtbot.waitUntil(lambda: len(engine.roots) == 2)
    assert engine.indexed_folders == [(photos,)]
    engine.index_gate.set()
    qtbot.waitUntil(lambda: len(engine.photos) == 6)
    assert engine.indexed_folders == [(photos,), (other,)]
    assert engine.cancelled_runs == 0


def test_progress_is_shown_during_a_run(qtbot: QtBot, empty_ui: WindowFixture, photos: Path) -> None:
    empty_ui.engine.index_gate.shut()
    drop(empty_ui.window, files(photos))
    progress = empty_ui.shell.progress
    line = "0 of 5 photos \N{MIDDLE DOT} 35 photos/s \N{MIDDLE DOT} 2 min left"
    qtbot.waitUntil(lambda: progress.text == line)
    bar = progress.findChild(QProgressBar)
    assert bar
    assert (bar.value(), bar.maximum()) == (0, STEPS)
    assert bar.isVisible()
    empty_ui.engine.index_gate.set()
    qtbot.waitUntil(lambda: not bar.isVisible())
    assert progress.isVisible()


def test_stop_ends_the_current_run_and_drops_those_that_wait(
    qtbot: QtBot, empty_ui: WindowFixture, photos: Path
) -> None:
    engine = empty_ui.engine
    engine.index_gate.shut()
    drop(empty_ui.window, files(photos))
    drop(empty_ui.window, files(photos))
    qtbot.waitUntil(lambda: bool(engine.indexed_folders))
    QTest.mouseClick(button(empty_ui.shell.progress, "Stop"), Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: empty_ui.shell.progress.text.startswith("Stopped. 5 photos are still to be indexed."))
    qtbot.waitUntil(lambda: not empty_ui.shell.actions.stop.isEnabled())
    assert engine.cancelled_runs == 1
    assert len(engine.indexed_folders) == 1


def test_a_run_that_is_stopping_says_so_until_it_has_stopped(
    qtbot: QtBot, empty_ui: WindowFixture, photos: Path
) -> None:
    empty_ui.engine.index_gate.shut()
    drop(empty_ui.window, files(photos))
    progress = empty_ui.shell.progress
    qtbot.waitUntil(lambda: progress.text.startswith("0 of 5"))
    progress.ask_to_stop()
    progress.show_progress(Progress(Stage.EMBEDDING, 1, 5))
    assert progress.text == "Stopping\N{HORIZONTAL ELLIPSIS}"
    qtbot.waitUntil(lambda: progress.text.startswith("Stopped"))


def test_a_folder_dropped_while_a_run_is_stopping_is_indexed_after_it(
    qtbot: QtBot, empty_ui: WindowFixture, photos: Path
) -> None:
    engine = empty_ui.engine
    engine.index_gate.shut()
    drop(empty_ui.window, files(photos))
    qtbot.waitUntil(lambda: bool(engine.indexed_folders))
    empty_ui.shell.actions.stop.trigger()
    drop(empty_ui.window, files(photos))
    engine.index_gate.set()
    qtbot.waitUntil(lambda: len(engine.photos) == 5)
    assert engine.cancelled_runs == 1


def test_update_indexes_all_roots_again(qtbot: QtBot, ui: WindowFixture, photos: Path) -> None:
    (photos / "broken.png").write_bytes(b"broken")
    ui.shell.actions.update_library.trigger()
    qtbot.waitUntil(lambda: ui.shell.progress.text == "Done: 5 already indexed, 1 could not be read")
    assert ui.engine.indexed_folders == [(photos,), (photos,)]
    button(ui.shell.progress, "Close").click()
    assert not ui.shell.progress.isVisible()


def test_a_report_counts_unreadable_folders_and_gives_reasons_in_its_tool_tip(
    qtbot: QtBot, ui: WindowFixture, photos: Path
) -> None:
    (photos / "broken.png").write_bytes(b"broken")
    ui.engine.unlisted_folders = (Failure(photos / "private", "You may not read this folder."),)
    ui.shell.actions.update_library.trigger()
    progress = ui.shell.progress
    done = "Done: 5 already indexed, 1 could not be read, 1 folder could not be read"
    qtbot.waitUntil(lambda: progress.text == done)
    tip = next(label.toolTip() for label in progress.findChildren(QLabel) if label.text() == done)
    assert f"{photos / 'private'}: You may not read this folder." in tip
    assert f"{photos / 'broken.png'}: It is damaged." in tip


def test_an_empty_root_can_be_updated(qtbot: QtBot, empty_ui: WindowFixture, tmp_path: Path) -> None:
    folder = tmp_path / "empty"
    folder.mkdir()
    update = empty_ui.shell.actions.update_library
    assert not update.isEnabled()
    drop(empty_ui.window, files(folder))
    qtbot.waitUntil(update.isEnabled)
    image("green").save(str(folder / "green.png"))
    update.trigger()
    qtbot.waitUntil(lambda: len(empty_ui.engine.photos) == 1)


def test_a_report_without_photos_mentions_an_offline_root(
    qtbot: QtBot, empty_ui: WindowFixture, tmp_path: Path
) -> None:
    folder = tmp_path / "drive"
    folder.mkdir()
    drop(empty_ui.window, files(folder))
    progress, update = empty_ui.shell.progress, empty_ui.shell.actions.update_library
    qtbot.waitUntil(lambda: progress.text == "Done: no photos found" and update.isEnabled())
    empty_ui.engine.offline.add(folder)
    update.trigger()
    qtbot.waitUntil(lambda: progress.text == "Done: no photos found; 1 folder is not available")


def test_repeating_a_failed_first_run_hides_its_message(qtbot: QtBot, empty_ui: WindowFixture, photos: Path) -> None:
    update, banner = empty_ui.shell.actions.update_library, empty_ui.shell.banner
    empty_ui.engine.index_error = VectorIndexError("The server does not answer. Start it.")
    drop(empty_ui.window, files(photos))
    qtbot.waitUntil(banner.isVisible)
    qtbot.waitUntil(update.isEnabled)
    empty_ui.engine.index_error = None
    update.trigger()
    assert not banner.isVisible()
    qtbot.waitUntil(lambda: len(empty_ui.engine.photos) == 5)


def test_a_missing_folder_is_reported_and_the_others_are_indexed(
    qtbot: QtBot, empty_ui: WindowFixture, photos: Path, tmp_path: Path
) -> None:
    empty_ui.query_input.folders_chosen.emit((tmp_path / "gone", photos))
    qtbot.waitUntil(lambda: len(empty_ui.engine.photos) == 5)
    assert "gone. Choose one that exists." in empty_ui.shell.banner.text


def test_the_button_of_an_empty_library_opens_a_folder_dialog_without_blocking(
    qtbot: QtBot, empty_ui: WindowFixture, photos: Path
) -> None:
    buttons = empty_ui.window.findChildren(QPushButton)
    (add,) = (button for button in buttons if button.isVisible() and button.text().startswith("&Add folder"))
    assert add.isEnabled()
    QTest.mouseClick(add, Qt.MouseButton.LeftButton)
    dialog = empty_ui.window.findChild(QFileDialog)
    assert dialog
    dialog.fileSelected.emit(str(photos))
    dialog.close()
    qtbot.waitUntil(lambda: len(empty_ui.engine.photos) == 5)
    assert not add.isVisible()


def test_dragging_something_usable_shows_the_overlay_on_the_whole_window(
    empty_ui: WindowFixture, tmp_path: Path
) -> None:
    window = empty_ui.window
    other = QMimeData()
    other.setData("application/x-rows", b"rows")
    assert not enter(window, other)
    assert not window.overlay.isVisible()
    assert enter(window, files(tmp_path / "no such file.jpg"))
    assert window.overlay.isVisible()
    assert window.overlay.geometry() == window.rect()
    leave(window)
    assert not window.overlay.isVisible()
