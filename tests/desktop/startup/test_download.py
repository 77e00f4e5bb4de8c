from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.helpers.desktop.window_driver import drop, files

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from tests.helpers.desktop.fake_engine import FakeEngine
    from tests.helpers.desktop.window_driver import WindowFixture


@pytest.fixture
def engine(engine: FakeEngine) -> FakeEngine:
    """Return an engine that has to download its model first."""
    engine.download_gate.shut()
    return engine


def test_model_download_is_shown_until_it_ends(qtbot: QtBot, opening_ui: WindowFixture) -> None:
    progress = opening_ui.shell.progress
    qtbot.waitUntil(lambda: "30" in progress.text and "100" in progress.text)

    opening_ui.engine.download_gate.set()

    qtbot.waitUntil(progress.isHidden)
    assert opening_ui.engine.warm


def test_download_stops_when_it_is_cancelled(qtbot: QtBot, opening_ui: WindowFixture) -> None:
    progress = opening_ui.shell.progress
    qtbot.waitUntil(lambda: "100" in progress.text)

    progress.ask_to_stop()

    qtbot.waitUntil(progress.isHidden)
    assert opening_ui.engine.cancelled_downloads == 1


def test_progress_of_a_run_replaces_that_of_a_download(qtbot: QtBot, opening_ui: WindowFixture, photos: Path) -> None:
    progress = opening_ui.shell.progress
    qtbot.waitUntil(lambda: "100" in progress.text)
    opening_ui.engine.index_gate.shut()
    drop(opening_ui.window, files(photos))
    qtbot.waitUntil(lambda: progress.text.startswith("0 of 5"))

    opening_ui.engine.download_gate.set()
    qtbot.waitUntil(lambda: opening_ui.engine.warm)

    assert progress.text.startswith("0 of 5")
    assert not progress.isHidden()
