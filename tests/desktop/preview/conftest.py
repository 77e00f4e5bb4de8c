"""A window with results, and the preview over it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from desktop.preview.overlay import PreviewOverlay
from tests.helpers.desktop.window_driver import (
    WindowFixture,
    activate,
    drop,
    files,
    only,
    wait_until_settled,
)

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot


@pytest.fixture
def results_ui(qtbot: QtBot, ui: WindowFixture, photos: Path) -> WindowFixture:
    """Return an active window with five results, from blue to red. The first one is current."""
    ui.results.model.show_weak(True)
    drop(ui.window, files(photos / "blue.png"))
    qtbot.waitUntil(lambda: len(ui.names) == 5)
    wait_until_settled(qtbot, ui)
    activate(qtbot, ui.window)
    ui.engine.previews_begun.clear()
    return ui


@pytest.fixture
def closed_preview(results_ui: WindowFixture) -> PreviewOverlay:
    """Return the preview before it is opened."""
    return only(results_ui.window, PreviewOverlay)


@pytest.fixture
def preview(qtbot: QtBot, results_ui: WindowFixture, closed_preview: PreviewOverlay) -> PreviewOverlay:
    """Return the preview of the first photo, opened with the keyboard, as sharp as it becomes."""
    QTest.keyClick(results_ui.results.view, Qt.Key.Key_Space)
    qtbot.waitUntil(closed_preview.hasFocus)
    wait_until_settled(qtbot, results_ui)
    return closed_preview
