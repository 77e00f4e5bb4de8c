from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QMimeData, Qt, QUrl
from PySide6.QtGui import QColor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QLabel, QWidget

from core.errors import VectorIndexError
from core.reports import Phase
from desktop.texts import messages
from desktop.widgets.elided_label import ElidedLabel
from desktop.widgets.icons import Glyph
from tests.helpers.desktop.window_driver import (
    WindowFixture,
    activate,
    button,
    drop,
    files,
    image,
    shows,
    wait_until_idle,
)

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

FROM_BLUE = ["blue.png", "indigo.png", "purple.png", "crimson.png", "red.png"]
ADDRESS = "https://example.org/photo.jpg"


def query_colour(ui: WindowFixture) -> QColor:
    picture = ui.query_panel.pixmap.toImage()
    return QColor() if picture.isNull() else picture.pixelColor(picture.rect().center())


def test_dropping_a_picture_shows_the_closest_photos_first(qtbot: QtBot, ui: WindowFixture, photos: Path) -> None:
    drop(ui.window, files(photos / "blue.png"))
    qtbot.waitUntil(lambda: ui.names == FROM_BLUE)
    assert ui.results.view.isVisible()
    assert ui.query_panel.name == "blue.png"
    qtbot.waitUntil(lambda: query_colour(ui).blue() > 200)


def test_a_dropped_image_is_searched_for_and_shown(qtbot: QtBot, ui: WindowFixture) -> None:
    mime = QMimeData()
    mime.setImageData(image("blue"))
    drop(ui.window, mime)
    qtbot.waitUntil(lambda: ui.names == FROM_BLUE)
    qtbot.waitUntil(lambda: query_colour(ui).blue() > 200)
    assert ui.query_panel.name == "Dropped picture"


def test_an_image_can_be_pasted_with_the_keyboard(qtbot: QtBot, ui: WindowFixture) -> None:
    QApplication.clipboard().setImage(image("blue"))
    activate(qtbot, ui.window)
    QTest.keyClick(ui.window, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: ui.names == FROM_BLUE)
    assert ui.query_panel.name == "Pasted picture"


@pytest.mark.parametrize("as_text", [False, True])
def test_a_file_or_its_path_can_be_pasted(qtbot: QtBot, ui: WindowFixture, photos: Path, *, as_text: bool) -> None:
    mime = files(photos / "blue.png")
    if as_text:
        mime = QMimeData()
        mime.setText(str(photos / "blue.png"))
    QApplication.clipboard().setMimeData(mime)
    ui.shell.actions.paste.trigger()
    qtbot.waitUntil(lambda: ui.names == FROM_BLUE)


def test_pasting_text_that_is_no_path_shows_a_message(ui: WindowFixture) -> None:
    QApplication.clipboard().setText("no path")
    ui.shell.actions.paste.trigger()
    assert ui.shell.banner.text == messages.no_path()
    assert ui.engine.requests == []


def web_link() -> QMimeData:
    mime = QMimeData()
    mime.setUrls([QUrl(ADDRESS)])
    return mime


def test_a_web_address_is_fetched_and_searched_with(qtbot: QtBot, ui: WindowFixture, photos: Path) -> None:
    ui.engine.web_pictures[ADDRESS] = (photos / "blue.png").read_bytes()
    drop(ui.window, web_link())
    qtbot.waitUntil(lambda: ui.names == FROM_BLUE)
    qtbot.waitUntil(lambda: shows(ui.query_panel.pixmap.toImage(), "blue"))
    assert ui.query_panel.name == "photo.jpg"
    assert not ui.shell.banner.isVisible()


def test_a_web_address_that_has_no_picture_is_reported_and_the_last_results_stay(
    qtbot: QtBot, ui: WindowFixture, photos: Path
) -> None:
    drop(ui.window, files(photos / "blue.png"))
    qtbot.waitUntil(lambda: ui.names == FROM_BLUE)
    drop(ui.window, web_link())
    qtbot.waitUntil(lambda: "The server has no picture there." in ui.shell.banner.text)
    assert ui.query_panel.name == "blue.png"
    assert ui.results.heading.endswith("like \N{LEFT DOUBLE QUOTATION MARK}blue.png\N{RIGHT DOUBLE QUOTATION MARK}")


def test_fetching_a_web_address_can_be_stopped(qtbot: QtBot, ui: WindowFixture, photos: Path) -> None:
    drop(ui.window, files(photos / "blue.png"))
    qtbot.waitUntil(lambda: ui.names == FROM_BLUE)
    ui.engine.fetch_gate.shut()
    drop(ui.window, web_link())
    qtbot.waitUntil(lambda: ui.shell.banner.text.startswith("Fetching"))
    QTest.mouseClick(button(ui.shell.banner, "Stop"), Qt.MouseButton.LeftButton)
    wait_until_idle(qtbot, ui)
    assert ui.query_panel.name == "blue.png"
    assert not ui.shell.banner.isVisible()
    assert len(ui.engine.requests) == 1


def test_a_fetched_picture_is_not_fetched_again_when_photos_change(
    qtbot: QtBot, ui: WindowFixture, photos: Path, tmp_path: Path
) -> None:
    ui.engine.web_pictures[ADDRESS] = (photos / "blue.png").read_bytes()
    drop(ui.window, web_link())
    qtbot.waitUntil(lambda: ui.names == FROM_BLUE)
    ui.engine.web_pictures.clear()
    (tmp_path / "more").mkdir()
    image("#0000fe").save(str(tmp_path / "more" / "navy.png"))
    drop(ui.window, files(tmp_path / "more"))
    qtbot.waitUntil(lambda: "navy.png" in ui.names)


def test_dropping_several_pictures_says_that_the_first_is_searched_for(
    qtbot: QtBot, ui: WindowFixture, photos: Path
) -> None:
    drop(ui.window, files(photos / "blue.png", photos / "red.png", photos / "purple.png"))
    assert ui.shell.banner.text == "Searching with the first of 3 pictures."
    qtbot.waitUntil(lambda: ui.names == FROM_BLUE)
    assert ui.shell.banner.isVisible()


def test_a_folder_dropped_with_a_picture_is_added_and_the_picture_is_searched_for(
    qtbot: QtBot, empty_ui: WindowFixture, photos: Path
) -> None:
    drop(empty_ui.window, files(photos / "blue.png", photos))
    qtbot.waitUntil(lambda: empty_ui.names == FROM_BLUE)
    assert not empty_ui.shell.banner.isVisible()


def test_a_picture_can_be_chosen_with_the_file_dialog(qtbot: QtBot, ui: WindowFixture, photos: Path) -> None:
    ui.shell.actions.open_picture.trigger()
    dialog = ui.window.findChild(QFileDialog)
    assert dialog
    dialog.fileSelected.emit(str(photos / "blue.png"))
    dialog.close()
    qtbot.waitUntil(lambda: ui.names == FROM_BLUE)


def test_the_file_dialog_shows_pictures_first_in_the_folder_last_used(ui: WindowFixture, photos: Path) -> None:
    ui.shell.window_state.picture_folder = photos
    ui.shell.actions.open_picture.trigger()
    dialog = ui.window.findChild(QFileDialog)
    assert dialog
    assert Path(dialog.directory().path()) == photos
    assert dialog.nameFilters() == ["Pictures (*.jfif *.JFIF *.png *.PNG)", "All files (*)"]
    dialog.close()


def test_a_newer_search_replaces_an_older_one(qtbot: QtBot, ui: WindowFixture, photos: Path) -> None:
    ui.engine.search_gate.shut()
    drop(ui.window, files(photos / "red.png"))
    qtbot.waitUntil(lambda: len(ui.engine.requests) == 1)
    drop(ui.window, files(photos / "blue.png"))
    qtbot.waitUntil(lambda: len(ui.engine.requests) == 2)
    shown: list[list[str]] = []
    ui.results.model.modelReset.connect(lambda: shown.append(ui.names))
    ui.engine.search_gate.set()
    qtbot.waitUntil(lambda: bool(shown))
    assert shown == [FROM_BLUE]
    assert ui.query_panel.name == "blue.png"


def test_a_search_works_during_a_run_and_is_repeated_after_it(
    qtbot: QtBot, ui: WindowFixture, photos: Path, tmp_path: Path
) -> None:
    more = tmp_path / "more"
    more.mkdir()
    image("#0000fe").save(str(more / "navy.png"))
    ui.engine.index_gate.shut()
    drop(ui.window, files(more))
    qtbot.waitUntil(lambda: len(ui.engine.indexed_folders) == 2)
    drop(ui.window, files(photos / "blue.png"))
    qtbot.waitUntil(lambda: ui.names == FROM_BLUE)
    ui.engine.index_gate.set()
    qtbot.waitUntil(lambda: ui.names == ["blue.png", "navy.png", *FROM_BLUE[1:]])


def test_an_unreadable_query_is_reported_by_name_and_the_earlier_results_stay(
    qtbot: QtBot, ui: WindowFixture, photos: Path, tmp_path: Path
) -> None:
    drop(ui.window, files(photos / "blue.png"))
    qtbot.waitUntil(lambda: ui.names == FROM_BLUE)
    broken = tmp_path / "broken.jpg"
    broken.write_bytes(b"no picture")
    drop(ui.window, files(broken))
    qtbot.waitUntil(ui.shell.banner.isVisible)
    assert "broken.jpg" in ui.shell.banner.text
    assert "The file is not a picture." in ui.shell.banner.text
    assert ui.names == FROM_BLUE
    assert ui.results.heading.endswith(messages.quoted("blue.png"))
    assert ui.query_panel.name == "blue.png"
    qtbot.waitUntil(lambda: query_colour(ui).blue() > 200)
    ui.shell.actions.update_library.trigger()
    qtbot.waitUntil(
        lambda: ui.engine.requests[-1].pictures[0].source == photos / "blue.png" and len(ui.engine.requests) == 3
    )


def test_the_instructions_stay_when_the_first_query_is_unreadable(
    qtbot: QtBot, ui: WindowFixture, tmp_path: Path
) -> None:
    drop(ui.window, files(tmp_path / "gone.png"))
    qtbot.waitUntil(ui.shell.banner.isVisible)
    assert ui.query_panel.name == ""
    assert any("Ctrl+V" in text for text in visible_texts(ui))


def test_weak_matches_are_counted_separately_in_the_heading(qtbot: QtBot, ui: WindowFixture, photos: Path) -> None:
    drop(ui.window, files(photos / "blue.png"))
    qtbot.waitUntil(lambda: ui.names == FROM_BLUE)
    assert ui.results.heading == f"4 photos and 1 weak match like {messages.quoted('blue.png')}"


def test_a_heading_too_long_for_the_window_is_elided_and_complete_in_its_tool_tip(
    qtbot: QtBot, ui: WindowFixture, photos: Path
) -> None:
    heading = ui.results.findChild(ElidedLabel)
    assert heading
    drop(ui.window, files(photos / "blue.png"))
    qtbot.waitUntil(lambda: ui.names == FROM_BLUE)
    ui.window.resize(1300, 700)
    qtbot.waitUntil(lambda: heading.toolTip() == "")
    ui.window.resize(620, 700)
    qtbot.waitUntil(lambda: heading.toolTip() == ui.results.heading)
    assert ui.window.width() == 620


def test_an_unreachable_index_is_reported_and_the_next_search_works(
    qtbot: QtBot, ui: WindowFixture, photos: Path
) -> None:
    ui.engine.search_error = VectorIndexError("The server does not answer. Start it.")
    drop(ui.window, files(photos / "blue.png"))
    qtbot.waitUntil(lambda: ui.shell.banner.text == "The server does not answer. Start it.")
    ui.engine.search_error = None
    drop(ui.window, files(photos / "blue.png"))
    qtbot.waitUntil(lambda: ui.names == FROM_BLUE)


def test_a_search_hides_the_last_message(qtbot: QtBot, ui: WindowFixture, photos: Path, tmp_path: Path) -> None:
    drop(ui.window, files(tmp_path / "gone.png"))
    qtbot.waitUntil(ui.shell.banner.isVisible)
    drop(ui.window, files(photos / "blue.png"))
    qtbot.waitUntil(lambda: ui.names == FROM_BLUE)
    assert not ui.shell.banner.isVisible()


def test_results_stay_when_the_query_file_is_gone_after_a_run(
    qtbot: QtBot, ui: WindowFixture, photos: Path, tmp_path: Path
) -> None:
    picture = tmp_path / "picture.png"
    image("blue").save(str(picture))
    drop(ui.window, files(picture))
    qtbot.waitUntil(lambda: ui.names == FROM_BLUE)
    picture.unlink()
    ui.shell.actions.update_library.trigger()
    qtbot.waitUntil(lambda: len(ui.engine.requests) == 2)
    wait_until_idle(qtbot, ui)
    assert ui.names == FROM_BLUE
    assert ui.query_panel.name == "picture.png"
    assert not ui.shell.banner.isVisible()


def test_a_first_search_that_still_fails_when_repeated_after_a_run_is_reported(
    qtbot: QtBot, ui: WindowFixture, photos: Path, tmp_path: Path
) -> None:
    ui.engine.search_gate.shut()
    drop(ui.window, files(tmp_path / "gone.png"))
    qtbot.waitUntil(lambda: len(ui.engine.requests) == 1)
    ui.shell.actions.update_library.trigger()
    qtbot.waitUntil(lambda: len(ui.engine.requests) == 2)
    ui.engine.search_gate.set()
    qtbot.waitUntil(lambda: "gone.png" in ui.shell.banner.text)
    assert ui.query_panel.name == ""


@pytest.mark.parametrize("pasted", [False, True])
def test_a_query_on_an_empty_library_asks_for_a_folder_first(
    empty_ui: WindowFixture, photos: Path, *, pasted: bool
) -> None:
    if pasted:
        QApplication.clipboard().setMimeData(files(photos / "blue.png"))
        empty_ui.shell.actions.paste.trigger()
    else:
        drop(empty_ui.window, files(photos / "blue.png"))
    assert empty_ui.shell.banner.isVisible()
    assert "Add a folder with photos first" in empty_ui.shell.banner.text
    assert empty_ui.engine.requests == []


def test_the_last_picture_given_to_an_empty_library_is_searched_for_once_there_are_photos(
    qtbot: QtBot, empty_ui: WindowFixture, photos: Path
) -> None:
    drop(empty_ui.window, files(photos / "red.png"))
    drop(empty_ui.window, files(photos / "blue.png"))
    drop(empty_ui.window, files(photos))
    assert empty_ui.query_panel.name == "blue.png"
    assert not empty_ui.shell.banner.isVisible()
    qtbot.waitUntil(lambda: empty_ui.names == FROM_BLUE)


def test_a_search_is_repeated_as_soon_as_the_first_photos_are_searchable(
    qtbot: QtBot, empty_ui: WindowFixture, photos: Path
) -> None:
    engine, library = empty_ui.engine, empty_ui.shell.library
    engine.index_gate.shut()
    engine.store_gate.shut()
    drop(empty_ui.window, files(photos, photos / "blue.png"))
    qtbot.waitUntil(lambda: "No photos to show yet" in visible_texts(empty_ui))
    engine.index_gate.set()
    qtbot.waitUntil(lambda: len(engine.photos) == 5)
    assert library.status
    library.set_status(replace(library.status, photos=5, searchable=5))
    qtbot.waitUntil(lambda: empty_ui.names == FROM_BLUE)
    assert empty_ui.shell.actions.stop.isEnabled()


def test_a_search_before_any_photo_is_indexed_says_that_there_are_none_yet(
    qtbot: QtBot, empty_ui: WindowFixture, photos: Path
) -> None:
    empty_ui.engine.index_gate.shut()
    drop(empty_ui.window, files(photos))
    qtbot.waitUntil(lambda: bool(empty_ui.engine.indexed_folders))
    drop(empty_ui.window, files(photos / "blue.png"))
    qtbot.waitUntil(lambda: "No photos to show yet" in visible_texts(empty_ui))


def visible_texts(ui: WindowFixture) -> list[str]:
    return [label.text() for label in ui.window.findChildren(QLabel) if label.isVisible()]


def test_the_window_shows_how_to_search_before_the_first_query(ui: WindowFixture) -> None:
    assert any("Ctrl+V" in text and "Ctrl+F" in text for text in visible_texts(ui))


def test_a_search_that_cannot_be_repeated_after_a_run_is_told_and_logged(
    qtbot: QtBot, ui: WindowFixture, photos: Path, caplog: pytest.LogCaptureFixture
) -> None:
    drop(ui.window, files(photos / "blue.png"))
    qtbot.waitUntil(lambda: ui.names == FROM_BLUE)
    ui.engine.search_error = VectorIndexError("The index is damaged. Rebuild it.")
    ui.shell.actions.update_library.trigger()
    qtbot.waitUntil(lambda: ui.shell.banner.text == "The index is damaged. Rebuild it.")
    assert "The index is damaged." in caplog.text
    assert ui.names == FROM_BLUE


def test_a_repeated_search_repeats_nothing_that_the_notice_says(
    qtbot: QtBot, ui: WindowFixture, photos: Path, caplog: pytest.LogCaptureFixture
) -> None:
    drop(ui.window, files(photos / "blue.png"))
    qtbot.waitUntil(lambda: ui.names == FROM_BLUE)
    ui.engine.search_index.enter(Phase.UNREACHABLE, reason="Nothing answers.")
    ui.shell.actions.update_library.trigger()
    qtbot.waitUntil(lambda: "Nothing answers." in caplog.text)
    wait_until_idle(qtbot, ui)
    assert ui.shell.notice.isVisible()
    assert not ui.shell.banner.isVisible()


def test_a_search_shows_its_page_in_place_of_another(qtbot: QtBot, ui: WindowFixture, photos: Path) -> None:
    other = QWidget()
    ui.shell.add_page(other, "Other", Glyph.IMAGE, "Ctrl+7")
    ui.shell.show_page(other)
    assert not ui.results.isVisible()
    drop(ui.window, files(photos / "blue.png"))
    assert ui.results.isVisible()
    qtbot.waitUntil(lambda: ui.names == FROM_BLUE)
