"""Walking through the photos of the grid, and how they become sharp."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from core.types import Hit, Label, Metadata, Photo, RemoteFolder
from tests.helpers.desktop.window_driver import NO_KEY, WindowFixture, shows, wait_until_idle

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from desktop.preview.overlay import PreviewOverlay

Key = Qt.Key


@pytest.mark.parametrize(
    ("start", "key", "end"),
    [
        (0, Key.Key_Right, 1),
        (0, Key.Key_Down, 1),
        (3, Key.Key_Left, 2),
        (3, Key.Key_Up, 2),
        (0, Key.Key_End, 4),
        (3, Key.Key_Home, 0),
        (0, Key.Key_PageDown, 4),
        (4, Key.Key_PageUp, 0),
        (0, Key.Key_Left, 0),
        (4, Key.Key_Right, 4),
    ],
)
def test_a_key_walks_through_the_photos_of_the_grid(
    results_ui: WindowFixture, preview: PreviewOverlay, start: int, key: Qt.Key, end: int
) -> None:
    view = results_ui.results.view
    view.setCurrentIndex(results_ui.results.model.index(start))
    QTest.keyClick(preview, key)
    assert view.currentIndex().row() == end
    assert preview.strip.title.text() == results_ui.names[end]


def test_walking_ends_before_the_matches_that_are_folded_away(
    results_ui: WindowFixture, preview: PreviewOverlay
) -> None:
    results_ui.results.model.show_weak(False)
    shown = results_ui.results.model.rowCount()
    assert shown < 5
    QTest.keyClick(preview, Key.Key_End)
    assert preview.strip.details.text().startswith(f"{shown} of {shown}")
    assert not preview.controls.next.isEnabled()
    assert preview.controls.previous.isEnabled()


def test_the_strip_says_what_is_known_of_the_photo(results_ui: WindowFixture, preview: PreviewOverlay) -> None:
    metadata = Metadata(taken_at=1_628_956_800, camera="Canon EOS 5D")
    known = Photo(results_ui.results.model.hits[0].path, width=6000, height=4000, metadata=metadata)
    results_ui.results.model.show([Hit(1, known, 0.832, Label.CLOSE)])
    results_ui.results.view.setCurrentIndex(results_ui.results.model.index(0))
    text = preview.strip.details.text().replace("\N{NARROW NO-BREAK SPACE}", " ")
    assert text == (
        "1 of 1 · 8/14/21 4:00 PM · 6,000 \N{MULTIPLICATION SIGN} 4,000 pixels · Canon EOS 5D · close, score 0.83"
    ).replace("8/14/21 4:00 PM", text.split(" · ")[1])
    assert "8/14/21" in text
    assert "4:00 PM" in text


def test_the_thumbnail_is_shown_until_the_photo_is_decoded(
    qtbot: QtBot, results_ui: WindowFixture, closed_preview: PreviewOverlay
) -> None:
    results_ui.engine.preview_gate.shut()
    QTest.keyClick(results_ui.results.view, Key.Key_Space)
    photo = closed_preview.pictures.photo
    thumbnail = results_ui.thumbnails.pixmap(results_ui.results.model.hits[0].path)
    assert thumbnail
    assert photo.image.size() == thumbnail.size()
    results_ui.engine.preview_gate.set()
    qtbot.waitUntil(lambda: photo.image.width() == photo.side)
    assert photo.side == max(photo.width(), photo.height())


def test_only_the_photo_that_was_walked_to_last_is_decoded(
    qtbot: QtBot, results_ui: WindowFixture, closed_preview: PreviewOverlay
) -> None:
    results_ui.engine.preview_gate.shut()
    QTest.keyClick(results_ui.results.view, Key.Key_Space)
    QTest.keyClick(closed_preview, Key.Key_Right)
    QTest.keyClick(closed_preview, Key.Key_End)
    photo = closed_preview.pictures.photo
    results_ui.engine.preview_gate.set()
    qtbot.waitUntil(lambda: photo.image.width() == photo.side)
    wait_until_idle(qtbot, results_ui)
    assert shows(photo.image, "red")
    begun = [Path(str(source)).stem for source, _ in results_ui.engine.previews_begun]
    assert begun[:3] == ["blue", "red", "crimson"] or begun[:3] == ["red", "crimson", "blue"]


def test_the_neighbours_are_decoded_once_the_photo_is(
    qtbot: QtBot, results_ui: WindowFixture, closed_preview: PreviewOverlay, photos: Path
) -> None:
    results_ui.results.view.setCurrentIndex(results_ui.results.model.index(2))
    results_ui.engine.preview_gate.shut()
    QTest.keyClick(results_ui.results.view, Key.Key_Space)
    qtbot.waitUntil(lambda: bool(results_ui.engine.previews_begun))
    assert [source for source, _ in results_ui.engine.previews_begun] == [photos / "purple.png"]
    results_ui.engine.preview_gate.set()
    wait_until_idle(qtbot, results_ui)
    assert [source for source, _ in results_ui.engine.previews_begun[:3]] == [
        photos / "purple.png",
        photos / "crimson.png",
        photos / "indigo.png",
    ]
    results_ui.engine.preview_gate.shut()
    QTest.keyClick(closed_preview, Key.Key_Right)
    photo = closed_preview.pictures.photo
    assert photo.image.width() == photo.side
    assert shows(photo.image, "crimson")


def test_a_missing_file_is_explained_and_does_not_end_the_walk(
    qtbot: QtBot, results_ui: WindowFixture, preview: PreviewOverlay, photos: Path
) -> None:
    (photos / "purple.png").unlink()
    results_ui.results.view.setCurrentIndex(results_ui.results.model.index(2))
    photo = preview.pictures.photo
    qtbot.waitUntil(lambda: bool(photo.message))
    assert "purple.png" in photo.message
    assert "No such file" in photo.message
    assert "Connect its drive" in photo.message
    assert preview.accessibleDescription() == photo.message
    QTest.keyClick(preview, Key.Key_Right)
    wait_until_idle(qtbot, results_ui)
    assert not photo.message
    assert preview.accessibleDescription() == ""
    assert shows(photo.image, "crimson")


def test_a_damaged_file_is_explained(
    qtbot: QtBot, results_ui: WindowFixture, preview: PreviewOverlay, photos: Path
) -> None:
    (photos / "purple.png").write_bytes(b"damaged")
    results_ui.results.view.setCurrentIndex(results_ui.results.model.index(2))
    photo = preview.pictures.photo
    qtbot.waitUntil(lambda: bool(photo.message))
    assert "not a picture" in photo.message
    assert "backup" in photo.message


def test_a_photo_on_another_computer_is_explained(results_ui: WindowFixture, preview: PreviewOverlay) -> None:
    folder = RemoteFolder("a" * 32, "berta: /data/photos")
    results_ui.results.model.show([Hit(1, Photo(Path("lake.png"), remote=folder), 0.9, Label.CLOSE)])
    results_ui.results.view.setCurrentIndex(results_ui.results.model.index(0))
    assert "berta: /data/photos" in preview.pictures.photo.message
    assert preview.pictures.photo.image.isNull()


def test_an_error_is_forgotten_when_the_preview_is_closed(
    qtbot: QtBot, results_ui: WindowFixture, closed_preview: PreviewOverlay, photos: Path
) -> None:
    content = (photos / "blue.png").read_bytes()
    (photos / "blue.png").unlink()
    QTest.keyClick(results_ui.results.view, Key.Key_Space)
    photo = closed_preview.pictures.photo
    qtbot.waitUntil(lambda: bool(photo.message))
    (photos / "blue.png").write_bytes(content)
    QTest.keyClick(closed_preview, Key.Key_Space)
    QTest.keyClick(results_ui.results.view, Key.Key_Space, NO_KEY)
    qtbot.waitUntil(lambda: photo.image.width() == photo.side)
    assert not photo.message
