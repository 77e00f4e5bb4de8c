from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QDateTime, QLocale, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QProgressBar, QPushButton

from core.library.settings import IndexSettings, Settings
from core.reports import IndexState, Phase
from desktop.settings.dialog import SettingsDialog
from tests.helpers.desktop.window_driver import WindowFixture, activate, button, drop, files, wait_until_idle

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot

REASON = "Nothing answers at http://milvus.example:19530. Start it."
FROM_BLUE = ["blue.png", "indigo.png", "purple.png", "crimson.png", "red.png"]


def go_away(ui: WindowFixture, since: float | None = None) -> None:
    ui.engine.search_index.enter(Phase.AWAY, since=time.time() if since is None else since, reason=REASON)


def paste_nothing(ui: WindowFixture) -> None:
    QApplication.clipboard().setText("no path")
    ui.shell.actions.paste.trigger()


@pytest.fixture
def found(qtbot: QtBot, ui: WindowFixture, photos: Path) -> WindowFixture:
    ui.engine.search_index.enter(Phase.READY)
    drop(ui.window, files(photos / "blue.png"))
    qtbot.waitUntil(lambda: ui.names == FROM_BLUE)
    return ui


def test_an_index_that_is_away_is_told_with_the_time_and_shown_in_the_status_line(
    qtbot: QtBot, empty_ui: WindowFixture
) -> None:
    empty_ui.engine.search_index.settings = Settings(index=IndexSettings(uri="http://milvus.example:19530"))
    since = time.time() - 1
    go_away(empty_ui, since)
    notice = empty_ui.shell.notice
    assert notice.isVisible()
    moment = QLocale().toString(QDateTime.fromSecsSinceEpoch(int(since)).time(), QLocale.FormatType.ShortFormat)
    assert notice.text.startswith(
        f"{REASON} The search index has been unreachable since {moment}. Semblance keeps trying"
    )
    assert notice.accessibleDescription() == notice.text
    empty_ui.engine.search_index.enter(Phase.READY)
    qtbot.waitUntil(lambda: empty_ui.shell.status_text.endswith("http://milvus.example:19530"))
    go_away(empty_ui)
    assert empty_ui.shell.status_text.endswith("http://milvus.example:19530 (not reachable)")


def test_a_time_on_another_day_comes_with_its_date(empty_ui: WindowFixture) -> None:
    since = time.time() - 3 * 24 * 3600
    go_away(empty_ui, since)
    day = QDateTime.fromSecsSinceEpoch(int(since)).date()
    assert QLocale().toString(day, QLocale.FormatType.ShortFormat) in empty_ui.shell.notice.text


def test_an_index_that_is_away_can_be_tried_with_the_keyboard(qtbot: QtBot, empty_ui: WindowFixture) -> None:
    go_away(empty_ui)
    retry = button(empty_ui.shell.notice, "Try again")
    assert retry.focusPolicy() & Qt.FocusPolicy.TabFocus
    retry.setFocus()
    QTest.keyClick(retry, Qt.Key.Key_Space)
    assert empty_ui.engine.search_index.retries == 1
    assert (retry.isEnabled(), retry.text()) == (False, "Trying\N{HORIZONTAL ELLIPSIS}")
    go_away(empty_ui)
    assert retry.isEnabled()


def test_the_other_messages_are_shown_beside_an_index_that_is_away_and_stay_when_it_is_back(
    qtbot: QtBot, found: WindowFixture, tmp_path: Path
) -> None:
    go_away(found)
    paste_nothing(found)
    assert found.shell.notice.isVisible()
    assert found.shell.banner.isVisible()
    found.engine.search_index.enter(Phase.READY)
    assert not found.shell.notice.isVisible()
    assert "contains no picture" in found.shell.banner.text
    assert found.shell.banner.isVisible()


def test_escape_takes_the_message_away_before_the_notice(qtbot: QtBot, found: WindowFixture) -> None:
    go_away(found)
    paste_nothing(found)
    activate(qtbot, found.window)
    QTest.keyClick(found.window, Qt.Key.Key_Escape)
    assert (found.shell.banner.isVisible(), found.shell.notice.isVisible()) == (False, True)
    QTest.keyClick(found.window, Qt.Key.Key_Escape)
    assert not found.shell.notice.isVisible()


def test_a_notice_that_was_dismissed_does_not_come_back_with_every_try(found: WindowFixture) -> None:
    since = time.time()
    go_away(found, since)
    found.shell.notice.hide()
    go_away(found, since)
    assert not found.shell.notice.isVisible()
    found.engine.search_index.enter(Phase.READY)
    go_away(found, since + 3600)
    assert found.shell.notice.isVisible()


def test_a_search_while_the_index_is_away_is_done_when_it_is_back(
    qtbot: QtBot, found: WindowFixture, photos: Path
) -> None:
    go_away(found)
    drop(found.window, files(photos / "red.png"))
    qtbot.waitUntil(lambda: found.results.heading == "Waiting for the search index\N{HORIZONTAL ELLIPSIS}")
    assert found.names == FROM_BLUE
    assert not found.shell.banner.isVisible()
    assert found.query_panel.name == "red.png"
    found.engine.search_index.enter(Phase.READY)
    qtbot.waitUntil(lambda: found.names[0] == "red.png")


def test_a_search_that_finds_the_server_gone_says_it_once(qtbot: QtBot, found: WindowFixture, photos: Path) -> None:
    found.engine.search_index.state = IndexState(Phase.AWAY, reason=REASON)  # nobody has heard yet
    drop(found.window, files(photos / "red.png"))
    qtbot.waitUntil(lambda: found.shell.banner.text == REASON)
    go_away(found)
    assert not found.shell.banner.isVisible()
    found.engine.search_index.enter(Phase.READY)
    qtbot.waitUntil(lambda: found.names[0] == "red.png")


def test_what_is_shown_is_asked_for_again_when_the_index_is_back(qtbot: QtBot, found: WindowFixture) -> None:
    asked = len(found.engine.requests)
    go_away(found)
    found.engine.search_index.enter(Phase.READY)
    qtbot.waitUntil(lambda: len(found.engine.requests) == asked + 1)


def test_an_index_that_opens_at_once_is_not_asked_twice(qtbot: QtBot, found: WindowFixture) -> None:
    asked = len(found.engine.requests)
    found.engine.search_index.enter(Phase.OPENING)
    found.engine.search_index.enter(Phase.READY)
    wait_until_idle(qtbot, found)
    assert len(found.engine.requests) == asked


def test_catching_up_is_shown_when_it_takes_long_and_asked_again_at_its_end(qtbot: QtBot, found: WindowFixture) -> None:
    panel, asked = found.shell.index_progress, len(found.engine.requests)
    found.engine.search_index.enter(Phase.COPYING, 1000, 100_000)
    assert not panel.isVisible()
    qtbot.waitUntil(panel.isVisible)
    words = "Updating the search index: {} of 100,000 photos (you can search meanwhile)"
    assert panel.text == words.format("1,000")
    assert not any(button.isVisible() for button in panel.findChildren(QPushButton))
    found.engine.search_index.enter(Phase.COPYING, 50_000, 100_000)
    assert panel.text == words.format("50,000")
    bar = panel.findChild(QProgressBar)
    assert bar
    assert bar.value() == bar.maximum() // 2
    found.engine.search_index.enter(Phase.READY)
    assert not panel.isVisible()
    qtbot.waitUntil(lambda: len(found.engine.requests) == asked + 1)


def test_an_index_that_is_back_and_catches_up_answers_at_once(qtbot: QtBot, found: WindowFixture) -> None:
    asked = len(found.engine.requests)
    go_away(found)
    found.engine.search_index.enter(Phase.COPYING, 1, 100)
    assert not found.shell.notice.isVisible()
    qtbot.waitUntil(lambda: len(found.engine.requests) == asked + 1)


def test_an_index_that_failed_says_why_and_offers_the_settings(qtbot: QtBot, found: WindowFixture) -> None:
    found.engine.search_index.enter(Phase.FAILED, reason="The server refused the password. Give another.")
    notice = found.shell.notice
    assert notice.text == "The server refused the password. Give another."
    button(notice, "Try again").click()
    assert found.engine.search_index.retries == 1
    button(notice, "Settings\N{HORIZONTAL ELLIPSIS}").click()
    dialog = found.window.findChild(SettingsDialog)
    assert dialog
    assert dialog.isVisible()
    dialog.reject()
    found.engine.search_index.enter(Phase.OPENING)
    assert notice.isVisible()
    found.engine.search_index.enter(Phase.READY)
    assert not notice.isVisible()


def test_an_index_that_cannot_be_opened_is_told_once_at_the_start(qtbot: QtBot, opening_ui: WindowFixture) -> None:
    opening_ui.engine.search_index.enter(Phase.FAILED, reason="The server refused the password.")
    qtbot.waitUntil(lambda: opening_ui.engine.opened)
    wait_until_idle(qtbot, opening_ui)
    assert opening_ui.shell.notice.isVisible()
    assert not opening_ui.shell.banner.isVisible()
    assert not opening_ui.engine.warm
