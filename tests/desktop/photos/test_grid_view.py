from __future__ import annotations

from math import ceil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QRect, Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QToolTip

from core.types import Hit, Label, Photo
from desktop.photos.grid_layout import GAP
from desktop.photos.grid_view import THUMBNAIL_DELAY_MS, PhotoGrid
from desktop.photos.hits_model import HitsModel
from desktop.photos.thumbnails import Thumbnails
from tests.helpers.desktop.long_timeout_bot import MILLISECONDS

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from desktop.tasks import Tasks
    from tests.helpers.desktop.fake_engine import FakeEngine

SIZE = (500, 400)


@pytest.fixture
def thumbnails(tasks: Tasks, engine: FakeEngine) -> Thumbnails:
    thumbnails = Thumbnails(tasks)
    thumbnails.use(engine)
    return thumbnails


@pytest.fixture
def grid(qtbot: QtBot, thumbnails: Thumbnails) -> PhotoGrid:
    """Return a visible grid with more photos than fit."""
    grid = _grid(qtbot, thumbnails, "visible")
    with qtbot.waitExposed(grid):
        grid.show()
    return grid


def test_thumbnails_are_requested_equally_soon_at_every_scroll_position(qtbot: QtBot, grid: PhotoGrid) -> None:
    qtbot.waitUntil(lambda: grid.verticalScrollBar().maximum() > THUMBNAIL_DELAY_MS)
    grid.scrollToBottom()
    (timer,) = grid.findChildren(QTimer)
    assert timer.isActive()
    assert timer.interval() == THUMBNAIL_DELAY_MS


def test_thumbnails_that_were_cleared_are_requested_again(
    qtbot: QtBot, grid: PhotoGrid, thumbnails: Thumbnails, engine: FakeEngine
) -> None:
    qtbot.waitUntil(lambda: engine.thumbnails_begun.count(Path("visible-1.png")) == 1)
    qtbot.waitUntil(lambda: thumbnails.pixmap(Path("visible-1.png")) is not None)
    thumbnails.clear()
    qtbot.waitUntil(lambda: engine.thumbnails_begun.count(Path("visible-1.png")) == 2)
    qtbot.waitUntil(lambda: thumbnails.pixmap(Path("visible-1.png")) is not None)
    thumbnails.clear_failed()
    qtbot.waitUntil(lambda: engine.thumbnails_begun.count(Path("visible-1.png")) == 3)


def test_a_hidden_grid_leaves_the_requests_of_the_visible_one_alone(
    qtbot: QtBot, grid: PhotoGrid, thumbnails: Thumbnails, engine: FakeEngine
) -> None:
    hidden = _grid(qtbot, thumbnails, "hidden")
    engine.thumbnail_gate.shut()
    thumbnails.clear()
    qtbot.waitUntil(lambda: bool(engine.thumbnails_begun))
    hidden.request_thumbnails()
    engine.thumbnail_gate.set()
    qtbot.waitUntil(lambda: thumbnails.pixmap(Path("visible-1.png")) is not None)
    assert all(path.name.startswith("visible") for path in engine.thumbnails_begun)
    with qtbot.waitExposed(hidden):
        hidden.show()
    qtbot.waitUntil(lambda: thumbnails.pixmap(Path("hidden-1.png")) is not None)


def test_the_page_keys_move_by_the_rows_that_are_visible(qtbot: QtBot, grid: PhotoGrid) -> None:
    grid.resize(700, 900)
    model = grid.model()
    across = sum(
        grid.visualRect(model.index(row, 0)).top() == grid.visualRect(model.index(0, 0)).top() for row in range(9)
    )
    page = across * ceil(grid.viewport().height() / (grid.visualRect(model.index(0, 0)).height() + GAP))
    assert across == 3
    grid.setCurrentIndex(model.index(0, 0))
    rows = []
    for key in (*[Qt.Key.Key_PageDown] * 2, Qt.Key.Key_PageUp, *[Qt.Key.Key_PageDown] * 20, *[Qt.Key.Key_PageUp] * 20):
        QTest.keyClick(grid, key)
        rows.append(grid.currentIndex().row())
    assert rows[:3] == [page, 2 * page, page]
    assert (rows[22], rows[-1]) == (99, 0)


def test_the_tool_tip_of_an_old_result_is_hidden_when_the_results_change(qtbot: QtBot, grid: PhotoGrid) -> None:
    place = grid.mapToGlobal(grid.rect().center())
    QToolTip.showText(place, "old", grid.viewport(), QRect(), 2 * MILLISECONDS)
    qtbot.waitUntil(QToolTip.isVisible)
    model = grid.model()
    assert isinstance(model, HitsModel)
    model.show(())
    qtbot.waitUntil(lambda: not QToolTip.isVisible())


def _grid(qtbot: QtBot, thumbnails: Thumbnails, name: str) -> PhotoGrid:
    model = HitsModel(thumbnails)
    grid = PhotoGrid(model, thumbnails)
    model.setParent(grid)
    qtbot.addWidget(grid)
    grid.resize(*SIZE)
    model.show([Hit(rank, Photo(Path(f"{name}-{rank}.png")), 0.5, Label.WEAK) for rank in range(1, 101)])
    return grid
