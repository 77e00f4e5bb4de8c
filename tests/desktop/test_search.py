from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QMimeData, Qt
from PySide6.QtGui import QColor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QLabel

from core.errors import VectorIndexError
from desktop import messages
from desktop.elided_label import ElidedLabel
from tests.desktop.harness import Desk, drop, files, image, wait_until_idle

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot

FROM_BLUE = ["blue.png", "indigo.png", "purple.png", "crimson.png", "red.png"]


def mean(desk: Desk) -> QColor:
    picture = desk.window.query_panel.pixmap.toImage()
    return QColor() if picture.isNull() else picture.pixelColor(picture.rect().center())


def test_a_dropped_picture_finds_photos_closest_first(qtbot: QtBot, desk: Desk, photos: Path) -> None:
    drop(desk.window, files(photos / "blue.png"))
    qtbot.waitUntil(lambda: desk.names == FROM_BLUE)
    assert desk.window.results.view.isVisible()
    assert desk.window.query_panel.name == "blue.png"
    qtbot.waitUntil(lambda: mean(desk).blue() > 200)


def test_a_dropped_image_is_searched_for_and_shown(qtbot: QtBot, desk: Desk) -> None:
    mime = QMimeData()
    mime.setImageData(image("blue"))
    drop(desk.window, mime)
    qtbot.waitUntil(lambda: desk.names == FROM_BLUE)
    qtbot.waitUntil(lambda: mean(desk).blue() > 200)
    assert desk.window.query_panel.name == "Dropped picture"


def test_an_image_can_be_pasted_with_the_keyboard(qtbot: QtBot, desk: Desk) -> None:
    QApplication.clipboard().setImage(image("blue"))
    desk.window.activateWindow()
    QTest.keyClick(desk.window, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: desk.names == FROM_BLUE)
    assert desk.window.query_panel.name == "Pasted picture"


@pytest.mark.parametrize("as_text", [False, True])
def test_a_file_can_be_pasted_or_its_path(qtbot: QtBot, desk: Desk, photos: Path, *, as_text: bool) -> None:
    mime = files(photos / "blue.png")
    if as_text:
        mime = QMimeData()
        mime.setText(str(photos / "blue.png"))
    QApplication.clipboard().setMimeData(mime)
    desk.window.commands.paste.trigger()
    qtbot.waitUntil(lambda: desk.names == FROM_BLUE)


def test_pasting_nothing_useful_says_what_can_be_pasted(desk: Desk) -> None:
    QApplication.clipboard().setText("no path")
    desk.window.commands.paste.trigger()
    assert "holds no picture" in desk.window.banner.text
    assert desk.engine.queries == []


def test_a_picture_can_be_opened(qtbot: QtBot, desk: Desk, photos: Path) -> None:
    desk.window.commands.open_picture.trigger()
    dialog = desk.window.findChild(QFileDialog)
    assert dialog
    dialog.fileSelected.emit(str(photos / "blue.png"))
    dialog.close()
    qtbot.waitUntil(lambda: desk.names == FROM_BLUE)


def test_a_newer_search_wins(qtbot: QtBot, desk: Desk, photos: Path) -> None:
    desk.engine.search_gate.shut()
    drop(desk.window, files(photos / "red.png"))
    qtbot.waitUntil(lambda: len(desk.engine.queries) == 1)
    drop(desk.window, files(photos / "blue.png"))
    qtbot.waitUntil(lambda: len(desk.engine.queries) == 2)
    shown: list[list[str]] = []
    desk.window.results.model.modelReset.connect(lambda: shown.append(desk.names))
    desk.engine.search_gate.set()
    qtbot.waitUntil(lambda: bool(shown))
    assert shown == [FROM_BLUE]
    assert desk.window.query_panel.name == "blue.png"


def test_a_search_answers_while_a_run_is_under_way_and_again_after_it(
    qtbot: QtBot, desk: Desk, photos: Path, tmp_path: Path
) -> None:
    more = tmp_path / "more"
    more.mkdir()
    image("#0000fe").save(str(more / "navy.png"))
    desk.engine.index_gate.shut()
    drop(desk.window, files(more))
    qtbot.waitUntil(lambda: len(desk.engine.indexed_folders) == 2)
    drop(desk.window, files(photos / "blue.png"))
    qtbot.waitUntil(lambda: desk.names == FROM_BLUE)
    desk.engine.index_gate.set()
    qtbot.waitUntil(lambda: desk.names == ["blue.png", "navy.png", *FROM_BLUE[1:]])


def test_an_unreadable_query_is_told_with_its_name_and_what_was_found_before_stays(
    qtbot: QtBot, desk: Desk, photos: Path, tmp_path: Path
) -> None:
    drop(desk.window, files(photos / "blue.png"))
    qtbot.waitUntil(lambda: desk.names == FROM_BLUE)
    broken = tmp_path / "broken.jpg"
    broken.write_bytes(b"no picture")
    drop(desk.window, files(broken))
    qtbot.waitUntil(desk.window.banner.isVisible)
    assert "broken.jpg" in desk.window.banner.text
    assert "The file is not a picture." in desk.window.banner.text
    assert desk.names == FROM_BLUE
    assert desk.window.results.heading.endswith(messages.quoted("blue.png"))
    assert desk.window.query_panel.name == "blue.png"
    qtbot.waitUntil(lambda: mean(desk).blue() > 200)
    desk.window.commands.update_library.trigger()
    qtbot.waitUntil(lambda: desk.engine.queries[-1] == photos / "blue.png" and len(desk.engine.queries) == 3)


def test_a_first_query_that_is_unreadable_leaves_the_page_that_says_how_to_search(
    qtbot: QtBot, desk: Desk, tmp_path: Path
) -> None:
    drop(desk.window, files(tmp_path / "gone.png"))
    qtbot.waitUntil(desk.window.banner.isVisible)
    assert desk.window.query_panel.name == ""
    assert any("Ctrl+V" in text for text in visible_texts(desk))


def test_weak_finds_are_not_counted_as_photos_like_the_query(qtbot: QtBot, desk: Desk, photos: Path) -> None:
    drop(desk.window, files(photos / "blue.png"))
    qtbot.waitUntil(lambda: desk.names == FROM_BLUE)
    assert desk.window.results.heading == f"4 photos and 1 weak find like {messages.quoted('blue.png')}"


def test_a_heading_too_long_for_the_window_is_cut_with_dots_and_whole_in_its_tool_tip(
    qtbot: QtBot, desk: Desk, photos: Path
) -> None:
    heading = desk.window.results.findChild(ElidedLabel)
    assert heading
    drop(desk.window, files(photos / "blue.png"))
    qtbot.waitUntil(lambda: desk.names == FROM_BLUE)
    assert heading.toolTip() == ""
    desk.window.resize(500, 700)
    qtbot.waitUntil(lambda: heading.toolTip() == desk.window.results.heading)
    assert desk.window.width() == 500


def test_an_index_out_of_reach_is_told_and_the_next_search_works(qtbot: QtBot, desk: Desk, photos: Path) -> None:
    desk.engine.search_error = VectorIndexError("The server does not answer. Start it.")
    drop(desk.window, files(photos / "blue.png"))
    qtbot.waitUntil(lambda: desk.window.banner.text == "The server does not answer. Start it.")
    desk.engine.search_error = None
    drop(desk.window, files(photos / "blue.png"))
    qtbot.waitUntil(lambda: desk.names == FROM_BLUE)


def test_a_search_takes_the_last_message_away(qtbot: QtBot, desk: Desk, photos: Path, tmp_path: Path) -> None:
    drop(desk.window, files(tmp_path / "gone.png"))
    qtbot.waitUntil(desk.window.banner.isVisible)
    drop(desk.window, files(photos / "blue.png"))
    qtbot.waitUntil(lambda: desk.names == FROM_BLUE)
    assert not desk.window.banner.isVisible()


def test_results_stay_when_their_picture_is_gone_after_a_run(
    qtbot: QtBot, desk: Desk, photos: Path, tmp_path: Path
) -> None:
    picture = tmp_path / "picture.png"
    image("blue").save(str(picture))
    drop(desk.window, files(picture))
    qtbot.waitUntil(lambda: desk.names == FROM_BLUE)
    picture.unlink()
    desk.window.commands.update_library.trigger()
    qtbot.waitUntil(lambda: len(desk.engine.queries) == 2)
    wait_until_idle(qtbot, desk)
    assert desk.names == FROM_BLUE
    assert desk.window.query_panel.name == "picture.png"
    assert not desk.window.banner.isVisible()


def test_a_first_search_that_a_run_repeats_in_vain_is_told(
    qtbot: QtBot, desk: Desk, photos: Path, tmp_path: Path
) -> None:
    desk.engine.search_gate.shut()
    drop(desk.window, files(tmp_path / "gone.png"))
    qtbot.waitUntil(lambda: len(desk.engine.queries) == 1)
    desk.window.commands.update_library.trigger()
    qtbot.waitUntil(lambda: len(desk.engine.queries) == 2)
    desk.engine.search_gate.set()
    qtbot.waitUntil(lambda: "gone.png" in desk.window.banner.text)
    assert desk.window.query_panel.name == ""


@pytest.mark.parametrize("pasted", [False, True])
def test_a_picture_for_a_library_without_photos_says_what_to_do_first(
    empty_desk: Desk, photos: Path, *, pasted: bool
) -> None:
    if pasted:
        QApplication.clipboard().setMimeData(files(photos / "blue.png"))
        empty_desk.window.commands.paste.trigger()
    else:
        drop(empty_desk.window, files(photos / "blue.png"))
    assert empty_desk.window.banner.isVisible()
    assert "Add a folder with photos first" in empty_desk.window.banner.text
    assert empty_desk.engine.queries == []


def test_an_empty_library_finds_nothing_and_says_so(qtbot: QtBot, empty_desk: Desk, photos: Path) -> None:
    empty_desk.engine.index_gate.shut()
    drop(empty_desk.window, files(photos))
    qtbot.waitUntil(lambda: bool(empty_desk.engine.indexed_folders))
    drop(empty_desk.window, files(photos / "blue.png"))
    qtbot.waitUntil(lambda: "There is no photo to show yet" in visible_texts(empty_desk))


def visible_texts(desk: Desk) -> list[str]:
    return [label.text() for label in desk.window.findChildren(QLabel) if label.isVisible()]


def test_a_library_without_a_query_says_how_to_search(desk: Desk) -> None:
    assert any("Ctrl+V" in text and "Ctrl+F" in text for text in visible_texts(desk))
