"""The picture types for which desktops offer the program."""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING

import macos_image
import windows_installer
from core.images.formats import extensions
from linux import desktop_files
from picture_types import EXTENSIONS, PICTURE_TYPES

if TYPE_CHECKING:
    from pathlib import Path


def test_engine_reads_every_picture_type() -> None:
    without_decoder = set() if find_spec("pylibjxl") else {".jxl"}
    assert set(EXTENSIONS) - extensions() - without_decoder == set()


def test_linux_offers_the_program_for_every_picture_type(tmp_path: Path) -> None:
    desktop_files.write_texts("1.2.3", 1_700_000_000, tmp_path)
    entry = (tmp_path / "applications" / "app.semblance.Semblance.desktop").read_text(encoding="utf-8")
    (line,) = [line for line in entry.splitlines() if line.startswith("MimeType=")]
    assert line == f"MimeType={';'.join(PICTURE_TYPES)};"


def test_windows_and_macos_offer_the_program_for_every_extension() -> None:
    macro = windows_installer.picture_types()
    (pictures,) = macos_image.info("1.2.3")["CFBundleDocumentTypes"]
    for extension in EXTENSIONS:
        assert f'!insertmacro ${{MACRO}} "{extension}"\n' in macro
        assert extension[1:] in pictures["CFBundleTypeExtensions"]
