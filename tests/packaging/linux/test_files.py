from __future__ import annotations

import gzip
import re
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest
from PIL import Image

import app_icons
from linux import desktop_files
from picture_types import PICTURE_TYPES

if TYPE_CHECKING:
    from pathlib import Path

APPLICATION = "app.semblance.Semblance"
MENU_ENTRY = f"applications/{APPLICATION}.desktop"
KDE = f"kio/servicemenus/{APPLICATION}.desktop"
NEMO = "nemo/actions/semblance.nemo_action"
METAINFO = f"metainfo/{APPLICATION}.metainfo.xml"


def needs(tool: str) -> pytest.MarkDecorator:
    return pytest.mark.skipif(not shutil.which(tool), reason=f"{tool} is not installed")


def values(share: Path, file: str) -> dict[str, str]:
    return dict(re.findall(r"^([\w-]+)=(.*)$", (share / file).read_text(encoding="utf-8"), re.MULTILINE))


@needs("desktop-file-validate")
def test_menu_entry_is_valid(share: Path) -> None:
    subprocess.run(["desktop-file-validate", str(share / MENU_ENTRY)], check=True)


@needs("appstreamcli")
def test_description_for_software_centres_is_valid(share: Path) -> None:
    subprocess.run(["appstreamcli", "validate", "--no-net", str(share / METAINFO)], check=True)


def test_description_for_software_centres_has_the_release_a_screenshot_and_the_types_of_pictures(share: Path) -> None:
    text = (share / METAINFO).read_text(encoding="utf-8")
    assert '<release version="1.2.3" date="2023-11-14"/>' in text
    assert "<image>https://semblance.app/screenshots/results.png</image>" in text
    assert re.findall("<mediatype>(.+)</mediatype>", text) == list(PICTURE_TYPES)


@pytest.mark.parametrize(("file", "types"), [(KDE, "MimeType"), (NEMO, "Mimetypes")])
def test_file_managers_search_with_every_type_of_picture_that_the_program_opens(
    file: str, types: str, share: Path
) -> None:
    found = values(share, file)
    assert found["Name"] == "Find similar photos"
    assert re.fullmatch("semblance %[fF]", found["Exec"])
    assert found[types] == values(share, MENU_ENTRY)["MimeType"]


def test_every_variable_has_a_value(share: Path) -> None:
    texts = [file for file in share.rglob("*") if file.parent.name != "apps" and file.suffix in {".desktop", ".xml"}]
    assert len(texts) == 3
    assert [file for file in (*texts, share / NEMO) if "${" in file.read_text(encoding="utf-8")] == []


def test_manual_is_compressed_with_the_same_bytes_every_time(share: Path, tmp_path: Path) -> None:
    manual = (share / "man" / "man1" / "semblance.1.gz").read_bytes()
    assert gzip.decompress(manual).startswith(b".TH SEMBLANCE 1")
    assert desktop_files.compressed(gzip.decompress(manual).decode(), tmp_path / "manual").read_bytes() == manual


def test_icons_have_their_sizes_and_no_background(share: Path) -> None:
    assert (share / "icons" / "hicolor" / "scalable" / "apps" / "semblance.svg").is_file()
    for side in app_icons.THEME_SIDES:
        with Image.open(share / "icons" / "hicolor" / f"{side}x{side}" / "apps" / "semblance.png") as icon:
            assert icon.size == (side, side)
            assert icon.getchannel("A").getextrema() == (0, 255)


def test_small_icon_is_sharp() -> None:
    white, blue = (255, 255, 255, 255), (0x1F, 0x6F, 0x8B, 255)
    assert [app_icons.drawn(16).getpixel((column, 7)) for column in range(4)] == [white, blue, blue, blue]
