from __future__ import annotations

import os
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QMimeData, QUrl
from PySide6.QtGui import QImage

from desktop import paths
from desktop.paths import shown, to_path, to_url
from desktop.search import query_input
from desktop.search.query import MAX_SIDE, of_file, of_image
from desktop.texts import messages
from tests.helpers.desktop.window_driver import files, image

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtWidgets import QApplication


from_drop = partial(query_input.from_drop, picture_extensions={".png", ".x3f"})
from_paste = partial(query_input.from_paste, picture_extensions={".png", ".x3f"})


def text(content: str) -> QMimeData:
    mime = QMimeData()
    mime.setText(content)
    return mime


def picture(colour: str) -> QMimeData:
    mime = QMimeData()
    mime.setImageData(image(colour))
    return mime


def address(content: str) -> QMimeData:
    mime = QMimeData()
    mime.setUrls([QUrl(content)])
    return mime


def test_everything_that_may_be_or_name_a_picture_is_accepted(qapp: QApplication, tmp_path: Path) -> None:
    other = QMimeData()
    other.setData("application/x-rows", b"rows")
    assert query_input.accepts(files(tmp_path / "not even there.jpg"))
    assert query_input.accepts(picture("red"))
    assert query_input.accepts(text("photo.jpg"))
    assert query_input.accepts(address("https://example.org/photo.jpg"))
    assert not query_input.accepts(other)


def test_a_picture_dropped_together_with_a_folder_is_searched_for_as_well(photos: Path) -> None:
    (photos / "notes.txt").touch()
    taken = from_drop(files(photos / "notes.txt", photos / "red.png", photos))
    assert taken == query_input.DroppedContent((photos,), of_file(photos / "red.png"), 1)


def test_every_picture_that_the_engine_reads_is_searched_for_beside_a_folder(photos: Path) -> None:
    raw = photos / "SDIM0001.X3F"  # a kind that Qt does not know
    raw.touch()
    assert from_drop(files(raw, photos)).query == of_file(raw)


def test_a_file_that_is_no_picture_is_ignored_beside_a_folder(photos: Path) -> None:
    (photos / "notes.txt").touch()
    assert from_drop(files(photos / "notes.txt", photos)) == query_input.DroppedContent((photos,))


def test_the_first_picture_among_several_files_is_searched_for(photos: Path) -> None:
    (photos / "notes.txt").touch()
    taken = from_drop(files(photos / "notes.txt", photos / "blue.png", photos / "red.png"))
    assert taken == query_input.DroppedContent((), of_file(photos / "blue.png"), 2)


def test_a_pasted_file_takes_precedence_over_its_icon(photos: Path) -> None:
    mime = files(photos / "blue.png")
    mime.setImageData(image("green"))
    query = from_paste(mime).query
    assert query
    assert query.source == photos / "blue.png"


def test_a_dropped_image_becomes_an_encoded_picture(qapp: QApplication) -> None:
    query = from_drop(picture("blue")).query
    assert query
    assert isinstance(query.source, bytes)
    assert QImage.fromData(query.source).pixelColor(0, 0) == image("blue").pixelColor(0, 0)


def test_a_huge_image_is_shrunk_before_it_is_encoded(qapp: QApplication) -> None:
    query = of_image(QImage(MAX_SIDE * 2, MAX_SIDE, QImage.Format.Format_RGB32), "huge")
    assert isinstance(query.source, bytes)
    decoded = QImage.fromData(query.source)
    assert (decoded.width(), decoded.height()) == (MAX_SIDE, MAX_SIDE // 2)


@pytest.mark.parametrize("form", ["{}", '"{}"', "  {}\n", "file://{}"])
def test_the_path_of_a_picture_can_be_pasted_or_dropped(photos: Path, form: str) -> None:
    path = photos / "blue.png"
    given = form.format(path.as_posix() if sys.platform != "win32" or "file" not in form else f"/{path.as_posix()}")
    taken = query_input.DroppedContent((), of_file(path), 1)
    assert from_paste(text(given)) == from_drop(text(given)) == taken


def test_the_path_of_a_folder_can_be_pasted(photos: Path) -> None:
    assert from_paste(text(str(photos))).folders == (photos,)


@pytest.mark.parametrize("content", ["photos", "a\0b", "/" + "x" * 5000, "~nobody-has-this-name/x.jpg", "file:"])
def test_text_that_names_no_file_is_refused_with_the_reason(qapp: QApplication, content: str) -> None:
    refused = query_input.DroppedContent(refusal=messages.no_path())
    assert from_paste(text(content)) == from_drop(text(content)) == refused


@pytest.mark.parametrize("make", [text, address])
@pytest.mark.parametrize("scheme", ["http", "HTTPS"])
def test_a_web_address_can_be_pasted_or_dropped(
    qapp: QApplication, make: Callable[[str], QMimeData], scheme: str
) -> None:
    mime = make(f"{scheme}://example.org/a%20b.jpg?size=large")
    found = from_drop(mime).query
    assert found
    assert (found.name, found.address.lower()) == ("a b.jpg", f"{scheme.lower()}://example.org/a%20b.jpg?size=large")
    assert from_paste(mime).query == found


def test_a_web_address_without_a_file_is_named_after_its_server(qapp: QApplication) -> None:
    found = from_drop(text("https://example.org/")).query
    assert found
    assert found.name == "example.org"


def test_a_picture_from_a_browser_is_preferred_to_its_address(qapp: QApplication) -> None:
    mime = address("https://example.org/a.jpg")
    mime.setImageData(image("red"))
    found = from_drop(mime).query
    assert found
    assert (found.address, found.picture is not None) == ("", True)


def test_data_without_any_picture_or_text_is_refused(qapp: QApplication) -> None:
    unreadable = QMimeData()
    unreadable.setImageData(QImage())
    assert from_drop(unreadable) == query_input.DroppedContent(refusal=messages.nothing_to_drop())
    assert from_paste(QMimeData()) == query_input.DroppedContent(refusal=messages.nothing_to_paste())


@given(st.text())
def test_any_text_can_be_checked_for_an_existing_path(content: str) -> None:
    path = query_input.existing_path(content)
    assert path is None or path.exists()


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="file names are Unicode there")
def test_a_file_name_that_is_not_unicode_survives_conversion_to_a_url_and_back() -> None:
    path = Path(os.fsdecode(b"/photos/caf\xe9 100%.jpg"))
    assert to_path(to_url(path)) == path
    assert shown(path) == "/photos/caf\N{REPLACEMENT CHARACTER} 100%.jpg"


def test_a_name_is_shown_on_one_line_and_copied_unchanged() -> None:
    path = Path("one\ntwo\t\x1b\x85\u2028.jpg")
    assert shown(path) == "one\ufffdtwo\ufffd\ufffd\ufffd\ufffd.jpg"
    assert paths.text(path) == str(path)


def test_a_web_address_has_no_path() -> None:
    assert to_path(QUrl("https://example.org/photo.jpg")) is None
