"""What the commands print for a library with the default model: the JSON that scripts rely on, and the text."""

from __future__ import annotations

import json
import os
import shutil
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from unittest.mock import ANY

import pytest

from core.library import settings
from core.library.files import LibraryFiles
from core.library.open_library import OpenLibrary
from core.library.settings import ModelSettings, Settings
from tests.helpers.engine.program import Program
from tests.helpers.indexing.bench import paint, paint_many

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.helpers.engine.program import JSON, Outcome

pytest_plugins = ["tests.helpers.engine.fixtures"]

ODD_NAMES = [b"latin-\xe9\xff.png", b"line\nbreak.png", "fox \U0001f98a.png".encode(), b" blank .png", b"'quote\".png"]
"""Names that may trip up a shell, a terminal or a text decoder. Windows and macOS refuse some of them."""

HIT_KEYS = {
    *("rank", "path", "score", "label", "percentile", "copies", "match", "elsewhere", "is_provisional"),
    *("width", "height", "taken_at", "utc_offset", "camera", "latitude", "longitude"),
}


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("SEMBLANCE_")]:
        monkeypatch.delenv(name)


def _paint_photos_with_odd_names(folder: Path) -> list[Path]:
    painted = []
    for seed, name in enumerate(ODD_NAMES):
        try:
            painted.append(shutil.copy(paint(folder / "plain.png", seed), folder / os.fsdecode(name)))
        except OSError:
            continue
    (folder / "plain.png").unlink()
    return [Path(path) for path in painted]


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("photos")


@pytest.fixture(scope="module")
def odd(photos: Path) -> list[Path]:
    return _paint_photos_with_odd_names(photos)


@pytest.fixture(scope="module")
def indexed(photos: Path, odd: list[Path], models: Path, tmp_path_factory: pytest.TempPathFactory) -> Program:
    """Return the program with a library of 12 photos, including a broken one and some with odd names."""
    assert odd
    paint_many(photos, 11 - len(odd), first_seed=200)
    (photos / "broken.jpg").write_bytes(b"\xff\xd8\xff" + bytes(90))
    (photos / "notes.txt").touch()
    library = tmp_path_factory.mktemp("indexed") / "library"
    shutil.copytree(models, library / "models")
    program = Program(library)
    outcome = program.call("index", "--json", photos)
    assert (outcome.status, outcome.err) == (0, "")
    (library / "report.json").write_text(outcome.out, encoding="utf-8")
    return program


@pytest.fixture(scope="module")
def searched(indexed: Program, photos: Path, odd: list[Path]) -> Outcome:
    """Return the output of one search for the photos with odd names, a broken photo and a missing one."""
    queries = [*odd, photos / "broken.jpg", photos / "none.jpg"]
    return indexed.call("search", "--json", "--top-k", "3", *queries)


def test_index_command_prints_a_report(indexed: Program, photos: Path, dim: int) -> None:
    report: dict[str, JSON] = json.loads((indexed.library / "report.json").read_text(encoding="utf-8"))
    seconds, speed = report.pop("seconds"), report.pop("images_per_second")
    assert isinstance(seconds, float)
    assert speed == pytest.approx(11 / seconds, rel=0.01)
    (failed,) = _list(report.pop("failed"))
    assert isinstance(failed, dict)
    assert failed.keys() == {"path", "reason"}
    assert failed["path"] == str(photos / "broken.jpg")
    assert report == {
        "found": 12,
        "ignored": 1,
        "indexed": 11,
        "reused": 0,
        "unchanged": 0,
        "moved": 0,
        "removed": 0,
        "model": "efficientnet-lite0",
        "dim": dim,
        "cancelled": False,
        "waiting": 0,
        "remaining": 0,
        "closed": [],
    }


def _list(value: JSON) -> list[JSON]:
    assert isinstance(value, list)
    return value


def test_search_prints_one_json_line_per_query_in_the_given_order(
    searched: Outcome, photos: Path, odd: list[Path]
) -> None:
    answers = searched.objects()
    queries = [*odd, photos / "broken.jpg", photos / "none.jpg"]
    assert [answer["query"] for answer in answers] == [str(path) for path in queries]
    for answer in answers[: len(odd)]:
        assert answer.keys() == {"query", "hits", "seconds"}
        hits = _list(answer["hits"])
        assert [hit["rank"] for hit in hits if isinstance(hit, dict)] == [1, 2, 3]
        assert all(isinstance(hit, dict) and hit.keys() == HIT_KEYS for hit in hits)
        assert isinstance(hits[0], dict)
        assert (hits[0]["path"], hits[0]["label"]) == (answer["query"], "identical")
        assert hits[0]["score"] == pytest.approx(1.0, abs=1e-4)


def test_unreadable_query_is_reported_on_its_own_line_and_fails_the_command(searched: Outcome) -> None:
    broken, missing = searched.objects()[-2:]
    assert broken.keys() == missing.keys() == {"query", "error"}
    assert "No such file" in str(missing["error"])
    assert searched.status == 1, "otherwise a script could not tell that a query failed"


def test_json_paths_with_odd_names_exist_on_disk(searched: Outcome, odd: list[Path]) -> None:
    assert searched.out.isascii()
    for answer in searched.objects()[: len(odd)]:
        best = _list(answer["hits"])[0]
        assert isinstance(best, dict)
        assert os.path.exists(os.fsencode(str(best["path"])))


def test_queries_are_read_from_a_file(indexed: Program, odd: list[Path], photos: Path, tmp_path: Path) -> None:
    listed = [path for path in odd if "\n" not in path.name]
    separators = photos.parent / "with\x0bodd\x85separators\u2028.png"
    shutil.copy(listed[0], separators)
    query_list = tmp_path / "queries.txt"
    lines = [os.fsencode(path) for path in (*listed, separators)]
    query_list.write_bytes(b"\r\n".join(lines) + b"\n\n")
    outcome = indexed.call("search", "--json", "--top-k", "1", "--queries-from", query_list, odd[-1])
    assert [answer["query"] for answer in outcome.objects()] == [str(odd[-1]), *map(str, listed), str(separators)]
    assert outcome.status == 0


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_list_of_queries_may_begin_with_a_byte_order_mark(
    indexed: Program, odd: list[Path], tmp_path: Path, encoding: str
) -> None:
    query = Path(shutil.copy(odd[0], tmp_path / "query.png"))
    query_list = tmp_path / "queries.txt"
    query_list.write_text(f"{query}\n", encoding=encoding)
    outcome = indexed.call("search", "--json", "--top-k", "1", "--queries-from", query_list)
    assert outcome.object()["query"] == str(query)
    assert outcome.status == 0


@pytest.mark.skipif(not os.path.isdir("/dev/fd"), reason="the system has no paths for open files")
def test_query_is_read_from_a_pipe(indexed: Program, odd: list[Path]) -> None:
    read_end, write_end = os.pipe()
    with open(write_end, "wb") as pipe:
        pipe.write(odd[0].read_bytes())  # fits into the buffer of a pipe
    answer = indexed.call("search", "--json", "--top-k", "1", f"/dev/fd/{read_end}").object()
    os.close(read_end)
    (hit,) = _list(answer["hits"])
    assert isinstance(hit, dict)
    assert hit["path"] == str(odd[0])


def test_min_score_excludes_hits_below_it(indexed: Program, odd: list[Path]) -> None:
    answer = indexed.call("search", "--json", "--min-score", "0.9999", "--views", "one", odd[0]).object()
    (hit,) = _list(answer["hits"])
    assert isinstance(hit, dict)
    assert hit["path"] == str(odd[0])


def test_search_in_folders_finds_only_their_photos(program: Program, tmp_path: Path) -> None:
    one, two = (paint_many(tmp_path / "photos" / name, 3, first_seed=100) for name in ("one", "two"))
    paint_many(tmp_path / "photos", 2)
    assert program.call("index", tmp_path / "photos").status == 0
    assert _paths_found(program, one[0], "--in", two[0].parent, "--in", one[0].parent) == {*map(str, one + two)}
    assert _paths_found(program, one[0], "--in", two[0].parent) == {*map(str, two)}


@pytest.mark.slow
def test_search_finds_only_photos_that_pass_its_filters(program: Program, tmp_path: Path) -> None:
    photos = tmp_path / "photos"
    tall, wide, square = (paint(photos / f"{w}.png", 1, (w, h)) for w, h in ((72, 96), (96, 72), (80, 80)))
    assert program.call("index", photos).status == 0
    assert _paths_found(program, wide, "--shape", "portrait", "--shape", "square") == {str(tall), str(square)}
    assert _paths_found(program, wide, "--shape", "panorama") == set()
    assert _paths_found(program, wide, "--min-pixels", "6900", "--type", "png") == {str(tall), str(wide)}
    assert _paths_found(program, wide, "--taken-from", "1900") == set(), "painted photos have no date"


@pytest.mark.slow
def test_search_stacks_and_sorts_photos(program: Program, tmp_path: Path) -> None:
    photos = tmp_path / "photos"
    zebra, ape = paint(photos / "zebra.png", 1), paint(photos / "ape.png", 2)
    shutil.copy(zebra, photos / "zebra copy.png")
    assert program.call("index", photos).status == 0

    hits = _list(program.call("search", "--json", "--stack", "--sort", "name", zebra).object()["hits"])

    found = [(hit["path"], hit["rank"], hit["copies"]) for hit in hits if isinstance(hit, dict)]
    assert found == [(str(ape), 2, []), (str(photos / "zebra copy.png"), 1, [str(zebra)])]


def _paths_found(program: Program, query: Path, *options: str | Path) -> set[str]:
    hits = _list(program.call("search", "--json", "--top-k", "50", *options, query).object()["hits"])
    return {str(hit["path"]) for hit in hits if isinstance(hit, dict)}


def test_arguments_after_a_double_dash_are_queries(indexed: Program) -> None:
    outcome = indexed.call("search", "--json", "--", "--odd.jpg", "-v")
    assert [answer["query"] for answer in outcome.objects()] == ["--odd.jpg", "-v"]


def test_status_command_describes_the_library(indexed: Program, photos: Path, dim: int) -> None:
    status = indexed.call("status", "--json").object()
    (root,) = _list(status.pop("roots"))
    assert isinstance(root, dict)
    assert root.pop("uuid")
    assert root == {"path": str(photos), "online": True, "photos": 12}
    data_bytes = status.pop("data_bytes")
    assert isinstance(data_bytes, int)
    assert data_bytes > 1_000_000
    assert status == {
        "photos": 12,
        "searchable": 11,
        "failed": 1,
        "incomplete": 0,
        "is_upgrading": False,
        "model": "efficientnet-lite0",
        "dim": dim,
        "metric": "IP",
        "index": "IVF_FLAT",
        "uri": str(indexed.library / "milvus"),
    }


def test_failures_command_lists_unreadable_photos(indexed: Program, photos: Path) -> None:
    (failure,) = json.loads(indexed.call("failures", "--json").out)
    assert failure.keys() == {"path", "reason"}
    assert failure["path"] == str(photos / "broken.jpg")
    assert str(photos / "broken.jpg") in indexed.call("failures").out


def test_status_and_search_print_readable_text(indexed: Program, photos: Path, odd: list[Path]) -> None:
    assert f"{photos}: 12 photos\n12 photos, 11 searchable, 1 could not be read" in indexed.call("status").out
    text = indexed.run("search", "--top-k", "2", odd[0]).out  # in its own process, as its output is not valid UTF-8
    query, first, *_ = text.splitlines()
    assert query == str(odd[0])
    assert first.split(maxsplit=5) == ["1", "1.000", "identical", "90", "%", str(odd[0])]


def _approximate(value: object) -> object:
    """Return JSON that equals other JSON whose scores differ by rounding errors, and whose times and sizes differ."""
    if isinstance(value, dict):
        return {key: ANY if key in {"seconds", "data_bytes"} else _approximate(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_approximate(each) for each in value]
    return pytest.approx(value, abs=1e-6) if isinstance(value, float) else value


@contextmanager
def _open_elsewhere(library: Path) -> Iterator[None]:
    with closing(OpenLibrary(LibraryFiles(library))):
        yield


def test_commands_that_only_read_work_while_another_program_has_the_library_open(
    indexed: Program, photos: Path, odd: list[Path]
) -> None:
    commands: list[tuple[str | Path, ...]] = [
        ("search", "--top-k", "4", "--views", "all", *odd[:2]),
        ("search", "--in", photos, "--min-score", "0.5", odd[1]),
        ("status",),
        ("rules", photos),
    ]
    alone = [indexed.call(*command, "--json") for command in commands]
    failures = indexed.call("failures").out

    with _open_elsewhere(indexed.library):
        beside = [indexed.call(*command, "--json") for command in commands]
        assert indexed.call("failures").out == failures != ""

    for expected, found in zip(alone, beside, strict=True):
        assert (found.status, found.err) == (0, "")
        assert found.objects() == _approximate(expected.objects())


@pytest.mark.parametrize("command", ["index", "index FOLDER", "remove FOLDER", "rules FOLDER --smallest 1", "move"])
def test_commands_that_write_are_refused_while_another_program_has_the_library_open(
    indexed: Program, photos: Path, command: str
) -> None:
    with _open_elsewhere(indexed.library):
        outcome = indexed.call(*[str(photos) if word == "FOLDER" else word for word in command.split()])

    assert (outcome.status, outcome.out) == (1, "")
    assert f"The library {indexed.library} is open in another Semblance (process {os.getpid()})." in outcome.err


def test_second_index_run_without_arguments_changes_nothing(indexed: Program) -> None:
    outcome = indexed.call("index", "--json")
    report = outcome.object()
    assert (report["found"], report["unchanged"], report["indexed"]) == (12, 11, 0)
    assert len(_list(report["failed"])) == 1
    assert outcome.status == 0, "an unreadable photo is reported, not fatal"


def test_index_and_remove_print_readable_text(program: Program, tmp_path: Path) -> None:
    photos = tmp_path / "photos"
    paint_many(photos, 2)
    (photos / "empty.jpg").touch()
    outcome = program.call("index", photos)
    assert outcome.out.startswith("3 photos found: 2 indexed, 0 unchanged,")
    assert outcome.err == f"{photos / 'empty.jpg'}: The file is empty.\n"

    assert program.call("remove", "--json", photos).object() == {"path": str(photos), "photos": 3}
    assert program.call("status", "--json").object()["photos"] == 0
    again = program.call("remove", photos)
    assert (again.status, again.out) == (1, "")
    assert "is not in the library" in again.err


def test_model_of_an_index_run_becomes_the_default(program: Program, tmp_path: Path) -> None:
    paint(tmp_path / "photos" / "a.png", 1)
    settings.save(program.library, Settings(model=ModelSettings(name="resnet18")))
    assert program.call("index", "--model", "efficientnet-lite0", tmp_path / "photos").status == 0
    assert program.call("status", "--json").object()["model"] == "efficientnet-lite0"
