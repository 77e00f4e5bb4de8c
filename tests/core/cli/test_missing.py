"""What `search --missing` prints."""

from __future__ import annotations

import asyncio
import csv
import io
from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING, cast

import pytest
from PIL import Image

from core.cli.missing import AT_ONCE, add_missing_arguments, missing_error, print_presence
from core.cli.queries import CommandQuery, add_query_arguments
from core.errors import LibraryError
from core.search_request import Filters, QueryPicture
from core.types import Presence
from tests.helpers.checkout import CHECKOUT
from tests.helpers.limits import HANG_TIMEOUT

if TYPE_CHECKING:
    from pathlib import Path

    from core.cli.queries import Fetcher
    from core.engine import Engine
    from core.search_request import SearchRequest
    from tests.helpers.engine.program import Program

pytest_plugins = ["tests.helpers.engine.fixtures"]

SAMPLES = CHECKOUT / "resources" / "samples" / "photos"


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """Return a folder with a copy of a sample photo, a cropped one, one that the library lacks, and no picture."""
    folder = tmp_path / "pictures"
    folder.mkdir()
    same, edited, other, *_ = sorted(SAMPLES.rglob("*.jpg"))
    (folder / "same.jpg").write_bytes(same.read_bytes())
    with Image.open(edited) as image:
        width, height = image.size
        image.crop((width // 8, height // 8, width, height)).save(folder / "cropped.png")
    library = tmp_path / "photos"
    library.mkdir()
    for photo in (same, edited):
        (library / photo.name).write_bytes(photo.read_bytes())
    (folder / "sub").mkdir()
    (folder / "sub" / "other.JPG").write_bytes(other.read_bytes())
    (folder / "damaged.jpg").write_bytes(b"no picture")
    (folder / "notes.txt").write_text("no picture")
    return folder


@pytest.mark.slow
def test_pictures_of_a_folder_are_the_same_file_the_same_picture_or_missing(
    program: Program, pictures: Path, tmp_path: Path
) -> None:
    assert program.call("index", tmp_path / "photos").status == 0

    outcome = program.call("search", "--missing", "--json", "--queries-from", pictures)

    assert outcome.status == 1, "one of the pictures cannot be read"
    answers = {str(answer["query"]): answer for answer in outcome.objects()}
    assert {name: (answer.get("found"), answer.get("as")) for name, answer in answers.items()} == {
        str(pictures / "same.jpg"): (True, "same-file"),
        str(pictures / "cropped.png"): (True, "same-picture"),
        str(pictures / "sub" / "other.JPG"): (False, None),
        str(pictures / "damaged.jpg"): (None, None),
    }
    assert answers[str(pictures / "cropped.png")]["edits"] == ["cropped"]
    assert "error" in answers[str(pictures / "damaged.jpg")]

    table = list(
        csv.DictReader(io.StringIO(program.call("search", "--missing", "--csv", "--queries-from", pictures).out))
    )
    assert {row["query"]: (row["found"], row["as"]) for row in table} == {
        str(pictures / "same.jpg"): ("yes", "same-file"),
        str(pictures / "cropped.png"): ("yes", "same-picture"),
        str(pictures / "sub" / "other.JPG"): ("no", ""),
        str(pictures / "damaged.jpg"): ("", "unreadable"),
    }
    assert {row["edits"] for row in table} == {"", "cropped"}

    text = program.call("search", "--missing", pictures / "same.jpg", pictures / "sub" / "other.JPG").out
    assert text.splitlines()[-1] == "1 of 2 pictures are in the library"
    assert f"missing       {pictures / 'sub' / 'other.JPG'}\n" in text


def test_pictures_are_searched_for_at_the_same_time_and_printed_in_order(capsys: pytest.CaptureFixture[str]) -> None:
    class FakeEngine:
        """Answers the first picture only once all that may be in progress have been asked for."""

        def __init__(self) -> None:
            self.asked = 0
            self.all_asked = asyncio.Event()

        async def presence(self, _: SearchRequest) -> tuple[Presence, None]:
            self.asked += 1
            is_first = self.asked == 1
            if self.asked == AT_ONCE:
                self.all_asked.set()
            if is_first:
                await asyncio.wait_for(self.all_asked.wait(), HANG_TIMEOUT)
            return Presence.MISSING, None

    class FakeFetcher:
        async def complete(self, query: CommandQuery) -> tuple[QueryPicture, ...]:
            return (QueryPicture(query.name.encode()),)

    async def print_all() -> int:
        queries = [CommandQuery(f"{number}.jpg", ()) for number in range(2 * AT_ONCE)]
        engine, fetcher = cast("Engine", FakeEngine()), cast("Fetcher", FakeFetcher())
        return await print_presence(engine, fetcher, queries, Filters(), Namespace(json=False, csv=False))

    assert asyncio.run(print_all()) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[:-1] == [f"missing       {number}.jpg" for number in range(2 * AT_ONCE)]
    assert lines[-1] == f"0 of {2 * AT_ONCE} pictures are in the library"


def test_other_searches_end_when_one_fails() -> None:
    class FailingEngine:
        """Fails for the first picture, and does not answer for the others."""

        def __init__(self) -> None:
            self.cancelled = 0

        async def presence(self, request: SearchRequest) -> tuple[Presence, None]:
            if request.pictures[0].source == b"0":
                raise LibraryError("The disk is disconnected.")
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                self.cancelled += 1
                raise
            return Presence.MISSING, None

    class FakeFetcher:
        async def complete(self, query: CommandQuery) -> tuple[QueryPicture, ...]:
            return (QueryPicture(query.name.encode()),)

    engine = FailingEngine()

    async def print_all() -> None:
        queries = [CommandQuery(str(number), ()) for number in range(2 * AT_ONCE)]
        chosen = Namespace(json=False, csv=False)
        with pytest.raises(LibraryError):
            await print_presence(cast("Engine", engine), cast("Fetcher", FakeFetcher()), queries, Filters(), chosen)
        assert asyncio.all_tasks() == {asyncio.current_task()}

    asyncio.run(print_all())
    assert engine.cancelled == AT_ONCE - 1


def test_a_folder_without_pictures_is_an_error(program: Program, tmp_path: Path) -> None:
    (tmp_path / "photos").mkdir()
    assert program.call("index", tmp_path / "photos").status == 0
    outcome = program.call("search", "--missing", "--queries-from", tmp_path / "photos")
    assert outcome.status == 1
    assert f"The folder {tmp_path / 'photos'} has no pictures." in outcome.err


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ("--missing --csv", None),
        ("--csv", "--csv needs --missing"),
        ("--missing --csv --json", "--csv cannot be used with --json"),
        ("--missing --together", "--missing cannot be used with --together or --unlike"),
        ("--missing --unlike b.jpg", "--missing cannot be used with --together or --unlike"),
    ],
)
def test_contradictory_options_are_refused(options: str, error: str | None) -> None:
    parser = ArgumentParser()
    parser.add_argument("--json", action="store_true")
    add_query_arguments(parser)
    add_missing_arguments(parser)
    assert missing_error(parser.parse_args(["a.jpg", *options.split()])) == error
