"""When the program starts and stops watching the roots."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QApplication

from core.library.settings import IndexingSettings, Settings
from core.types import Changes, Root
from desktop.app import show
from tests.helpers.desktop.window_driver import WindowFixture, shown_window, wait_until_idle

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot
    from qasync import QEventLoop

    from tests.helpers.desktop.fake_engine import FakeEngine


def test_roots_are_watched_from_the_first_search_result_until_the_window_closes(
    qtbot: QtBot, loop: QEventLoop, engine: FakeEngine, photos: Path, tmp_path: Path
) -> None:
    indexing = loop.create_task(engine.index([photos]))
    qtbot.waitUntil(indexing.done)
    engine.search_gate.shut()
    program = loop.create_task(show(tmp_path / "library", lambda: engine, photos / "blue.png"))
    qtbot.waitUntil(lambda: engine.warm)
    QApplication.processEvents()
    assert engine.active_watches == 0
    engine.search_gate.set()
    qtbot.waitUntil(lambda: engine.active_watches == 1)
    engine.index_gate.shut()
    (photos / "broken.png").write_bytes(b"broken")
    engine.roots.append(Root("root-0", photos))
    engine.changes.put_nowait(Changes(roots=frozenset({"root-0"})))
    qtbot.waitUntil(lambda: bool(engine.indexed_changes))
    shown_window().close()
    qtbot.waitUntil(program.done)
    assert (engine.active_watches, engine.cancelled_runs) == (0, 1)


def test_a_window_opened_for_a_screenshot_watches_no_roots(
    qtbot: QtBot, loop: QEventLoop, engine: FakeEngine, photos: Path, tmp_path: Path
) -> None:
    indexing = loop.create_task(engine.index([photos]))
    qtbot.waitUntil(indexing.done)
    program = loop.create_task(show(tmp_path / "library", lambda: engine, photos / "blue.png", tmp_path / "window.png"))
    qtbot.waitUntil(program.done)
    assert engine.warm
    assert engine.watches_started == 0


def test_roots_are_not_watched_if_watching_is_turned_off(qtbot: QtBot, opening_ui: WindowFixture) -> None:
    opening_ui.engine.search_index.settings = Settings(indexing=IndexingSettings(watch=False))
    qtbot.waitUntil(lambda: opening_ui.engine.warm)
    wait_until_idle(qtbot, opening_ui)
    assert opening_ui.engine.watches_started == 0
