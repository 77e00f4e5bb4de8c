"""The check for newer versions, against a server on this computer."""

from __future__ import annotations

import json
import logging
import socket
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QPushButton

import desktop.controller
from desktop.app import show
from desktop.help import releases, updates
from desktop.help.preferences import UpdatePreferences
from desktop.help.releases import Release
from desktop.help.updates import UpdateCheck
from tests.helpers.desktop.window_driver import WindowFixture, button, shown_window, wait_until_idle
from tests.helpers.engine.file_server import FileServer, HostedFile, running

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Iterator
    from pathlib import Path

    from pytestqt.qtbot import QtBot
    from qasync import QEventLoop

    from desktop.shell.banner import Banner
    from tests.helpers.desktop.fake_engine import FakeEngine

PATH = "/version.json"
PAGE = "https://semblance.app/releases"
CURRENT, NEWER, OLDER = "1.2.3", "1.10.0", "1.2.2"
HOUR = 60 * 60


def description(version: str) -> bytes:
    return json.dumps({"version": version, "url": PAGE}).encode()


@dataclass
class Bench:
    """A window, and a server that describes a newer version."""

    qtbot: QtBot
    ui: WindowFixture
    server: FileServer
    folder: Path
    address: str
    checks: list[UpdateCheck] = field(default_factory=list)

    @property
    def preferences(self) -> UpdatePreferences:
        return UpdatePreferences(self.folder)

    @property
    def banner(self) -> Banner:
        return self.ui.shell.banner

    def host(self, file: HostedFile) -> None:
        self.server.host(PATH, file)

    def started(self) -> UpdateCheck:
        """Return the check of a program that has just been started, after the automatic check."""
        check = UpdateCheck(self.ui.shell, self.ui.tasks, CURRENT, self.preferences, self.address)
        self.checks.append(check)  # the banner's buttons do not keep it alive
        check.start_if_due()
        wait_until_idle(self.qtbot, self.ui)
        return check

    def turn_on(self) -> UpdateCheck:
        """Turn the automatic check on, and return after it was done."""
        check = self.started()
        check.automatic.trigger()
        wait_until_idle(self.qtbot, self.ui)
        return check

    def check_now(self) -> str:
        """Check as the user does, and return the message."""
        self.started().check_now.trigger()
        wait_until_idle(self.qtbot, self.ui)
        assert self.banner.isVisible()
        return self.banner.text


@pytest.fixture
def bench(qtbot: QtBot, empty_ui: WindowFixture, tmp_path: Path) -> Iterator[Bench]:
    with running() as server:
        address = server.host(PATH, HostedFile(description(NEWER)))
        yield Bench(qtbot, empty_ui, server, tmp_path / "preferences", address)


def test_nothing_is_sent_until_the_user_wants_it(bench: Bench) -> None:
    assert not bench.started().automatic.isChecked()
    assert bench.server.requests == []
    assert bench.banner.isHidden()


def test_one_request_with_nothing_but_the_path_is_sent_a_day(bench: Bench) -> None:
    bench.turn_on()
    assert bench.started().automatic.isChecked()
    assert [path for path, _ in bench.server.requests] == [PATH]
    (headers,) = bench.server.headers
    assert headers == {
        "Host": bench.address.removeprefix("http://").removesuffix(PATH),
        "User-Agent": "Semblance",
        "Accept-Language": "*",
        "Accept-Encoding": "identity",
        "Connection": "Keep-Alive",
    }


@pytest.mark.parametrize(("hours", "requests"), [(-23, 0), (-25, 1), (1, 1)])
def test_the_next_check_is_due_after_a_day_or_if_the_clock_was_wrong(bench: Bench, hours: int, requests: int) -> None:
    bench.preferences.is_automatic = True
    bench.preferences.note_check(time.time() + hours * HOUR)
    bench.started()
    assert len(bench.server.requests) == requests


def test_an_automatic_check_without_a_valid_answer_is_repeated_at_the_next_start(bench: Bench) -> None:
    bench.host(HostedFile(b"<html>"))
    bench.turn_on()
    bench.host(HostedFile(description(NEWER)))
    bench.started()
    assert bench.banner.text.startswith(f"Semblance {NEWER} is available.")


def test_nothing_is_sent_after_the_check_is_turned_off_again(bench: Bench) -> None:
    bench.turn_on().automatic.trigger()
    bench.preferences.note_check(0)
    assert not bench.started().automatic.isChecked()
    assert len(bench.server.requests) == 1


def test_cookies_of_the_server_are_not_kept(bench: Bench) -> None:
    bench.host(HostedFile(description(NEWER), headers={"Set-Cookie": "id=1"}))
    check = bench.started()
    for _ in range(2):
        check.check_now.trigger()
        wait_until_idle(bench.qtbot, bench.ui)
    assert ["Cookie" in headers for headers in bench.server.headers] == [False, False]


def test_a_newer_version_is_a_hint_whose_button_opens_its_page(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[QUrl] = []

    def note(url: QUrl) -> bool:
        opened.append(url)
        return True

    monkeypatch.setattr(QDesktopServices, "openUrl", note)
    bench.turn_on()
    assert bench.banner.text == f"Semblance {NEWER} is available. You have version {CURRENT}."
    visible = [found.text() for found in bench.banner.findChildren(QPushButton) if found.isVisible()]
    assert visible == ["Show &what is new", "&Not now"]
    button(bench.banner, "Show what is new").click()
    assert opened == [QUrl(PAGE)]
    assert bench.banner.isHidden()


def test_a_page_that_no_browser_opens_is_named(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda _: False)
    bench.check_now()
    button(bench.banner, "Show what is new").click()
    assert PAGE in bench.banner.text


def test_a_newer_version_can_wait(bench: Bench) -> None:
    bench.turn_on()
    button(bench.banner, "Not now").click()
    assert bench.banner.isHidden()


def test_the_automatic_check_leaves_a_message_that_is_shown(bench: Bench) -> None:
    bench.banner.show_message("Connect the drive.")
    bench.turn_on()
    assert len(bench.server.requests) == 1
    assert bench.banner.text == "Connect the drive."


@pytest.mark.parametrize("version", [CURRENT, OLDER])
def test_only_a_check_that_was_asked_for_says_that_there_is_nothing_newer(bench: Bench, version: str) -> None:
    bench.host(HostedFile(description(version)))
    bench.turn_on()
    assert bench.banner.isHidden()
    assert bench.check_now() == f"There is no newer version than yours, {CURRENT}."


def test_a_check_that_was_asked_for_still_reports_when_the_automatic_check_is_turned_on_meanwhile(bench: Bench) -> None:
    bench.host(HostedFile(description(CURRENT)))
    check = bench.started()
    check.check_now.trigger()
    check.automatic.trigger()
    wait_until_idle(bench.qtbot, bench.ui)
    assert bench.banner.text == f"There is no newer version than yours, {CURRENT}."


@pytest.mark.parametrize(
    "file",
    [
        HostedFile(b"<html>"),
        HostedFile(description(NEWER) + b" " * (1 << 20)),
        HostedFile(description(NEWER) + b" ", cut_after=len(description(NEWER))),
        HostedFile(b"", redirect_to="/elsewhere"),
    ],
    ids=["nonsense", "too big", "cut off", "redirect"],
)
def test_an_invalid_answer_is_reported_only_to_a_user_who_asked(
    bench: Bench, file: HostedFile, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    bench.server.host("/elsewhere", HostedFile(description(NEWER)))
    bench.host(file)
    bench.turn_on()
    assert bench.banner.isHidden()
    assert "no valid answer" in caplog.text
    expected = "Semblance cannot check for updates, because semblance.app gives no valid answer. Try again later."
    assert bench.check_now() == expected


def test_a_missing_server_is_reported_only_to_a_user_who_asked(bench: Bench) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        bench.address = f"http://127.0.0.1:{closed.getsockname()[1]}{PATH}"
    bench.turn_on()
    assert bench.banner.isHidden()
    assert "semblance.app does not answer" in bench.check_now()


def test_a_server_that_hangs_is_given_up(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(releases, "TIME_LIMIT_S", 0.05)
    with socket.create_server(("127.0.0.1", 0)) as hanging:
        bench.address = f"http://127.0.0.1:{hanging.getsockname()[1]}{PATH}"
        assert "semblance.app does not answer" in bench.check_now()


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[str]:
    """Turn the automatic check on for the whole program. Return the addresses that it asks, which get no request."""
    addresses: list[str] = []

    async def newest(_: object, address: str) -> Release:
        addresses.append(address)
        return Release("999.0.0", QUrl(PAGE))

    UpdatePreferences(tmp_path).is_automatic = True
    monkeypatch.setattr(updates, "newest", newest)
    monkeypatch.setattr(desktop.controller, "user_folder", lambda: tmp_path)
    return addresses


def test_the_program_checks_once_its_window_is_shown(
    qtbot: QtBot, loop: QEventLoop, engine: FakeEngine, asked: list[str], tmp_path: Path
) -> None:
    program: asyncio.Task[int] = loop.create_task(show(tmp_path / "library", lambda: engine, None))
    qtbot.waitUntil(lambda: bool(asked))
    assert shown_window().isVisible()
    qtbot.waitUntil(lambda: shown_window().shell.banner.text.startswith("Semblance 999.0.0 is available."))
    shown_window().close()
    qtbot.waitUntil(program.done)
    assert asked == ["https://semblance.app/version.json"]


def test_a_program_that_only_takes_a_screenshot_does_not_check(
    qtbot: QtBot, loop: QEventLoop, engine: FakeEngine, asked: list[str], tmp_path: Path
) -> None:
    program = loop.create_task(show(tmp_path / "library", lambda: engine, None, tmp_path / "window.png"))
    qtbot.waitUntil(program.done)
    assert asked == []
