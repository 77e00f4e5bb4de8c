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
def results_ui(qtbot: QtBot, ui: WindowFixture, photos: Path) -> WindowFixture:
    """Return a window with results, the weak one among them."""
    ui.results.model.show_weak(True)
    drop(ui.window, files(photos / "blue.png"))
    qtbot.waitUntil(lambda: len(ui.names) == 5)
    wait_until_settled(qtbot, ui)
    return ui


@pytest.fixture
def thumbnails(tasks: Tasks, engine: FakeEngine) -> Thumbnails:
    """Return thumbnails that no window uses."""
    thumbnails = Thumbnails(tasks)
    thumbnails.use(engine)
    return thumbnails


@pytest.fixture
def opened_urls(monkeypatch: pytest.MonkeyPatch) -> list[QUrl]:
    urls: list[QUrl] = []

    def note(url: QUrl) -> bool:
        urls.append(url)
        return True

    monkeypatch.setattr(QDesktopServices, "openUrl", note)
    return urls


SIDE = 192


def action(ui: WindowFixture, text: str) -> QAction:
    return next(action for action in ui.photo_actions.all() if action.text().replace("&", "") == text)


@pytest.mark.parametrize("key", [Qt.Key.Key_Return, Qt.Key.Key_Enter])
def test_a_key_opens_the_current_photo(
    qtbot: QtBot, results_ui: WindowFixture, photos: Path, opened_urls: list[QUrl], key: Qt.Key
) -> None:
    view = results_ui.results.view
    results_ui.window.activateWindow()
    qtbot.waitUntil(view.hasFocus)
    QTest.keyClick(view, Qt.Key.Key_Right)
    QTest.keyClick(view, key)
    assert opened_urls == [to_url(photos / "indigo.png")]


def test_the_down_arrow_moves_to_the_next_row_of_the_grid(qtbot: QtBot, results_ui: WindowFixture) -> None:
    view = results_ui.results.view
    results_ui.window.resize(700, 900)
    model = results_ui.results.model
    QTest.keyClick(view, Qt.Key.Key_Down)
    first, below = view.visualRect(model.index(0)), view.visualRect(view.currentIndex())
    assert below.top() > first.bottom()
    assert below.left() == first.left()


def test_a_double_click_opens_the_photo(
    qtbot: QtBot, results_ui: WindowFixture, photos: Path, opened_urls: list[QUrl]
) -> None:
    view = results_ui.results.view
    place = view.visualRect(results_ui.results.model.index(0)).center()
    QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, NO_KEY, place)
    QTest.mouseDClick(view.viewport(), Qt.MouseButton.LeftButton, NO_KEY, place)
    assert opened_urls == [to_url(photos / "blue.png")]


def test_the_narrowest_window_shows_whole_photos(qtbot: QtBot, results_ui: WindowFixture) -> None:
    view = results_ui.results.view
    results_ui.window.resize(1, 700)
    qtbot.waitUntil(lambda: view.visualRect(view.model().index(1, 0)).top() > 0)
    first = view.visualRect(view.model().index(0, 0))
    assert view.viewport().rect().contains(first)


def test_opening_a_missing_photo_shows_an_error(
    results_ui: WindowFixture, photos: Path, opened_urls: list[QUrl]
) -> None:
    (photos / "blue.png").unlink()
    action(results_ui, "Open").trigger()
    assert opened_urls == []
    assert str(photos / "blue.png") in results_ui.shell.banner.text
    assert "was not found" in results_ui.shell.banner.text


def test_opening_a_photo_without_a_suitable_program_shows_an_error(
    results_ui: WindowFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: QUrl) -> bool:
        return False

    monkeypatch.setattr(QDesktopServices, "openUrl", refuse)
    action(results_ui, "Open").trigger()
    assert "No program could open" in results_ui.shell.banner.text


def test_the_path_of_a_photo_is_copied(results_ui: WindowFixture, photos: Path) -> None:
    action(results_ui, "Copy path").trigger()
    assert QApplication.clipboard().text() == str(photos / "blue.png")


def test_the_folder_of_a_photo_is_opened(
    results_ui: WindowFixture, photos: Path, opened_urls: list[QUrl], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.platform", "linux")
    action(results_ui, "Show in folder").trigger()
    assert opened_urls == [to_url(photos)]


def test_a_result_can_become_the_next_query(qtbot: QtBot, results_ui: WindowFixture) -> None:
    view = results_ui.results.view
    view.setCurrentIndex(results_ui.results.model.index(4))
    action(results_ui, "Search for similar photos").trigger()
    qtbot.waitUntil(lambda: results_ui.names == ["crimson.png", "purple.png", "indigo.png", "blue.png"])
    assert results_ui.query_panel.name == "red.png"


def test_the_context_menu_opens_only_over_a_photo(qtbot: QtBot, results_ui: WindowFixture) -> None:
    view = results_ui.results.view
    reason = QContextMenuEvent.Reason.Mouse
    beside = QPoint(view.viewport().width() - 1, view.viewport().height() - 1)
    QApplication.sendEvent(view.viewport(), QContextMenuEvent(reason, beside, QPoint(0, 0)))
    assert not view.menu().isVisible()
    place = view.visualRect(results_ui.results.model.index(2)).center()
    QApplication.sendEvent(view.viewport(), QContextMenuEvent(reason, place, QPoint(0, 0)))
    qtbot.waitUntil(view.menu().isVisible)
    assert view.currentIndex().row() == 2
    view.menu().close()


def test_photo_actions_are_disabled_without_results(results_ui: WindowFixture) -> None:
    actions = [action for action in results_ui.photo_actions.all() if action.isVisible()]
    assert len(actions) == 7
    assert all(action.isEnabled() for action in actions)
    results_ui.results.clear()
    assert not any(action.isEnabled() for action in results_ui.photo_actions.all())


def test_screen_readers_get_the_score_label_and_rank_of_a_result(results_ui: WindowFixture) -> None:
    model = results_ui.results.model
    role = Qt.ItemDataRole.AccessibleTextRole
    assert model.index(0).data(role) == "blue.png, score 1.00, identical, 1 of 5"
    assert model.index(4).data(role) == "red.png, score 0.33, weak, 5 of 5"


def test_visible_thumbnails_load_first_and_distant_ones_do_not_load(
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


def test_a_thumbnail_that_is_no_longer_requested_is_dropped(
    qtbot: QtBot, thumbnails: Thumbnails, engine: FakeEngine, photos: Path
) -> None:
    red, blue = photos / "red.png", photos / "blue.png"
    loaded: list[Path] = []
    thumbnails.loaded.connect(loaded.append)
    engine.thumbnail_gate.shut()
    thumbnails.request([red], SIDE)
    qtbot.waitUntil(lambda: engine.thumbnails_begun == [red])
    thumbnails.request([blue], SIDE)
    qtbot.waitUntil(lambda: engine.thumbnails_begun == [red, blue])
    engine.thumbnail_gate.set()
    qtbot.waitUntil(lambda: loaded == [blue])
    assert thumbnails.pixmap(red) is None
    assert engine.thumbnails_done == [blue]


def test_the_current_photo_stays_current_when_a_run_adds_better_matches(
    qtbot: QtBot, results_ui: WindowFixture, photos: Path
) -> None:
    view, model = results_ui.results.view, results_ui.results.model
    view.setCurrentIndex(model.index(2))
    image("#0000f0").save(str(photos / "navy.png"))
    results_ui.shell.actions.update_library.trigger()
    qtbot.waitUntil(lambda: results_ui.names[1] == "navy.png")
    current = view.current()
    assert current
    assert (current.path.name, view.currentIndex().row()) == ("purple.png", 3)


def test_a_changed_photo_gets_a_new_thumbnail_after_an_update(
    qtbot: QtBot, results_ui: WindowFixture, photos: Path
) -> None:
    qtbot.waitUntil(lambda: all(has_pixmap(results_ui, row) for row in range(5)))
    results_ui.engine.thumbnails_done.clear()
    image("green").save(str(photos / "blue.png"))
    results_ui.shell.actions.update_library.trigger()
    qtbot.waitUntil(lambda: photos / "blue.png" in results_ui.engine.thumbnails_done)


def test_only_the_most_recently_used_thumbnails_are_kept(
    qtbot: QtBot, thumbnails: Thumbnails, photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("desktop.photos.thumbnails.MAX_BYTES", 2 * 4 * 192 * 128)
    red, crimson, blue = (photos / f"{name}.png" for name in ("red", "crimson", "blue"))
    for photo in (red, crimson):
        fetch(qtbot, thumbnails, photo)
    assert thumbnails.pixmap(red)
    fetch(qtbot, thumbnails, blue)
    assert [path for path in (red, crimson, blue) if thumbnails.pixmap(path)] == [red, blue]


def test_a_failed_thumbnail_is_remembered_and_not_requested_again(
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


def test_a_thumbnail_that_was_under_way_when_photos_changed_is_loaded_again(
    qtbot: QtBot, thumbnails: Thumbnails, engine: FakeEngine, photos: Path
) -> None:
    red = photos / "red.png"
    engine.thumbnail_gate.shut()
    thumbnails.request([red], SIDE)
    qtbot.waitUntil(lambda: engine.thumbnails_begun == [red])
    thumbnails.clear()
    thumbnails.request([red], SIDE)
    qtbot.waitUntil(lambda: engine.thumbnails_begun == [red, red])
    engine.thumbnail_gate.set()
    qtbot.waitUntil(lambda: thumbnails.pixmap(red) is not None)
    assert engine.thumbnails_done == [red]


def fetch(qtbot: QtBot, thumbnails: Thumbnails, *photos: Path) -> None:
    """Request thumbnails, and wait until the last one has loaded or failed."""
    loaded: list[Path] = []
    thumbnails.loaded.connect(loaded.append)
    thumbnails.request(photos, SIDE)
    qtbot.waitUntil(lambda: loaded[-1:] == [photos[-1]])


def has_pixmap(ui: WindowFixture, row: int) -> bool:
    pixmap = ui.results.model.index(row).data(Qt.ItemDataRole.DecorationRole)
    return isinstance(pixmap, QPixmap) and not pixmap.isNull()
