from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QPoint, Qt, QUrl
from PySide6.QtGui import QAction, QContextMenuEvent, QDesktopServices, QPixmap
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from desktop.paths import to_url
from desktop.photos.thumbnails import Thumbnails
from tests.helpers.desktop.window_driver import NO_KEY, WindowFixture, drop, files, image, wait_until_settled

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from desktop.tasks import Tasks
    from tests.helpers.desktop.fake_engine import FakeEngine


@pytest.fixture
def found(qtbot: QtBot, ui: WindowFixture, photos: Path) -> WindowFixture:
    drop(ui.window, files(photos / "blue.png"))
    qtbot.waitUntil(lambda: len(ui.names) == 5)
    wait_until_settled(qtbot, ui)
    return ui


@pytest.fixture
def thumbnails(tasks: Tasks, engine: FakeEngine) -> Thumbnails:
    """Return thumbnails that no window asks for."""
    thumbnails = Thumbnails(tasks)
    thumbnails.use(engine)
    return thumbnails


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[QUrl]:
    urls: list[QUrl] = []

    def note(url: QUrl) -> bool:
        urls.append(url)
        return True

    monkeypatch.setattr(QDesktopServices, "openUrl", note)
    return urls


def action(ui: WindowFixture, text: str) -> QAction:
    return next(action for action in ui.photo_actions.all() if action.text().replace("&", "") == text)


@pytest.mark.parametrize("key", [Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space])
def test_the_keyboard_opens_the_photo_it_is_on(
    qtbot: QtBot, found: WindowFixture, photos: Path, opened: list[QUrl], key: Qt.Key
) -> None:
    view = found.results.view
    found.window.activateWindow()
    qtbot.waitUntil(view.hasFocus)
    QTest.keyClick(view, Qt.Key.Key_Right)
    QTest.keyClick(view, key)
    assert opened == [to_url(photos / "indigo.png")]


def test_the_arrows_move_through_the_rows_of_the_grid(qtbot: QtBot, found: WindowFixture) -> None:
    view = found.results.view
    found.window.resize(900, 900)
    columns = view.viewport().width() // view.gridSize().width()
    assert 1 < columns < 5
    QTest.keyClick(view, Qt.Key.Key_Down)
    assert view.currentIndex().row() == columns


def test_a_double_click_opens_the_photo(qtbot: QtBot, found: WindowFixture, photos: Path, opened: list[QUrl]) -> None:
    view = found.results.view
    place = view.visualRect(found.results.model.index(0)).center()
    QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, NO_KEY, place)
    QTest.mouseDClick(view.viewport(), Qt.MouseButton.LeftButton, NO_KEY, place)
    assert opened == [to_url(photos / "blue.png")]


def test_the_narrowest_window_shows_whole_photos(qtbot: QtBot, found: WindowFixture) -> None:
    view = found.results.view
    found.window.resize(1, 700)
    qtbot.waitUntil(lambda: view.visualRect(view.model().index(1, 0)).top() > 0)
    first = view.visualRect(view.model().index(0, 0))
    assert view.viewport().rect().contains(first)


def test_a_photo_that_is_gone_is_told(found: WindowFixture, photos: Path, opened: list[QUrl]) -> None:
    (photos / "blue.png").unlink()
    action(found, "Open").trigger()
    assert opened == []
    assert str(photos / "blue.png") in found.shell.banner.text
    assert "was not found" in found.shell.banner.text


def test_a_photo_that_no_program_opens_is_told(found: WindowFixture, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: QUrl) -> bool:
        return False

    monkeypatch.setattr(QDesktopServices, "openUrl", refuse)
    action(found, "Open").trigger()
    assert "No program opened" in found.shell.banner.text


def test_the_path_is_copied(found: WindowFixture, photos: Path) -> None:
    action(found, "Copy path").trigger()
    assert QApplication.clipboard().text() == str(photos / "blue.png")


def test_the_folder_of_a_photo_is_shown(
    found: WindowFixture, photos: Path, opened: list[QUrl], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.platform", "linux")
    action(found, "Show in folder").trigger()
    assert opened == [to_url(photos)]


def test_more_like_a_result_can_be_found(qtbot: QtBot, found: WindowFixture) -> None:
    view = found.results.view
    view.setCurrentIndex(found.results.model.index(4))
    action(found, "Search for similar photos").trigger()
    qtbot.waitUntil(lambda: found.names[0] == "red.png")
    assert found.query_panel.name == "red.png"


def test_the_menu_opens_over_a_photo_and_nowhere_else(qtbot: QtBot, found: WindowFixture) -> None:
    view = found.results.view
    reason = QContextMenuEvent.Reason.Mouse
    beside = QPoint(view.viewport().width() - 1, view.viewport().height() - 1)
    QApplication.sendEvent(view.viewport(), QContextMenuEvent(reason, beside, QPoint(0, 0)))
    assert not view.menu().isVisible()
    place = view.visualRect(found.results.model.index(2)).center()
    QApplication.sendEvent(view.viewport(), QContextMenuEvent(reason, place, QPoint(0, 0)))
    qtbot.waitUntil(view.menu().isVisible)
    assert view.currentIndex().row() == 2
    view.menu().close()


def test_a_photo_has_actions_only_while_there_is_one(found: WindowFixture, tmp_path: Path) -> None:
    actions = [action for action in found.photo_actions.all() if action.isVisible()]
    assert len(actions) == 4
    assert all(action.isEnabled() for action in actions)
    found.results.clear()
    assert not any(action.isEnabled() for action in found.photo_actions.all())


def test_a_result_is_read_out_with_its_score_and_place(found: WindowFixture) -> None:
    model = found.results.model
    role = Qt.ItemDataRole.AccessibleTextRole
    assert model.index(0).data(role) == "blue.png, score 1.00, identical, 1 of 5"
    assert model.index(4).data(role) == "red.png, score 0.33, weak, 5 of 5"


def test_thumbnails_in_sight_come_first_and_those_out_of_reach_not_at_all(
    qtbot: QtBot, empty_ui: WindowFixture, tmp_path: Path
) -> None:
    many = tmp_path / "many"
    many.mkdir()
    for number in range(50):
        image(f"#0000{255 - number:02x}").save(str(many / f"{number:02}.png"))
    drop(empty_ui.window, files(many))
    qtbot.waitUntil(lambda: len(empty_ui.engine.photos) == 50)
    drop(empty_ui.window, files(many / "00.png"))
    qtbot.waitUntil(lambda: len(empty_ui.names) == 50)
    model, view = empty_ui.results.model, empty_ui.results.view
    qtbot.waitUntil(lambda: has_pixmap(empty_ui, 0))
    in_sight = [row for row in range(50) if view.visualRect(model.index(row)).intersects(view.viewport().rect())]
    qtbot.waitUntil(lambda: all(has_pixmap(empty_ui, row) for row in in_sight))
    wait_until_settled(qtbot, empty_ui)
    begun = [int(path.stem) for path in empty_ui.engine.thumbnails_begun if path.parent == many]
    rows = [row for row in dict.fromkeys(begun) if row != 0]
    assert rows[: len(in_sight) - 1] == in_sight[1:]
    assert max(rows) < 49


def test_a_thumbnail_that_scrolled_away_before_it_came_is_dropped(
    qtbot: QtBot, thumbnails: Thumbnails, engine: FakeEngine, photos: Path
) -> None:
    red, blue = photos / "red.png", photos / "blue.png"
    loaded: list[Path] = []
    thumbnails.loaded.connect(loaded.append)
    engine.thumbnail_gate.shut()
    thumbnails.request([red])
    qtbot.waitUntil(lambda: engine.thumbnails_begun == [red])
    thumbnails.request([blue])
    qtbot.waitUntil(lambda: engine.thumbnails_begun == [red, blue])
    engine.thumbnail_gate.set()
    qtbot.waitUntil(lambda: loaded == [blue])
    assert thumbnails.pixmap(red) is None
    assert engine.thumbnails_done == [blue]


def test_the_keyboard_stays_on_its_photo_when_a_run_brings_better_ones(
    qtbot: QtBot, found: WindowFixture, photos: Path
) -> None:
    view, model = found.results.view, found.results.model
    view.setCurrentIndex(model.index(2))
    image("#0000f0").save(str(photos / "navy.png"))
    found.shell.actions.update_library.trigger()
    qtbot.waitUntil(lambda: found.names[1] == "navy.png")
    current = view.current()
    assert current
    assert (current.path.name, view.currentIndex().row()) == ("purple.png", 3)


def test_a_photo_that_has_changed_gets_a_new_thumbnail_after_an_update(
    qtbot: QtBot, found: WindowFixture, photos: Path
) -> None:
    qtbot.waitUntil(lambda: all(has_pixmap(found, row) for row in range(5)))
    found.engine.thumbnails_done.clear()
    image("green").save(str(photos / "blue.png"))
    found.shell.actions.update_library.trigger()
    qtbot.waitUntil(lambda: photos / "blue.png" in found.engine.thumbnails_done)


def test_only_so_many_thumbnails_are_kept_and_those_used_last(
    qtbot: QtBot, thumbnails: Thumbnails, photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("desktop.photos.thumbnails.MAX_CACHED", 2)
    red, crimson, blue = (photos / f"{name}.png" for name in ("red", "crimson", "blue"))
    for photo in (red, crimson):
        fetch(qtbot, thumbnails, photo)
    assert thumbnails.pixmap(red)
    fetch(qtbot, thumbnails, blue)
    assert [path for path in (red, crimson, blue) if thumbnails.pixmap(path)] == [red, blue]


def test_a_photo_without_a_thumbnail_is_marked_and_not_asked_for_again(
    qtbot: QtBot, thumbnails: Thumbnails, engine: FakeEngine, tmp_path: Path
) -> None:
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"broken")
    fetch(qtbot, thumbnails, broken)
    pixmap = thumbnails.pixmap(broken)
    assert pixmap is not None
    assert pixmap.isNull()
    engine.thumbnails_begun.clear()
    fetch(qtbot, thumbnails, broken, tmp_path / "another.png")
    assert engine.thumbnails_begun == [tmp_path / "another.png"]


def fetch(qtbot: QtBot, thumbnails: Thumbnails, *photos: Path) -> None:
    """Want photos, and wait until the last one was fetched or cannot be."""
    loaded: list[Path] = []
    thumbnails.loaded.connect(loaded.append)
    thumbnails.request(photos)
    qtbot.waitUntil(lambda: loaded[-1:] == [photos[-1]])


def has_pixmap(ui: WindowFixture, row: int) -> bool:
    pixmap = ui.results.model.index(row).data(Qt.ItemDataRole.DecorationRole)
    return isinstance(pixmap, QPixmap) and not pixmap.isNull()
