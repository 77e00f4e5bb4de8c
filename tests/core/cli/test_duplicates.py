"""What `duplicates` prints."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PIL import Image, ImageOps

from core.cli.duplicates import REASONS, TITLES, group_json, group_text
from core.types import Advantage, DuplicateGroup, DuplicateKind, Photo
from tests.helpers.checkout import SAMPLES

if TYPE_CHECKING:
    from tests.helpers.engine.program import Program

pytest_plugins = ["tests.helpers.engine.fixtures"]

GROUP = DuplicateGroup(
    DuplicateKind.SAME_PICTURE,
    (
        Photo(Path("/photos/a.jpg"), b"a", 3_450_000, 4000, 3000),
        Photo(Path("/photos/b.jpg"), b"b", 34_500, 400, 300),
        Photo(Path("/photos/c.jpg"), b"c", None, 40, 30),
    ),
    Advantage.PIXELS,
)


def test_every_kind_and_advantage_has_words() -> None:
    assert set(TITLES) == set(DuplicateKind)
    assert set(REASONS) == set(Advantage)


def test_group_is_printed_with_its_best_photo_and_the_reason() -> None:
    assert group_text(GROUP).splitlines() == [
        "Same picture, 3 photos",
        "    /photos/a.jpg  4000 x 3000, 3.5 MB  (best: has the most pixels)",
        "    /photos/b.jpg  400 x 300, 34 KB",
        "    /photos/c.jpg  40 x 30, 0 KB",
    ]


def test_group_is_an_object_for_scripts() -> None:
    assert group_json(GROUP) == {
        "kind": "same-picture",
        "photos": [
            {"path": "/photos/a.jpg", "width": 4000, "height": 3000, "bytes": 3_450_000},
            {"path": "/photos/b.jpg", "width": 400, "height": 300, "bytes": 34_500},
            {"path": "/photos/c.jpg", "width": 40, "height": 30, "bytes": None},
        ],
        "best": "/photos/a.jpg",
        "reason": "It has the most pixels.",
    }


@pytest.mark.slow
def test_copies_and_edited_versions_are_found_once_and_again(program: Program, tmp_path: Path) -> None:
    photos = tmp_path / "photos"
    photos.mkdir()
    raccoon, dahlia = SAMPLES / "animals" / "raccoon.jpg", SAMPLES / "flowers" / "dahlia.jpg"
    for name, source in (("raccoon.jpg", raccoon), ("copy of raccoon.jpg", raccoon), ("dahlia.jpg", dahlia)):
        (photos / name).write_bytes(source.read_bytes())
    with Image.open(raccoon) as image:
        small = image.resize((image.width // 2, image.height // 2))
        small.save(photos / "small.jpg")
        ImageOps.expand(image, border=80, fill="white").save(photos / "framed.png")
    assert program.call("index", photos).status == 0

    for _ in range(2):
        answer = json.loads(program.call("duplicates", "--json").out)

        groups = {group["kind"]: group for group in answer["groups"]}
        names = {kind: sorted(Path(photo["path"]).name for photo in each["photos"]) for kind, each in groups.items()}
        assert names == {
            "same-file": ["copy of raccoon.jpg", "raccoon.jpg"],
            "same-picture": ["copy of raccoon.jpg", "framed.png", "raccoon.jpg", "small.jpg"],
        }
        assert Path(groups["same-picture"]["best"]).name == "raccoon.jpg"
        assert len(answer["groups"]) == 2


def test_a_single_group_is_counted_in_the_singular(program: Program, tmp_path: Path) -> None:
    (tmp_path / "photos").mkdir()
    for name in ("a.jpg", "b.jpg"):
        (tmp_path / "photos" / name).write_bytes((SAMPLES / "animals" / "raccoon.jpg").read_bytes())
    assert program.call("index", tmp_path / "photos").status == 0

    assert program.call("duplicates").err == "1 group of duplicates. Nothing was deleted.\n"


def test_a_library_without_photos_has_no_duplicates(program: Program, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    assert program.call("index", tmp_path / "empty").status == 0

    outcome = program.call("duplicates")

    assert (outcome.status, outcome.out) == (0, "")
    assert "No duplicates were found." in outcome.err
