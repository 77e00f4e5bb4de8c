"""The odd and broken files of many test suites, where they lie beside the checkout."""

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

SHARES = 8
"""The files are dealt out to this many tests, so that a failure names a few of them."""


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
    return "" if sound else "decoded to something else than was promised"


def test_every_file_is_a_photo_or_ignored() -> None:
    folders = list(walk(ODD))

    photos = {photo.path for folder in folders for photo in folder.photos}

    assert len(photos) + sum(folder.ignored for folder in folders) == sum(path.is_file() for path in ODD.rglob("*"))
    assert {path.name for path in photos} >= opened_by_pillow()


@pytest.mark.parametrize("share", range(SHARES))
def test_what_pillow_reads_is_decoded_and_the_rest_is_an_error_in_words(share: int) -> None:
    files = sorted(path for path in ODD.rglob("*") if path.is_file())[share::SHARES]

    answers = {path.name: outcome(path) for path in files}

    assert {name: why for name, why in answers.items() if why and name in opened_by_pillow()} == {}
    assert all(why == "" or why.startswith("The ") for why in answers.values())
