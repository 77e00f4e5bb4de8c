"""Lines and objects that a command prints, from the values that it gets."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from core.cli.index import waiting
from core.cli.search import hit_json, hit_text
from core.types import Hit, Label, Photo, RemoteFolder

HERE = Hit(
    1, Photo(Path("/photos/cat.jpg"), width=4000, height=3000, taken_at=1_577_836_800), 0.987, Label.NEAR_DUPLICATE
)
THERE = Hit(2, Photo(Path("2024/sea.jpg"), remote=RemoteFolder("7f3a", "study: /home/ann/Pictures")), 0.75, Label.CLOSE)


def test_a_hit_on_this_computer_is_its_path() -> None:
    assert hit_text(HERE).split() == ["1", "0.987", "near-duplicate", "/photos/cat.jpg"]
    assert json.loads(json.dumps(hit_json(HERE))) == {
        "rank": 1,
        "path": "/photos/cat.jpg",
        "score": 0.987,
        "label": "near-duplicate",
        "elsewhere": None,
        "is_provisional": False,
        "width": 4000,
        "height": 3000,
        "taken_at": 1_577_836_800,
    }


def test_a_hit_elsewhere_says_where() -> None:
    assert hit_text(THERE).endswith("  study: /home/ann/Pictures: 2024/sea.jpg")
    found = json.loads(json.dumps(hit_json(THERE)))
    assert (found["path"], found["elsewhere"]) == ("2024/sea.jpg", "study: /home/ann/Pictures")


@pytest.mark.parametrize("reason", ["", "Nothing answers at http://127.0.0.1:1."])
def test_photos_that_wait_are_counted_and_the_reason_is_given(reason: str) -> None:
    sentence = waiting(1234, reason)
    assert sentence.startswith("1,234 photos are waiting for the search index: ")
    assert reason in sentence
    assert "  " not in sentence
