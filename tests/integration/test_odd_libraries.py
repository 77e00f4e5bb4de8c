"""What people's files and queries really look like, from the file on the disk to the hits of the real model."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image, ImageDraw

from core.types import Label
from tests.helpers.checkout import CHECKOUT
from tests.helpers.pictures.drawn import SRGB_BLUE, SRGB_GREEN, SRGB_RED, encoded, profile

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.helpers.engine.fixtures import OpenEngine

pytest_plugins = ["tests.helpers.engine.fixtures"]
pytestmark = pytest.mark.slow  # the parts are tested faster elsewhere

SAMPLES = CHECKOUT / "resources" / "samples" / "photos" / "animals"
YEAR_2381 = 13_000_000_000
SCREEN = (1080, 2340)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with the photos of the animals."""
    shutil.copytree(SAMPLES, tmp_path / "photos")
    return tmp_path / "photos"


@pytest.fixture
def photo(folder: Path) -> Path:
    return folder / "raccoon.jpg"


@pytest.fixture(scope="module")
def picture() -> Iterator[Image.Image]:
    with Image.open(SAMPLES / "raccoon.jpg") as image:
        yield image.convert("RGB")


def _saved(image: Image.Image, file: Path) -> Path:
    file.parent.mkdir(exist_ok=True)
    image.save(file)
    return file


def test_photo_on_an_empty_page_is_found_before_blank_pictures(
    opened: OpenEngine, photo: Path, picture: Image.Image, tmp_path: Path
) -> None:
    blank = {
        _saved(Image.new("RGB", size, colour), photo.parent / f"{colour}-{size[0]}.png")
        for size in ((600, 400), (400, 600))
        for colour in ("black", "white")
    }
    opened.index(photo.parent)
    width, height = picture.size
    pages = [((width, 3 * height), colour) for colour in ("black", "white")] + [((3 * width, height), "black")]
    for number, (size, colour) in enumerate(pages):
        page = Image.new("RGB", size, colour)
        page.paste(picture, (0, 0))
        hits = opened.search(_saved(page, tmp_path / "queries" / f"{number}.png"), views="auto")
        assert hits[0].path == photo
        assert not [hit for hit in hits if hit.path in blank and hit.label in {Label.IDENTICAL, Label.NEAR_DUPLICATE}]


@pytest.mark.parametrize("ground", ["black", "white"])
def test_screenshot_of_a_phone_finds_the_photo_that_it_shows(
    opened: OpenEngine, photo: Path, picture: Image.Image, tmp_path: Path, ground: str
) -> None:
    screen = Image.new("RGB", SCREEN, ground)
    shown = picture.resize((SCREEN[0], round(picture.height * SCREEN[0] / picture.width)))
    screen.paste(shown, (0, (SCREEN[1] - shown.height) // 2))
    draw, ink = ImageDraw.Draw(screen), "white" if ground == "black" else "black"
    draw.text((60, 30), "12:34", fill=ink, font_size=44)
    draw.rectangle((900, 34, 980, 70), outline=ink, width=4)
    draw.rectangle((400, 2310, 680, 2318), fill=ink)
    for column, word in enumerate(("Share", "Edit", "Delete")):
        draw.text((80 + 320 * column, 2180), word, fill=ink, font_size=44)
    opened.index(photo.parent)

    best = opened.search(_saved(screen, tmp_path / "screen.png"), views="auto")[0]

    assert best.path == photo
    assert best.score > 0.95


def test_copies_in_other_colour_spaces_are_found_whatever_their_profile_is_called(
    opened: OpenEngine, photo: Path, picture: Image.Image
) -> None:
    values = np.asarray(picture) / 255
    linear = np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)
    image = Image.fromarray(np.round(linear * 255).astype(np.uint8))
    copies = {photo.parent / f"{name}.png" for name in ("GIMP built-in Linear sRGB", "Linear light")}
    for copy in copies:
        image.save(copy, icc_profile=profile(SRGB_RED, SRGB_GREEN, SRGB_BLUE, gamma=1.0, name=copy.stem))
    opened.index(photo.parent)

    hits = opened.search(photo, top_k=3)

    assert {hit.path for hit in hits} == {photo, *copies}
    assert hits[-1].score > 0.99


def test_jpegs_without_their_end_are_found_and_can_be_searched_with(
    opened: OpenEngine, photo: Path, picture: Image.Image
) -> None:
    whole, progressive = encoded(picture, "JPEG", quality=90), encoded(picture, "JPEG", quality=90, progressive=True)
    cut = {"marker": whole[:-2], "byte": whole[:-1], "percent": whole[: len(whole) * 99 // 100]}
    cut |= {"progressive": progressive[: len(progressive) * 9 // 10], "zeros": whole[:-4096] + bytes(4096)}
    files = {photo.parent / f"{name}.jpg": data for name, data in cut.items()}
    for file, data in files.items():
        file.write_bytes(data)

    report = opened.index(photo.parent)

    assert report.failed == ()
    hits = opened.search(photo, top_k=len(files) + 1)
    assert {hit.path for hit in hits} == {photo, *files}
    assert hits[-1].score > 0.9
    assert opened.search(photo.parent / "marker.jpg")[0].path == photo.parent / "marker.jpg"
    assert {failure.path for failure in opened.do(opened.engine.failures())} == files.keys()


def test_date_outside_the_usual_range_costs_nothing(opened: OpenEngine, photo: Path) -> None:
    os.utime(photo, (YEAR_2381, YEAR_2381))
    found = opened.index(photo.parent).found

    assert opened.search(photo)[0].path == photo
    assert opened.index(photo.parent).unchanged == found


def test_damaged_photo_is_found_once_a_backup_of_the_same_size_and_date_is_restored(
    opened: OpenEngine, photo: Path, tmp_path: Path
) -> None:
    backup, status = shutil.copy2(photo, tmp_path), photo.stat()
    photo.write_bytes(bytes(status.st_size))
    os.utime(photo, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert [failure.path for failure in opened.index(photo.parent).failed] == [photo]

    shutil.copy2(backup, photo)

    assert opened.index(photo.parent).failed == ()
    assert opened.search(photo)[0].path == photo


def test_deleted_photos_and_snapshots_of_the_folder_are_not_found(opened: OpenEngine, photo: Path) -> None:
    folder = photo.parent
    for other in folder.iterdir():
        if other != photo:
            other.unlink()
    for name in (
        ".trashed-1700000000-IMG_1.jpg",
        ".pending-1700000000-IMG_2.jpg",
        "@Recycle/IMG_3.jpg",
        ".Trash-1000/files/IMG_4.jpg",
        "#snapshot/GMT-2026.01.01/raccoon.jpg",
        "@Recently-Snapshot/d/raccoon.jpg",
        "~snapshot/hourly.0/raccoon.jpg",
    ):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(photo, folder / name)

    assert opened.index(folder).found == 1
    assert [hit.path for hit in opened.search(photo)] == [photo]
