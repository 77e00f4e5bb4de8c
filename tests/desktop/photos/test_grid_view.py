from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QTimer

from core.types import Hit, Label, Photo
from desktop.photos.grid_model import GridModel
from desktop.photos.grid_view import THUMBNAIL_DELAY_MS, PhotoGrid
from desktop.photos.thumbnails import Thumbnails

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from desktop.tasks import Tasks

SIZE = (500, 400)


@pytest.fixture
def grid(qtbot: QtBot, tasks: Tasks) -> PhotoGrid:
    """Return a visible grid with more photos than fit."""
    thumbnails = Thumbnails(tasks)
    model = GridModel(thumbnails)
    grid = PhotoGrid(model, thumbnails)
    model.setParent(grid)
    qtbot.addWidget(grid)
    grid.resize(*SIZE)
    with qtbot.waitExposed(grid):
        grid.show()
    model.show([Hit(rank, Photo(Path(f"{rank}.png")), 0.5, Label.WEAK) for rank in range(1, 101)])
    return grid


def test_thumbnails_are_requested_equally_soon_at_every_scroll_position(qtbot: QtBot, grid: PhotoGrid) -> None:
    qtbot.waitUntil(lambda: grid.verticalScrollBar().maximum() > THUMBNAIL_DELAY_MS)
    grid.scrollToBottom()
    (timer,) = grid.findChildren(QTimer)
    assert timer.isActive()
    assert timer.interval() == THUMBNAIL_DELAY_MS
