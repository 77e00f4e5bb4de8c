"""Odd and broken files from many test suites, if they are beside the checkout."""

from __future__ import annotations

import csv
from functools import cache
from typing import TYPE_CHECKING

import pytest

from core.errors import DecodeError
from core.images.decoder import decode
from core.scan.walk import walk
from tests.helpers.checkout import SHARED_DATA

if TYPE_CHECKING:
    from pathlib import Path

ODD = SHARED_DATA / "odd"

pytestmark = [
    pytest.mark.shared_data,
    pytest.mark.skipif(not ODD.is_dir(), reason="the odd files are not beside the checkout, in ../shared/data/odd"),
]

PARTS = 8
"""The number of tests that the files are divided among, so that a failure names only a few of them."""


@cache
def opened_by_pillow() -> frozenset[str]:
    with (ODD / "expected_pillow.csv").open(newline="") as file:
        return frozenset(row["file"] for row in csv.DictReader(file) if row["stage"] == "ok")


def outcome(path: Path) -> str:
    try:
        picture = decode(path.read_bytes(), 64)
    except DecodeError as error:
        return str(error)
    sound = picture.image.mode == "RGB" and min(picture.image.size) >= min(64, picture.width, picture.height)
    return "" if sound else "decoded with the wrong mode or size"


def test_scan_reports_every_file_as_a_photo_or_ignored() -> None:
    folders = list(walk(ODD))

    photos = {photo.path for folder in folders for photo in folder.photos}

    assert len(photos) + sum(folder.ignored for folder in folders) == sum(path.is_file() for path in ODD.rglob("*"))
    assert {path.name for path in photos} >= opened_by_pillow()


@pytest.mark.parametrize("part", range(PARTS))
def test_files_that_pillow_opens_are_decoded_and_others_have_a_readable_error(part: int) -> None:
    files = sorted(path for path in ODD.rglob("*") if path.is_file())[part::PARTS]

    answers = {path.name: outcome(path) for path in files}

    assert {name: why for name, why in answers.items() if why and name in opened_by_pillow()} == {}
    assert all(why == "" or why.startswith("The ") for why in answers.values())
