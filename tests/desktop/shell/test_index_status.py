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


def make_index_unreachable(ui: WindowFixture, since: float | None = None) -> None:
    ui.engine.search_index.enter(Phase.UNREACHABLE, since=time.time() if since is None else since, reason=REASON)


def paste_text_that_is_no_path(ui: WindowFixture) -> None:
    QApplication.clipboard().setText("no path")
    ui.shell.actions.paste.trigger()


@pytest.fixture
def results_ui(qtbot: QtBot, ui: WindowFixture, photos: Path) -> WindowFixture:
    ui.engine.search_index.enter(Phase.READY)
    drop(ui.window, files(photos / "blue.png"))
    qtbot.waitUntil(lambda: ui.names == FROM_BLUE)
    return ui


def test_an_unreachable_index_is_shown_in_a_notice_with_the_time_and_in_the_status_line(
    qtbot: QtBot, empty_ui: WindowFixture
) -> None:
    empty_ui.engine.search_index.settings = Settings(index=IndexSettings(uri="http://milvus.example:19530"))
    since = time.time() - 1
    make_index_unreachable(empty_ui, since)
    notice = empty_ui.shell.notice
    assert notice.isVisible()
    moment = QLocale().toString(QDateTime.fromSecsSinceEpoch(int(since)).time(), QLocale.FormatType.ShortFormat)
    assert notice.text.startswith(
        f"{REASON} The search index has been unreachable since {moment}. Semblance keeps trying"
    )
    assert notice.accessibleDescription() == notice.text
    empty_ui.engine.search_index.enter(Phase.READY)
    qtbot.waitUntil(lambda: "reachable" not in empty_ui.shell.status_text)
    make_index_unreachable(empty_ui)
    assert empty_ui.shell.status_text.endswith("search index not reachable")


def test_the_notice_includes_the_date_if_the_index_was_lost_on_another_day(empty_ui: WindowFixture) -> None:
    since = time.time() - 3 * 24 * 3600
    make_index_unreachable(empty_ui, since)
    day = QDateTime.fromSecsSinceEpoch(int(since)).date()
    assert QLocale().toString(day, QLocale.FormatType.ShortFormat) in empty_ui.shell.notice.text


def test_an_unreachable_index_can_be_retried_with_the_keyboard(qtbot: QtBot, empty_ui: WindowFixture) -> None:
    make_index_unreachable(empty_ui)
    retry = button(empty_ui.shell.notice, "Try again")
    assert retry.focusPolicy() & Qt.FocusPolicy.TabFocus
    retry.setFocus()
    QTest.keyClick(retry, Qt.Key.Key_Space)
    assert empty_ui.engine.search_index.retries == 1
    assert (retry.isEnabled(), retry.text()) == (False, "Trying\N{HORIZONTAL ELLIPSIS}")
    make_index_unreachable(empty_ui)
    assert retry.isEnabled()


def test_other_messages_are_shown_beside_the_notice_and_stay_when_the_index_is_back(
    qtbot: QtBot, results_ui: WindowFixture, tmp_path: Path
) -> None:
    make_index_unreachable(results_ui)
    paste_text_that_is_no_path(results_ui)
    assert results_ui.shell.notice.isVisible()
    assert results_ui.shell.banner.isVisible()
    results_ui.engine.search_index.enter(Phase.READY)
    assert not results_ui.shell.notice.isVisible()
    assert "not the path of a picture" in results_ui.shell.banner.text
    assert results_ui.shell.banner.isVisible()


def test_escape_dismisses_the_message_before_the_notice(qtbot: QtBot, results_ui: WindowFixture) -> None:
    make_index_unreachable(results_ui)
    paste_text_that_is_no_path(results_ui)
    activate(qtbot, results_ui.window)
    QTest.keyClick(results_ui.window, Qt.Key.Key_Escape)
    assert (results_ui.shell.banner.isVisible(), results_ui.shell.notice.isVisible()) == (False, True)
    QTest.keyClick(results_ui.window, Qt.Key.Key_Escape)
    assert not results_ui.shell.notice.isVisible()


def test_a_dismissed_notice_stays_hidden_until_the_next_outage(results_ui: WindowFixture) -> None:
    since = time.time()
    make_index_unreachable(results_ui, since)
    results_ui.shell.notice.hide()
    make_index_unreachable(results_ui, since)
    assert not results_ui.shell.notice.isVisible()
    results_ui.engine.search_index.enter(Phase.READY)
    make_index_unreachable(results_ui, since + 3600)
    assert results_ui.shell.notice.isVisible()


def test_a_search_waits_for_an_unreachable_index_to_come_back(
    qtbot: QtBot, results_ui: WindowFixture, photos: Path
) -> None:
    make_index_unreachable(results_ui)
    drop(results_ui.window, files(photos / "red.png"))
    qtbot.waitUntil(lambda: results_ui.results.heading == "Waiting for the search index\N{HORIZONTAL ELLIPSIS}")
    assert results_ui.names == FROM_BLUE
    assert not results_ui.shell.banner.isVisible()
    assert results_ui.query_panel.name == "red.png"
    results_ui.engine.search_index.enter(Phase.READY)
    qtbot.waitUntil(lambda: results_ui.names[0] == "red.png")


def test_an_outage_discovered_by_a_search_is_shown_only_once(
    qtbot: QtBot, results_ui: WindowFixture, photos: Path
) -> None:
    results_ui.engine.search_index.state = IndexState(
        Phase.UNREACHABLE, reason=REASON
    )  # set without notifying the listeners
    drop(results_ui.window, files(photos / "red.png"))
    qtbot.waitUntil(lambda: results_ui.shell.banner.text == REASON)
    make_index_unreachable(results_ui)
    assert not results_ui.shell.banner.isVisible()
    results_ui.engine.search_index.enter(Phase.READY)
    qtbot.waitUntil(lambda: results_ui.names[0] == "red.png")


def test_the_search_is_repeated_when_the_index_is_back(qtbot: QtBot, results_ui: WindowFixture) -> None:
    asked = len(results_ui.engine.requests)
    make_index_unreachable(results_ui)
    results_ui.engine.search_index.enter(Phase.READY)
    qtbot.waitUntil(lambda: len(results_ui.engine.requests) == asked + 1)


def test_the_search_is_not_repeated_if_the_index_opens_without_an_outage(
    qtbot: QtBot, results_ui: WindowFixture
) -> None:
    asked = len(results_ui.engine.requests)
    results_ui.engine.search_index.enter(Phase.OPENING)
    results_ui.engine.search_index.enter(Phase.READY)
    wait_until_idle(qtbot, results_ui)
    assert len(results_ui.engine.requests) == asked


def test_a_long_index_update_shows_progress_and_repeats_the_search_at_its_end(
    qtbot: QtBot, results_ui: WindowFixture
) -> None:
    panel, asked = results_ui.shell.index_progress, len(results_ui.engine.requests)
    results_ui.engine.search_index.enter(Phase.COPYING, 1000, 100_000)
    assert not panel.isVisible()
    qtbot.waitUntil(panel.isVisible)
    words = "Updating the search index: {} of 100,000 photos (you can search meanwhile)"
    assert panel.text == words.format("1,000")
    assert not any(button.isVisible() for button in panel.findChildren(QPushButton))
    results_ui.engine.search_index.enter(Phase.COPYING, 50_000, 100_000)
    assert panel.text == words.format("50,000")
    bar = panel.findChild(QProgressBar)
    assert bar
    assert bar.value() == bar.maximum() // 2
    results_ui.engine.search_index.enter(Phase.READY)
    assert not panel.isVisible()
    qtbot.waitUntil(lambda: len(results_ui.engine.requests) == asked + 1)


def test_the_search_is_repeated_as_soon_as_the_index_is_back_even_if_incomplete(
    qtbot: QtBot, results_ui: WindowFixture
) -> None:
    asked = len(results_ui.engine.requests)
    make_index_unreachable(results_ui)
    results_ui.engine.search_index.enter(Phase.COPYING, 1, 100)
    assert not results_ui.shell.notice.isVisible()
    qtbot.waitUntil(lambda: len(results_ui.engine.requests) == asked + 1)


def test_a_failed_index_shows_the_reason_and_offers_a_retry_and_the_settings(
    qtbot: QtBot, results_ui: WindowFixture
) -> None:
    results_ui.engine.search_index.enter(Phase.FAILED, reason="The server refused the password. Give another.")
    notice = results_ui.shell.notice
    assert notice.text == "The server refused the password. Give another."
    button(notice, "Try again").click()
    assert results_ui.engine.search_index.retries == 1
    button(notice, "Settings\N{HORIZONTAL ELLIPSIS}").click()
    dialog = results_ui.window.findChild(SettingsDialog)
    assert dialog
    assert dialog.isVisible()
    dialog.reject()
    results_ui.engine.search_index.enter(Phase.OPENING)
    assert notice.isVisible()
    results_ui.engine.search_index.enter(Phase.READY)
    assert not notice.isVisible()


def test_an_index_that_cannot_be_opened_is_reported_once_at_startup(qtbot: QtBot, opening_ui: WindowFixture) -> None:
    opening_ui.engine.search_index.enter(Phase.FAILED, reason="The server refused the password.")
    qtbot.waitUntil(lambda: opening_ui.engine.opened)
    wait_until_idle(qtbot, opening_ui)
    assert opening_ui.shell.notice.isVisible()
    assert not opening_ui.shell.banner.isVisible()
    assert not opening_ui.engine.warm
