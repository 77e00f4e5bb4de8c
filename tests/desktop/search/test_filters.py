"""Filters of a search, the order of its hits, and more of them."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QDate
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QComboBox

from core.search_request import Filters, Shape
from core.types import Hit, Label, Order, Photo
from desktop.search.file_types import file_types, type_name
from desktop.search.filter_chips import FilterChips
from desktop.search.filter_panel import FilterPanel
from desktop.search.period_choice import ON_THIS_DAY, RANGE
from desktop.texts import filter_messages
from tests.helpers.desktop.window_driver import (
    WindowFixture,
    button,
    drop,
    files,
    only,
    wait_until_idle,
    wait_until_settled,
)

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

NAMES = ["blue.png", "indigo.png", "purple.png", "crimson.png", "red.png"]
TODAY = date(2026, 2, 28)


@pytest.fixture
def results_ui(qtbot: QtBot, ui: WindowFixture, photos: Path) -> WindowFixture:
    """Return a window with the five photos above as results."""
    ui.results.model.show_weak(True)
    drop(ui.window, files(photos / "blue.png"))
    qtbot.waitUntil(lambda: ui.names == NAMES)
    wait_until_settled(qtbot, ui)
    return ui


@pytest.fixture
def filter_panel(qtbot: QtBot) -> FilterPanel:
    panel = FilterPanel(file_types({".jpg", ".jpeg", ".nef", ".cr2"}), TODAY)
    qtbot.addWidget(panel)
    panel.set_folders([Path("/photos"), Path("/more")])
    return panel


def panel(ui: WindowFixture) -> FilterPanel:
    return only(ui.window, FilterPanel)


def chips(ui: WindowFixture) -> list[str]:
    return [chip.text() for chip in only(ui.window, FilterChips).chips]


def choose(choice: QComboBox, text: str) -> None:
    choice.setCurrentIndex(choice.findText(text))


def test_every_control_sets_its_filter(filter_panel: FilterPanel) -> None:
    choose(filter_panel.folder, "more")
    choose(filter_panel.shape, "Panorama")
    choose(filter_panel.type, "RAW")
    choose(filter_panel.size_choice, "From 12 megapixels")
    filter_panel.camera.setText(" canon ")
    choose(filter_panel.period.choice, "2024")
    assert filter_panel.filters == Filters(
        folders=(Path("/more"),),
        taken_from=date(2024, 1, 1),
        taken_to=date(2024, 12, 31),
        shapes=frozenset({Shape.PANORAMA}),
        extensions=frozenset({".nef", ".cr2"}),
        camera="canon",
        min_pixels=12_000_000,
    )


def test_controls_show_the_filters_that_they_are_given(filter_panel: FilterPanel) -> None:
    given = Filters(
        folders=(Path("/photos"),),
        taken_from=date(2020, 5, 3),
        taken_to=date(2020, 6, 1),
        shapes=frozenset({Shape.SQUARE}),
        extensions=frozenset({".jpg", ".jpeg"}),
        camera="nikon",
        min_pixels=2_000_000,
    )
    filter_panel.show_filters(given)
    assert filter_panel.filters == given
    year = Filters(taken_from=date(2001, 1, 1), taken_to=date(2001, 12, 31))
    for again in (Filters(on_this_day=TODAY), Filters(), year):
        filter_panel.show_filters(again)
        assert filter_panel.filters == again


def test_a_range_has_fields_for_its_days_and_takes_them_in_any_order(filter_panel: FilterPanel) -> None:
    period = filter_panel.period
    assert period.first.isHidden() or not period.first.isVisibleTo(filter_panel)
    period.choice.setCurrentIndex(period.choice.findData(RANGE))
    assert period.first.isVisibleTo(filter_panel)
    period.first.setDate(QDate(2024, 7, 9))
    period.last.setDate(QDate(2024, 7, 2))
    assert period.value[:2] == (date(2024, 7, 2), date(2024, 7, 9))
    period.choice.setCurrentIndex(period.choice.findData(ON_THIS_DAY))
    assert period.value[2] == TODAY
    assert not period.first.isVisibleTo(filter_panel)


def test_a_camera_counts_once_the_user_stops_typing(qtbot: QtBot, filter_panel: FilterPanel) -> None:
    changes: list[Filters] = []
    filter_panel.changed.connect(changes.append)
    QTest.keyClicks(filter_panel.camera, "leica")
    assert changes == []
    qtbot.waitUntil(lambda: changes == [Filters(camera="leica")])


def test_a_folder_that_is_removed_from_the_library_is_no_filter_any_more(filter_panel: FilterPanel) -> None:
    choose(filter_panel.folder, "more")
    changes: list[Filters] = []
    filter_panel.changed.connect(changes.append)
    filter_panel.set_folders([Path("/photos")])
    assert changes == [Filters()]


def test_a_filter_searches_again_and_has_a_chip(qtbot: QtBot, results_ui: WindowFixture, photos: Path) -> None:
    results_ui.engine.taken_at = {photos / "red.png": 1_700_000_000, photos / "blue.png": 1_000_000_000}
    choose(panel(results_ui).period.choice, "2023")
    qtbot.waitUntil(lambda: results_ui.names == ["red.png"])
    assert chips(results_ui) == ["2023"]
    assert results_ui.engine.requests[-1].filters.taken_to == date(2023, 12, 31)


def test_filters_stay_for_the_next_query(qtbot: QtBot, results_ui: WindowFixture, photos: Path) -> None:
    choose(panel(results_ui).shape, "Landscape")
    drop(results_ui.window, files(photos / "red.png"))
    qtbot.waitUntil(lambda: results_ui.names[:1] == ["red.png"])
    assert results_ui.engine.requests[-1].filters.shapes == {Shape.LANDSCAPE}


def test_a_click_on_a_chip_removes_its_filter(qtbot: QtBot, results_ui: WindowFixture) -> None:
    choose(panel(results_ui).shape, "Landscape")
    choose(panel(results_ui).size_choice, "From 8 megapixels")
    assert chips(results_ui) == ["Landscape", "From 8 megapixels", "Clear filters"]
    only(results_ui.window, FilterChips).chips[0].click()
    assert chips(results_ui) == ["From 8 megapixels"]
    assert panel(results_ui).shape.currentData() is None
    wait_until_idle(qtbot, results_ui)
    assert results_ui.engine.requests[-1].filters == Filters(min_pixels=8_000_000)


def test_all_filters_are_removed_at_once(qtbot: QtBot, results_ui: WindowFixture) -> None:
    choose(panel(results_ui).shape, "Landscape")
    choose(panel(results_ui).type, "PNG")
    only(results_ui.window, FilterChips).chips[-1].click()
    assert panel(results_ui).filters == Filters()
    assert only(results_ui.window, FilterChips).isHidden()
    wait_until_idle(qtbot, results_ui)
    assert results_ui.engine.requests[-1].filters == Filters()


def test_if_no_photo_passes_the_page_offers_to_clear_the_filters(qtbot: QtBot, results_ui: WindowFixture) -> None:
    choose(panel(results_ui).period.choice, "1995")
    qtbot.waitUntil(lambda: results_ui.names == [])
    clear = button(results_ui.results, "Clear filters")
    assert clear.isVisible()
    clear.click()
    qtbot.waitUntil(lambda: results_ui.names == NAMES)


def test_the_current_photo_stays_current_if_it_passes(qtbot: QtBot, results_ui: WindowFixture, photos: Path) -> None:
    results_ui.engine.taken_at = {photos / name: 1_700_000_000 for name in NAMES[1:4]}
    view = results_ui.results.view
    view.setCurrentIndex(results_ui.results.model.index(2))
    choose(panel(results_ui).period.choice, "2023")
    qtbot.waitUntil(lambda: results_ui.names == NAMES[1:4])
    current = view.current()
    assert current
    assert current.path.name == NAMES[2]


def test_hits_of_a_group_are_shown_in_the_order_chosen(results_ui: WindowFixture) -> None:
    order = results_ui.results.findChild(QComboBox)
    assert order
    groups = [section.count for section in results_ui.results.model.sections]
    order.setCurrentIndex(order.findData(Order.NAME))
    expected, first = [], 0
    for count in groups:
        expected += sorted(NAMES[first : first + count])
        first += count
    assert results_ui.names == expected
    order.setCurrentIndex(order.findData(Order.LIKENESS))
    assert results_ui.names == NAMES


def test_more_hits_are_added_at_the_end_and_nothing_in_sight_moves(
    qtbot: QtBot, results_ui: WindowFixture, photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("desktop.search.controller.FIRST_HITS", 2)
    drop(results_ui.window, files(photos / "red.png"))
    qtbot.waitUntil(lambda: [request.top_k for request in results_ui.engine.requests[-2:]] == [2, 8])
    qtbot.waitUntil(lambda: len(results_ui.names) == 5)
    wait_until_settled(qtbot, results_ui)
    assert results_ui.engine.requests[-1].top_k == 8  # there are only five photos, so no more are asked for


def test_the_selection_and_the_place_stay_when_hits_are_added(results_ui: WindowFixture) -> None:
    results, view = results_ui.results, results_ui.results.view
    many = [Hit(rank, Photo(Path(f"{rank}.png")), 0.9 - rank / 1000, Label.SIMILAR) for rank in range(1, 200)]
    results.model.show(many)
    view.setCurrentIndex(results.model.index(120))
    place = view.verticalScrollBar().value()
    results.extend([*many, Hit(200, Photo(Path("200.png")), 0.5, Label.SIMILAR)])
    assert len(results.model.hits) == 200
    assert view.verticalScrollBar().value() == place > 0
    assert view.current() == many[120]
    assert results.heading.startswith("200 photos")


def test_types_of_files_are_those_that_can_be_read() -> None:
    assert file_types({".jpg", ".nef", ".xyz"}) == {"JPEG": {".jpg"}, "RAW": {".nef"}}
    assert type_name(frozenset({".nef"})) == "RAW"
    assert type_name(frozenset({".xyz", ".abc"})) == ".abc, .xyz"


def test_periods_are_named_shortly() -> None:
    assert filter_messages.period(Filters()) == ""
    assert filter_messages.period(Filters(taken_from=date(2024, 1, 1), taken_to=date(2024, 12, 31))) == "2024"
    assert filter_messages.period(Filters(on_this_day=TODAY)) == "On this day"
    assert "2/3/24" in filter_messages.period(Filters(taken_from=date(2024, 2, 3)))
    both = filter_messages.period(Filters(taken_from=date(2024, 2, 3), taken_to=date(2024, 2, 9)))
    assert both == "2/3/24 to 2/9/24"
