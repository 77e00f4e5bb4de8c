"""A window on a library that can be searched but not changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from core.types import Root
from desktop.app import show
from desktop.search.query import of_file
from tests.helpers.desktop.second_instance import request_hand_over
from tests.helpers.desktop.window_driver import drop, enter, files, shown_window, wait_until_idle

if TYPE_CHECKING:
    import asyncio
    from pathlib import Path

    from pytestqt.qtbot import QtBot
    from qasync import QEventLoop

    from tests.helpers.desktop.fake_engine import FakeEngine
    from tests.helpers.desktop.window_driver import WindowFixture

REASON = "The library folder /archive cannot be written: Read-only file system."


@pytest.fixture
def engine(engine: FakeEngine, loop: QEventLoop, qtbot: QtBot, photos: Path) -> FakeEngine:
    """Return an engine whose library has five photos and is read-only."""
    engine.roots.append(Root("root-0", photos))
    indexing = loop.create_task(engine.index())
    qtbot.waitUntil(indexing.done)
    engine.read_only = REASON
    return engine


@pytest.fixture
def read_only_ui(qtbot: QtBot, opening_ui: WindowFixture) -> WindowFixture:
    qtbot.waitUntil(lambda: opening_ui.engine.warm)
    wait_until_idle(qtbot, opening_ui)
    return opening_ui


def test_a_notice_and_the_status_line_say_that_the_library_can_only_be_read(read_only_ui: WindowFixture) -> None:
    shell = read_only_ui.shell
    assert shell.library_notice.text == REASON
    assert shell.library_notice.isVisible()
    assert shell.banner.isHidden()
    assert shell.status_text.endswith("read-only")

    shell.dismiss()

    assert shell.library_notice.isHidden()


def test_what_changes_the_library_is_disabled(read_only_ui: WindowFixture) -> None:
    actions = read_only_ui.shell.actions
    changing = (actions.add_folder, actions.update_library, actions.pause, actions.folders, actions.settings)
    assert [action.isEnabled() for action in changing] == [False] * 5
    assert actions.open_picture.isEnabled()
    assert actions.paste.isEnabled()


def test_a_picture_is_searched(qtbot: QtBot, read_only_ui: WindowFixture, photos: Path) -> None:
    read_only_ui.controller.search(of_file(photos / "blue.png"))
    wait_until_idle(qtbot, read_only_ui)
    assert read_only_ui.results.model.hits[0].path == photos / "blue.png"
    assert read_only_ui.shell.library_notice.isVisible()


def test_a_dropped_folder_is_refused_with_the_reason(qtbot: QtBot, read_only_ui: WindowFixture, tmp_path: Path) -> None:
    (tmp_path / "more").mkdir()
    drop(read_only_ui.window, files(tmp_path / "more"))
    qtbot.waitUntil(lambda: read_only_ui.shell.banner.text == REASON)
    wait_until_idle(qtbot, read_only_ui)
    assert len(read_only_ui.engine.roots) == 1
    assert len(read_only_ui.engine.indexed_folders) == 1


def test_a_drag_does_not_offer_to_add_a_folder(read_only_ui: WindowFixture, photos: Path) -> None:
    assert enter(read_only_ui.window, files(photos))
    assert "folder" not in read_only_ui.window.overlay.text
    read_only_ui.shell.library.set_read_only(False)
    assert enter(read_only_ui.window, files(photos))
    assert "folder" in read_only_ui.window.overlay.text


def test_the_folders_are_not_watched(read_only_ui: WindowFixture) -> None:
    assert read_only_ui.engine.watches_started == 0


def test_a_later_start_is_handed_over_and_screenshots_are_taken(
    qtbot: QtBot, loop: QEventLoop, engine: FakeEngine, photos: Path, tmp_path: Path
) -> None:
    program: asyncio.Task[int] = loop.create_task(show(tmp_path / "library", lambda: engine, None))
    qtbot.waitUntil(lambda: engine.warm)
    assert request_hand_over(qtbot, tmp_path / "library", photos / "blue.png")
    shown_window().close()
    qtbot.waitUntil(program.done)

    saved = tmp_path / "window.png"
    program = loop.create_task(show(tmp_path / "library", lambda: engine, photos / "blue.png", saved))
    qtbot.waitUntil(program.done)
    assert (program.result(), saved.exists()) == (0, True)
