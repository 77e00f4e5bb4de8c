"""What `check-search` prints."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from core.cli.check_search import quality_text
from core.images.edited_copies import EDITS
from core.reports import SearchQuality
from tests.helpers.checkout import SAMPLES

if TYPE_CHECKING:
    from pathlib import Path

    from tests.helpers.engine.program import Program

pytest_plugins = ["tests.helpers.engine.fixtures"]

TIMES = {
    "search": 60.4,
    "verification": 180.0,
    "reading the picture": 3.0,
    "embedding": 8.0,
    "search index": 4.0,
    "exact search": 40.0,
}


def test_measures_are_printed_in_words() -> None:
    quality = SearchQuality(3, {"small": 1.0, "black and white": 2 / 3}, 0.95, TIMES)

    assert quality_text(quality).splitlines() == [
        "3 photos were edited in 2 ways and searched for. The right photo came first:",
        "    small            3 of 3",
        "    black and white  2 of 3",
        "The search index finds 95.0% of the ten best photos that an exact search finds.",
        "A search takes 60 ms, and its verification 180 ms more.",
        "With one view of the picture, in milliseconds: "
        "reading the picture 3, embedding 8, search index 4, exact search 40.",
    ]


@pytest.mark.slow
def test_edited_copies_of_the_sample_photos_are_found(program: Program) -> None:
    assert program.call("index", SAMPLES).status == 0

    outcome = program.call("check-search", "--samples", "3", "--json")

    answer = json.loads(outcome.out)
    assert answer["samples"] == 3
    assert answer["recall_at_1"].keys() == EDITS.keys()
    assert sum(answer["recall_at_1"].values()) >= 0.9 * len(EDITS)
    assert answer["index_recall"] == 1.0
    assert answer["milliseconds"].keys() == TIMES.keys()


def test_a_library_without_readable_photos_is_an_error(program: Program, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    assert program.call("index", tmp_path / "empty").status == 0

    outcome = program.call("check-search")

    assert outcome.status == 1
    assert "has no photos that can be read" in outcome.err
