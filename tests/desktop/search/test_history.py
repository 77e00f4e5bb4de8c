"""Going back to earlier queries, and forward again."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from desktop.search.history import LONGEST, QueryHistory
from desktop.search.query import Query, of_file
from tests.helpers.desktop.window_driver import WindowFixture, activate, drop, files

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

ALT = Qt.KeyboardModifier.AltModifier


def search(qtbot: QtBot, ui: WindowFixture, photo: Path) -> None:
    drop(ui.window, files(photo))
    qtbot.waitUntil(lambda: ui.names[:1] == [photo.name])


def test_back_and_forward_search_again_with_the_earlier_and_later_picture(
    qtbot: QtBot, ui: WindowFixture, photos: Path
) -> None:
    activate(qtbot, ui.window)
    search(qtbot, ui, photos / "blue.png")
    search(qtbot, ui, photos / "red.png")
    QTest.keyClick(ui.window, Qt.Key.Key_Left, ALT)
    qtbot.waitUntil(lambda: ui.names[:1] == ["blue.png"])
    assert ui.query_panel.name == "blue.png"
    QTest.keyClick(ui.window, Qt.Key.Key_Right, ALT)
    qtbot.waitUntil(lambda: ui.names[:1] == ["red.png"])


def test_a_failed_query_is_no_step_of_the_history(qtbot: QtBot, ui: WindowFixture, photos: Path) -> None:
    (photos.parent / "broken.png").write_bytes(b"broken")
    search(qtbot, ui, photos / "blue.png")
    search(qtbot, ui, photos / "red.png")
    drop(ui.window, files(photos.parent / "broken.png"))
    qtbot.waitUntil(lambda: "broken.png" in ui.shell.banner.text)
    activate(qtbot, ui.window)
    QTest.keyClick(ui.window, Qt.Key.Key_Left, ALT)
    qtbot.waitUntil(lambda: ui.names[:1] == ["blue.png"])


def test_a_new_query_takes_the_place_of_those_that_followed() -> None:
    history, chosen = QueryHistory(), list[Query]()
    history.chosen.connect(chosen.append)
    first, second, third = (of_file(Path(f"{number}.png")) for number in range(3))
    assert not history.back.isEnabled()
    history.add(first)
    history.add(second)
    history.back.trigger()
    history.add(first)  # which is searched with again
    assert history.forward.isEnabled()
    history.add(third)
    assert not history.forward.isEnabled()
    history.back.trigger()
    assert chosen == [first, first]
    assert not history.back.isEnabled()


def test_only_the_last_queries_are_kept() -> None:
    history = QueryHistory()
    for number in range(LONGEST + 5):
        history.add(of_file(Path(f"{number}.png")))
    steps = 0
    while history.back.isEnabled():
        history.back.trigger()
        steps += 1
    assert steps == LONGEST - 1
