"""Hits are shown in groups, and weaker ones only when the user wants them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QEvent, QObject, QPoint, QPointF, Qt
from PySide6.QtGui import QPaintEvent, QRegion, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from core.types import Box, Edit, Hit, Label, MatchKind, Photo, SharedScene
from desktop.photos.grid_view import HIGHEST, LOWEST, USUAL, PhotoGrid
from desktop.photos.hits_model import HitsModel
from desktop.photos.thumbnails import Thumbnails
from desktop.photos.view_actions import ViewActions
from desktop.texts import messages

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from desktop.tasks import Tasks
    from tests.helpers.desktop.fake_engine import FakeEngine

FOUND = (Label.IDENTICAL, Label.SAME_PLACE, Label.CLOSE, Label.SIMILAR, Label.WEAK, Label.WEAK)
WHOLE = Box(0, 0, 1, 1)


def hit(rank: int, label: Label) -> Hit:
    return Hit(rank, Photo(Path(f"{rank}.png"), width=300, height=200), 0.9 - rank / 100, label)


def hits(*found: Label) -> list[Hit]:
    return [hit(rank, label) for rank, label in enumerate(found, 1)]


@pytest.fixture
def model(tasks: Tasks, engine: FakeEngine) -> HitsModel:
    thumbnails = Thumbnails(tasks)
    thumbnails.use(engine)
    return HitsModel(thumbnails, thumbnails)


@pytest.fixture
def grid(qtbot: QtBot, model: HitsModel, tasks: Tasks) -> PhotoGrid:
    grid = PhotoGrid(model, Thumbnails(tasks))
    qtbot.addWidget(grid)
    grid.resize(700, 800)
    model.show(hits(*FOUND))
    with qtbot.waitExposed(grid):
        grid.show()
    return grid


def click_heading(grid: PhotoGrid, group: int) -> None:
    heights = range(0, grid.viewport().height(), 4)
    place = next(QPoint(30, y) for y in heights if grid.heading_at(QPoint(30, y)) == group)
    QTest.mouseClick(grid.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, place)


class PaintedRegion(QObject):
    """Collects what a widget repaints."""

    def __init__(self) -> None:
        super().__init__()
        self.region = QRegion()

    def is_idle(self) -> bool:
        """Return whether there is nothing left to repaint."""
        self.region = QRegion()
        QApplication.processEvents()
        return self.region.isEmpty()

    def eventFilter(self, _: QObject, event: QEvent) -> bool:  # noqa: N802
        if isinstance(event, QPaintEvent):
            self.region += event.region()
        return False


def turn_wheel(grid: PhotoGrid, angle: int, keys: Qt.KeyboardModifier) -> None:
    place = QPointF(grid.viewport().rect().center())
    event = QWheelEvent(
        place,
        grid.viewport().mapToGlobal(place),
        QPoint(),
        QPoint(0, angle),
        Qt.MouseButton.NoButton,
        keys,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(grid.viewport(), event)


def test_hits_are_grouped_with_the_best_group_first(model: HitsModel) -> None:
    model.show(hits(Label.SIMILAR, Label.WEAK, Label.NEAR_DUPLICATE, Label.SAME_PLACE, Label.CLOSE, Label.IDENTICAL))

    assert [(section.title, section.count) for section in model.sections] == [
        ("Same picture", 2),
        ("Same place", 1),
        ("Similar", 2),
        ("Weaker matches", 1),
    ]
    assert [hit.rank for hit in model.hits] == [3, 6, 4, 1, 5, 2]


def test_weaker_hits_are_folded_away_at_first(model: HitsModel) -> None:
    model.show(hits(*FOUND))

    assert model.rowCount() == 4
    assert len(model.hits) == 6
    assert model.sections[3].is_folded


def test_only_weak_hits_are_never_folded_away(model: HitsModel) -> None:
    model.show(hits(Label.WEAK, Label.WEAK))

    assert model.rowCount() == 2
    assert not model.sections[0].can_fold


def test_click_on_the_heading_of_weaker_hits_shows_and_hides_them(grid: PhotoGrid, model: HitsModel) -> None:
    click_heading(grid, 3)
    assert model.rowCount() == 6
    assert grid.visualRect(model.index(5)).isValid()

    click_heading(grid, 3)
    assert model.rowCount() == 4
    assert not grid.visualRect(model.index(5)).isValid()


def test_click_on_another_heading_hides_nothing(grid: PhotoGrid, model: HitsModel) -> None:
    click_heading(grid, 0)

    assert model.rowCount() == 4


def test_next_search_shows_weaker_hits_if_the_last_one_did(model: HitsModel) -> None:
    model.show(hits(*FOUND))
    model.show_weak(True)
    model.show(hits(Label.CLOSE, Label.WEAK))

    assert model.rowCount() == 2


def test_current_photo_stays_current_when_weaker_ones_are_shown(grid: PhotoGrid, model: HitsModel) -> None:
    grid.setCurrentIndex(model.index(2))
    model.show_weak(True)

    assert grid.current() == model.hits[2]


def test_action_shows_weaker_hits(grid: PhotoGrid, model: HitsModel) -> None:
    actions = ViewActions(grid, model)
    assert actions.show_weaker.isEnabled()
    actions.show_weaker.trigger()
    assert model.rowCount() == 6
    assert actions.show_weaker.isChecked()

    model.show(hits(Label.CLOSE))
    assert not actions.show_weaker.isEnabled()


def test_wheel_with_ctrl_changes_the_size_of_photos(grid: PhotoGrid) -> None:
    before = grid.visualRect(grid.model().index(0, 0)).height()
    turn_wheel(grid, 120, Qt.KeyboardModifier.ControlModifier)
    larger = grid.visualRect(grid.model().index(0, 0)).height()
    turn_wheel(grid, -120, Qt.KeyboardModifier.ControlModifier)

    assert larger > before
    assert grid.visualRect(grid.model().index(0, 0)).height() == before


def test_wheel_alone_scrolls(grid: PhotoGrid) -> None:
    grid.resize(300, 300)
    turn_wheel(grid, -120, Qt.KeyboardModifier.NoModifier)

    assert grid.verticalOffset() > 0
    assert grid.row_height == USUAL


def test_scrolling_repaints_everything_in_sight(qtbot: QtBot, grid: PhotoGrid, model: HitsModel) -> None:
    model.show(hits(*[Label.CLOSE] * 200))
    painted = PaintedRegion()
    grid.viewport().installEventFilter(painted)
    assert len(grid.visible_rows()) > 1
    qtbot.waitUntil(painted.is_idle)

    grid.verticalScrollBar().setValue(50)
    QApplication.processEvents()

    assert QRegion(grid.viewport().rect()).subtracted(painted.region).isEmpty()


def test_size_has_limits_at_which_its_actions_are_disabled(grid: PhotoGrid, model: HitsModel) -> None:
    actions = ViewActions(grid, model)
    for _ in range(20):
        actions.larger.trigger()
    assert grid.row_height == HIGHEST
    assert not actions.larger.isEnabled()

    for _ in range(20):
        actions.smaller.trigger()
    assert grid.row_height == LOWEST
    assert not actions.smaller.isEnabled()


def test_photo_in_the_middle_stays_in_sight_when_photos_become_larger(grid: PhotoGrid, model: HitsModel) -> None:
    model.show(hits(*[Label.CLOSE] * 200))
    grid.scrollTo(model.index(100))
    rows = grid.visible_rows()
    middle = rows[len(rows) // 2]
    for height in (HIGHEST, LOWEST):
        grid.set_row_height(height)
        assert middle in grid.visible_rows()


def test_first_photo_of_a_group_is_scrolled_to_with_its_heading(grid: PhotoGrid, model: HitsModel) -> None:
    model.show(hits(*[Label.IDENTICAL] * 30, *[Label.CLOSE] * 30))
    grid.scrollToBottom()
    grid.scrollTo(model.index(30))

    place = grid.visualRect(model.index(30))
    assert grid.viewport().rect().contains(place)
    assert grid.heading_at(place.topLeft() - QPoint(0, 4)) == 1


@pytest.mark.parametrize(
    ("found", "badge"),
    [
        (Hit(1, Photo(Path("a")), 1.0, Label.IDENTICAL, 100.0), "identical"),
        (
            Hit(
                1,
                Photo(Path("a")),
                0.5,
                Label.NEAR_DUPLICATE,
                99.9,
                SharedScene(MatchKind.SAME_PICTURE, (Edit.CROPPED, Edit.MIRRORED), WHOLE, WHOLE, 50),
            ),
            "cropped, mirrored",
        ),
        (Hit(1, Photo(Path("a")), 0.8, Label.CLOSE, 99.987), "99.98 %"),
        (Hit(1, Photo(Path("a")), 0.6, Label.SIMILAR, 93.7), "93 %"),
        (Hit(1, Photo(Path("a")), 0.876, Label.CLOSE), "0.87"),
    ],
)
def test_badge_says_why_a_photo_was_found(found: Hit, badge: str) -> None:
    assert messages.badge(found) == badge
