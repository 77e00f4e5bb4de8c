from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from core.images.decoder import decode
from core.images.formats import HEAD, extensions, formats, is_picture, is_raw
from tests.helpers.pictures.drawn import FORMATS, encoded, quarters
from tests.helpers.pictures.raw_files import Dng

if TYPE_CHECKING:
    from pathlib import Path

SENSOR = quarters(96, 64)


@pytest.mark.parametrize("extension", [*FORMATS.values(), ".jpeg", ".tiff", ".heif", ".jfif", ".apng"])
def test_photo_extensions_are_recognised(extension: str) -> None:
    assert extension in extensions()


@pytest.mark.parametrize("extension", [".txt", ".mp4", ".pdf", ".eps", ".wmf", ".xmp", ".py", ".db", ""])
def test_other_extensions_are_not_recognised(extension: str) -> None:
    assert extension not in extensions()


@pytest.mark.parametrize("name", ["EPS", "PDF", "WMF", "MPEG"])
def test_formats_that_run_programs_or_have_no_pixels_are_not_read(name: str) -> None:
    assert name not in formats()


@pytest.mark.parametrize("name", FORMATS)
def test_photo_is_recognised_by_its_first_bytes(name: str, tmp_path: Path) -> None:
    assert is_picture(tmp_path / "not there", encoded(quarters(), name)[:HEAD])


@pytest.mark.parametrize("name", ["ICO", "PCX", "PPM", "SGI", "DDS"])
def test_picture_with_an_ambiguous_signature_is_recognised_by_its_header(name: str, tmp_path: Path) -> None:
    file = tmp_path / "picture"
    file.write_bytes(encoded(quarters(), name))

    assert is_picture(file, file.read_bytes()[:HEAD])


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\0",
        b"a note\n",
        b"P6 is the name of a robot in a film that nobody saw",
        b"\x0a\x05 looks like a PCX for two bytes and is none at all",
        b"BM is how this text begins, as a bitmap would",
        b"%PDF-1.7\n",
        b"%!PS-Adobe-3.0 EPSF-3.0\n",
        b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom",
        b"RIFF\x24\0\0\0WAVEfmt \x10\0\0\0",
        b"PK\x03\x04",
    ],
)
def test_other_content_is_not_a_picture(content: bytes, tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(content)

    assert not is_picture(file, content[:HEAD])


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=HEAD) | st.lists(st.sampled_from([0, 1, 2, 10, 40, 66, 77, 255]), max_size=HEAD).map(bytes))
def test_any_first_bytes_are_handled_without_an_error(tmp_path_factory: pytest.TempPathFactory, head: bytes) -> None:
    file = tmp_path_factory.getbasetemp() / "any first bytes"
    file.write_bytes(head)

    assert is_picture(file, head) in {True, False}


def test_file_that_no_longer_exists_is_not_a_picture(tmp_path: Path) -> None:
    assert not is_picture(tmp_path / "gone", encoded(Image.new("RGB", (9, 9)), "PCX")[:HEAD])


@pytest.mark.parametrize(
    "extension",
    [".dng", ".nef", ".nrw", ".arw", ".cr2", ".cr3", ".raf", ".orf", ".rw2", ".pef", ".srw", ".iiq", ".x3f"],
)
def test_raw_extensions_are_recognised(extension: str) -> None:
    assert extension in extensions()


@pytest.mark.parametrize("preview", [b"", encoded(SENSOR, "JPEG")], ids=["no preview", "preview"])
@pytest.mark.parametrize("is_linear", [False, True], ids=["mosaic", "linear"])
def test_dng_is_recognised_as_a_raw_file(preview: bytes, is_linear: bool) -> None:
    assert is_raw(Dng(SENSOR, preview, linear=is_linear).data())


@pytest.mark.parametrize("compression", ["raw", "jpeg", "tiff_lzw"])
def test_tiff_is_not_a_raw_file(compression: str) -> None:
    data = encoded(quarters(40, 30), "TIFF", compression=compression, save_all=True, append_images=[quarters()])

    assert not is_raw(data)
    assert decode(data, 16).image.size == (40, 30)


@pytest.mark.parametrize("grey", [b"I", b"M"])
def test_tiff_whose_pixels_resemble_a_raw_signature_is_not_a_raw_file(grey: bytes) -> None:
    assert not is_raw(b"II*\0\0\1\0\0" + 500 * grey)


def test_raw_files_are_recognised_by_their_first_bytes(tmp_path: Path) -> None:
    beginnings = (
        Dng(SENSOR).data(),
        b"FUJIFILMCCD-RAW 0201",
        b"IIRO\x08\0\0\0",
        b"IIU\0\x18\0\0\0",
        b"\0\0\0\x18ftypcrx \0\0\0\1crx isom",
    )

    assert all(is_picture(tmp_path / "not there", beginning[:HEAD]) for beginning in beginnings)
