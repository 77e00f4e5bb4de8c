from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from PySide6.QtGui import QFileOpenEvent, QImage
from PySide6.QtWidgets import QApplication, QWidget

from core.engine import Engine
from core.errors import LibraryInUseError
from core.library import settings
from desktop.app import show
from desktop.main_window import MainWindow
from desktop.paths import to_url
from desktop.search.query_input import QueryInput
from desktop.search.results_page import ResultsPage
from desktop.startup.application import Application
from desktop.startup.single_instance import ACTIVATION, bring_to_front
from tests.helpers.desktop.second_instance import is_reachable, request_hand_over
from tests.helpers.desktop.window_driver import only, shown_window, shows
from tests.helpers.library.kept_libraries import files_of, newer_library

if TYPE_CHECKING:
    import asyncio
    from pathlib import Path

    from pytestqt.qtbot import QtBot
    from qasync import QEventLoop

    from desktop.shell.banner import Banner
    from tests.helpers.desktop.fake_engine import FakeEngine


def message() -> str:
    """Return the text of the visible banner, or an empty text if there is none."""
    return next((banner.text for banner in banners() if banner.isVisible()), "")


def banners() -> list[Banner]:
    return [w.shell.banner for w in QApplication.topLevelWidgets() if isinstance(w, MainWindow)]


def test_closing_the_window_during_a_run_ends_the_run_then_the_engine_then_the_program(
    qtbot: QtBot, loop: QEventLoop, engine: FakeEngine, photos: Path, tmp_path: Path
) -> None:
    runs_when_closed: list[int] = []
    close = engine.close

    async def note_and_close() -> None:
        runs_when_closed.append(engine.cancelled_runs)
        await close()

    engine.close = note_and_close  # type: ignore[method-assign]  # the engine is a fake
    program: asyncio.Task[int] = loop.create_task(show(tmp_path / "library", lambda: engine, None))
    qtbot.waitUntil(lambda: engine.warm)
    engine.index_gate.shut()
    only(shown_window(), QueryInput).folders_chosen.emit((photos,))
    qtbot.waitUntil(lambda: bool(engine.indexed_folders))
    shown_window().close()
    qtbot.waitUntil(program.done)
    assert program.result() == 0
    assert runs_when_closed == [1]
    assert engine.closed


def test_the_engine_is_created_after_the_window_is_shown(
    qtbot: QtBot, loop: QEventLoop, engine: FakeEngine, tmp_path: Path
) -> None:
    shown: list[bool] = []

    def make_engine() -> FakeEngine:
        shown.append(shown_window().isVisible())
        return engine

    program = loop.create_task(show(tmp_path / "library", make_engine, None))
    qtbot.waitUntil(lambda: engine.warm)
    shown_window().close()
    qtbot.waitUntil(program.done)
    assert shown == [True]


def test_the_window_reports_a_library_that_cannot_be_opened(
    qtbot: QtBot, loop: QEventLoop, engine: FakeEngine, tmp_path: Path
) -> None:
    engine.open_error = LibraryInUseError("Another program has the library open. Close it and start again.")
    program = loop.create_task(show(tmp_path / "library", lambda: engine, None))
    qtbot.waitUntil(lambda: message().startswith("Another program"))
    assert not shown_window().shell.actions.add_folder.isEnabled()
    assert shown_window().shell.status_text == "The library is not open"
    shown_window().close()
    qtbot.waitUntil(program.done)
    assert engine.closed


def test_the_window_does_not_change_a_library_of_a_newer_version(
    qtbot: QtBot, loop: QEventLoop, tmp_path: Path
) -> None:
    library = newer_library(tmp_path)
    before = files_of(library)
    picture = tmp_path / "photos" / "dahlia.jpg"
    program = loop.create_task(show(library, lambda: Engine(library, settings.load(library)), picture))
    qtbot.waitUntil(lambda: bool(message()))
    assert message() == (
        f"The library {library} was written by a newer version of Semblance. Update the program to open it."
    )
    shown_window().close()
    qtbot.waitUntil(program.done)
    assert files_of(library) == before


def test_the_screenshot_is_taken_once_all_thumbnails_are_loaded(
    qtbot: QtBot, loop: QEventLoop, engine: FakeEngine, photos: Path, tmp_path: Path
) -> None:
    indexing = loop.create_task(engine.index([photos]))
    qtbot.waitUntil(indexing.done)
    saved = tmp_path / "window.png"
    program = loop.create_task(show(tmp_path / "library", lambda: engine, photos / "blue.png", saved))
    qtbot.waitUntil(program.done)
    assert program.result() == 0
    folded_away = {photos / "red.png"}
    assert set(engine.thumbnails_done) == set(photos.iterdir()) - folded_away
    picture = QImage(str(saved))
    for colour in ("#0000ff", "#4b0082", "#800080"):
        assert shows(picture, colour)


def test_a_start_with_a_picture_on_an_empty_library_asks_for_a_folder_first(
    qtbot: QtBot, loop: QEventLoop, engine: FakeEngine, photos: Path, tmp_path: Path
) -> None:
    program = loop.create_task(show(tmp_path / "library", lambda: engine, photos / "blue.png"))
    qtbot.waitUntil(lambda: "Add a folder with photos first" in message())
    shown_window().close()
    qtbot.waitUntil(program.done)


def test_no_screenshot_is_taken_of_a_closed_window(
    qtbot: QtBot, loop: QEventLoop, engine: FakeEngine, photos: Path, tmp_path: Path
) -> None:
    indexing = loop.create_task(engine.index([photos]))
    qtbot.waitUntil(indexing.done)
    engine.search_gate.shut()
    saved = tmp_path / "window.png"
    program = loop.create_task(show(tmp_path / "library", lambda: engine, photos / "blue.png", saved))
    qtbot.waitUntil(lambda: bool(engine.requests))
    shown_window().close()
    qtbot.waitUntil(program.done)
    assert program.result() == 1
    assert not saved.exists()


def test_no_screenshot_is_taken_of_a_window_that_shows_an_error(
    qtbot: QtBot, loop: QEventLoop, engine: FakeEngine, photos: Path, tmp_path: Path
) -> None:
    indexing = loop.create_task(engine.index([photos]))
    qtbot.waitUntil(indexing.done)
    saved = tmp_path / "window.png"
    program = loop.create_task(show(tmp_path / "library", lambda: engine, tmp_path / "gone.png", saved))
    qtbot.waitUntil(program.done)
    assert program.result() == 1
    assert not saved.exists()
    assert engine.closed


def test_a_later_start_brings_the_window_to_the_front_and_searches_for_its_picture(
    qtbot: QtBot, loop: QEventLoop, engine: FakeEngine, photos: Path, tmp_path: Path
) -> None:
    indexing = loop.create_task(engine.index([photos]))
    qtbot.waitUntil(indexing.done)
    program = loop.create_task(show(tmp_path / "library", lambda: engine, None))
    qtbot.waitUntil(lambda: engine.warm)
    shown = shown_window()
    shown.showMinimized()
    assert request_hand_over(qtbot, tmp_path / "library", photos / "blue.png")
    assert not shown.isMinimized()
    qtbot.waitUntil(lambda: [hit.path for hit in only(shown, ResultsPage).model.hits][:1] == [photos / "blue.png"])
    assert request_hand_over(qtbot, tmp_path / "library")
    assert [request.pictures[0].source for request in engine.requests] == [photos / "blue.png"]
    shown.close()
    qtbot.waitUntil(program.done)
    assert not is_reachable(tmp_path / "library")


@pytest.mark.parametrize("is_open", [False, True])
def test_a_picture_that_macos_asks_to_open_is_searched_once_the_library_is_open(
    qtbot: QtBot, loop: QEventLoop, qapp: QApplication, engine: FakeEngine, photos: Path, tmp_path: Path, is_open: bool
) -> None:
    indexing = loop.create_task(engine.index([photos]))
    qtbot.waitUntil(indexing.done)
    program = loop.create_task(show(tmp_path / "library", lambda: engine, None))
    if is_open:
        qtbot.waitUntil(lambda: engine.warm)
        shown_window().showMinimized()
    qapp.postEvent(qapp, QFileOpenEvent(to_url(photos / "blue.png")))
    qtbot.waitUntil(lambda: [request.pictures[0].source for request in engine.requests] == [photos / "blue.png"])
    assert not shown_window().isMinimized()
    shown_window().close()
    qtbot.waitUntil(program.done)


def test_a_closed_window_does_not_take_the_picture_that_macos_asks_to_open(
    qtbot: QtBot, loop: QEventLoop, qapp: QApplication, engine: FakeEngine, photos: Path, tmp_path: Path
) -> None:
    assert isinstance(qapp, Application)
    program = loop.create_task(show(tmp_path / "library", lambda: engine, None))
    qtbot.waitUntil(lambda: engine.warm)
    closed = shown_window()
    closed.close()
    qtbot.waitUntil(program.done)
    closed.shell.actions.paste.setEnabled(False)
    qapp.sendEvent(qapp, QFileOpenEvent(to_url(photos / "blue.png")))
    closed.shell.actions.paste.setEnabled(True)
    assert qapp.take_picture() == photos / "blue.png"


def test_a_later_start_with_a_picture_on_an_empty_library_asks_for_a_folder_first(
    qtbot: QtBot, loop: QEventLoop, engine: FakeEngine, photos: Path, tmp_path: Path
) -> None:
    program = loop.create_task(show(tmp_path / "library", lambda: engine, None))
    qtbot.waitUntil(lambda: engine.warm)
    assert request_hand_over(qtbot, tmp_path / "library", photos / "blue.png")
    qtbot.waitUntil(lambda: "Add a folder with photos first" in message())
    shown_window().close()
    qtbot.waitUntil(program.done)


def test_a_window_whose_library_failed_to_open_accepts_no_later_starts(
    qtbot: QtBot, loop: QEventLoop, engine: FakeEngine, tmp_path: Path
) -> None:
    engine.open_error = LibraryInUseError("Another program has the library open. Close it and start again.")
    program = loop.create_task(show(tmp_path / "library", lambda: engine, None))
    qtbot.waitUntil(lambda: message().startswith("Another program"))
    assert not request_hand_over(qtbot, tmp_path / "library")
    shown_window().close()
    qtbot.waitUntil(program.done)


def test_a_closing_window_accepts_no_later_starts(
    qtbot: QtBot, loop: QEventLoop, engine: FakeEngine, tmp_path: Path
) -> None:
    program = loop.create_task(show(tmp_path / "library", lambda: engine, None))
    qtbot.waitUntil(lambda: engine.warm)
    shown_window().close()
    assert not is_reachable(tmp_path / "library")
    assert not engine.closed
    qtbot.waitUntil(program.done)


def test_a_window_opened_for_a_screenshot_accepts_no_later_starts(
    qtbot: QtBot, loop: QEventLoop, engine: FakeEngine, photos: Path, tmp_path: Path
) -> None:
    indexing = loop.create_task(engine.index([photos]))
    qtbot.waitUntil(indexing.done)
    engine.search_gate.shut()
    program = loop.create_task(show(tmp_path / "library", lambda: engine, photos / "blue.png", tmp_path / "window.png"))
    qtbot.waitUntil(lambda: bool(engine.requests))
    assert not request_hand_over(qtbot, tmp_path / "library")
    engine.search_gate.set()
    qtbot.waitUntil(program.done)
    assert program.result() == 0


def test_bringing_a_minimised_window_to_the_front_restores_its_state(qtbot: QtBot) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    window.showMaximized()
    window.showMinimized()
    assert window.isMinimized()
    bring_to_front(window, "")
    assert not window.isMinimized()
    assert window.isMaximized()


def test_the_activation_token_is_set_only_while_the_window_is_activated(qtbot: QtBot) -> None:
    tokens: list[str | None] = []

    class Window(QWidget):
        def activateWindow(self) -> None:  # noqa: N802 - the name is Qt's
            tokens.append(os.environ.get(ACTIVATION))

    window = Window()
    qtbot.addWidget(window)
    bring_to_front(window, "token")
    bring_to_front(window, "")
    assert tokens == ["token", None]
    assert ACTIVATION not in os.environ
