"""The start page of an empty library."""

from __future__ import annotations

from typing import TYPE_CHECKING

from desktop.search.page import SearchPage
from tests.helpers.checkout import CHECKOUT
from tests.helpers.desktop.window_driver import WindowFixture, button, only, wait_until_idle

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot


def test_a_click_indexes_the_sample_photos_and_searches_them(qtbot: QtBot, empty_ui: WindowFixture) -> None:
    samples = CHECKOUT / "resources" / "samples"
    empty_ui.engine.picture_extensions = frozenset({".jpg"})
    button(empty_ui.window, "Try it with sample photos").click()
    qtbot.waitUntil(lambda: len(empty_ui.names) > 10)
    wait_until_idle(qtbot, empty_ui)
    assert [root.path for root in empty_ui.engine.roots] == [samples / "photos"]
    assert empty_ui.query_panel.name == "query.jpg"
    assert empty_ui.shell.stack.currentWidget() is only(empty_ui.window, SearchPage)
    assert not button(empty_ui.window, "Try it with sample photos").isVisible()


def test_the_samples_are_not_offered_in_a_library_that_can_only_be_read(empty_ui: WindowFixture) -> None:
    empty_ui.shell.library.set_read_only(True)
    assert not button(empty_ui.window, "Try it with sample photos").isEnabled()
