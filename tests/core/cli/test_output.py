"""Lines and objects that a command prints, from the values that it gets."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from core.cli.index import waiting
from core.cli.search import hit_json, hit_text
from core.types import Label, RemoteFolder, SearchHit

HERE = SearchHit(1, Path("/photos/cat.jpg"), 0.987, Label.NEAR_DUPLICATE)
THERE = SearchHit(2, Path("2024/sea.jpg"), 0.75, Label.CLOSE, RemoteFolder("7f3a", "study: /home/ann/Pictures"))


def test_a_hit_on_this_computer_is_its_path() -> None:
    assert hit_text(HERE).split() == ["1", "0.987", "near-duplicate", "/photos/cat.jpg"]
    assert json.loads(json.dumps(hit_json(HERE))) == {
        "rank": 1,
        "path": "/photos/cat.jpg",
        "score": 0.987,
        "label": "near-duplicate",
        "elsewhere": None,
        "is_provisional": False,
    }


def test_a_hit_elsewhere_says_where() -> None:
    assert hit_text(THERE).endswith("  study: /home/ann/Pictures: 2024/sea.jpg")
    found = json.loads(json.dumps(hit_json(THERE)))
    assert (found["path"], found["elsewhere"]) == ("2024/sea.jpg", "study: /home/ann/Pictures")


@pytest.mark.parametrize("reason", ["", "Nothing answers at http://127.0.0.1:1."])
def test_photos_that_wait_are_counted_and_the_reason_is_given(reason: str) -> None:
    sentence = waiting(1234, reason)
    assert sentence.startswith("1,234 photos wait for the search index: ")
    assert reason in sentence
    assert "  " not in sentence
