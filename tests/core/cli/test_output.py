"""The text lines and JSON objects that commands print for given values."""

from __future__ import annotations

import io
import json
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from core.cli.index import waiting
from core.cli.output import progress_bar
from core.cli.search import hit_json, hit_text
from core.reports import Progress, Stage
from core.types import Box, Edit, Hit, Label, MatchKind, Metadata, Photo, RemoteFolder, SharedScene

METADATA = Metadata(1_577_836_800, 60, "Canon EOS 80D", 48.5, -2.25)
LOCAL_HIT = Hit(
    1, Photo(Path("/photos/cat.jpg"), width=4000, height=3000, metadata=METADATA), 0.987, Label.NEAR_DUPLICATE
)
REMOTE_HIT = Hit(
    2, Photo(Path("2024/sea.jpg"), remote=RemoteFolder("7f3a", "study: /home/ann/Pictures")), 0.75, Label.CLOSE
)


def test_the_printed_score_is_rounded_down_so_that_it_agrees_with_its_label() -> None:
    hit = replace(LOCAL_HIT, score=0.9196, label=Label.CLOSE)
    assert hit_text(hit).split()[1:3] == ["0.919", "close"]


def test_local_hit_is_printed_with_its_path() -> None:
    assert hit_text(LOCAL_HIT).split() == ["1", "0.987", "near-duplicate", "/photos/cat.jpg"]
    assert json.loads(json.dumps(hit_json(LOCAL_HIT))) == {
        "rank": 1,
        "path": "/photos/cat.jpg",
        "score": 0.987,
        "label": "near-duplicate",
        "percentile": None,
        "copies": [],
        "match": None,
        "elsewhere": None,
        "is_provisional": False,
        "width": 4000,
        "height": 3000,
        "taken_at": 1_577_836_800,
        "utc_offset": 60,
        "camera": "Canon EOS 80D",
        "latitude": 48.5,
        "longitude": -2.25,
    }


@pytest.mark.parametrize(("names", "shown"), [(["b"], "1 more copy"), (["b", "c"], "2 more copies")])
def test_stacked_hit_is_printed_with_the_number_of_its_copies(names: list[str], shown: str) -> None:
    hit = replace(LOCAL_HIT, copies=tuple(Photo(Path(name)) for name in names))

    assert hit_text(hit).endswith(f"  /photos/cat.jpg  ({shown})")
    assert hit_json(hit)["copies"] == names


@pytest.mark.parametrize(
    ("stage", "unit"),
    [
        (Stage.EMBEDDING, "photos"),
        (Stage.COMPARING, "photos"),
        (Stage.VERIFYING, "pairs"),
        (Stage.DOWNLOADING, "bytes"),
    ],
)
def test_progress_bar_says_what_it_counts(stage: Stage, unit: str, monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = io.StringIO()
    monkeypatch.setattr(terminal, "isatty", lambda: True)
    monkeypatch.setattr(sys, "stderr", terminal)

    with progress_bar() as show:
        show(Progress(stage, 0, 8))
        show(Progress(stage, 3, 8))

    assert f"{stage.value}: " in terminal.getvalue()
    assert f" {unit}/s" in terminal.getvalue()


@pytest.mark.parametrize(("percentile", "shown"), [(99.9799, "99.97 %"), (98.99, "98 %"), (0.0, "0 %")])
def test_hit_is_printed_with_how_many_photos_it_is_closer_than(percentile: float, shown: str) -> None:
    hit = replace(LOCAL_HIT, percentile=percentile)

    assert hit_text(hit).endswith(f"  {shown}  /photos/cat.jpg")
    assert hit_json(hit)["percentile"] == percentile


def test_hit_is_printed_with_what_it_shares_with_the_picture() -> None:
    edits = (Edit.CROPPED, Edit.MIRRORED)
    shared = SharedScene(MatchKind.SAME_PICTURE, edits, Box(0, 0, 1, 1), Box(0.25, 0, 2 / 3, 0.5), 87)
    hit = replace(LOCAL_HIT, shared=shared)

    assert hit_text(hit).endswith("  /photos/cat.jpg  (cropped, mirrored)")
    assert json.loads(json.dumps(hit_json(hit)))["match"] == {
        "kind": "same-picture",
        "edits": ["cropped", "mirrored"],
        "region": [0.25, 0, 0.6667, 0.5],
        "query_region": [0, 0, 1, 1],
        "inliers": 87,
    }


def test_remote_hit_is_printed_with_the_origin_of_its_folder() -> None:
    assert hit_text(REMOTE_HIT).endswith("  study: /home/ann/Pictures: 2024/sea.jpg")
    found = json.loads(json.dumps(hit_json(REMOTE_HIT)))
    assert (found["path"], found["elsewhere"]) == ("2024/sea.jpg", "study: /home/ann/Pictures")


@pytest.mark.parametrize("reason", ["", "Nothing answers at http://127.0.0.1:1."])
def test_message_about_waiting_photos_has_their_number_and_the_reason(reason: str) -> None:
    message = waiting(1234, reason)
    assert message.startswith("1,234 photos are waiting for the search index: ")
    assert reason in message
    assert "  " not in message
