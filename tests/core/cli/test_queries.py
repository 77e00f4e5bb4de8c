"""What the options of `search` search with."""

from __future__ import annotations

import re
from argparse import ArgumentParser
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from core.cli.queries import UNLIKE_WEIGHT, CommandQuery, WebPicture, add_query_arguments, chosen_queries, usage_error
from core.search_request import QueryPicture
from core.types import Box
from tests.helpers.engine.file_server import HostedFile, running
from tests.helpers.indexing.bench import paint_many

if TYPE_CHECKING:
    from argparse import Namespace

    from tests.helpers.engine.program import Program

pytest_plugins = ["tests.helpers.engine.fixtures"]

A, B, C = map(Path, ("a.jpg", "b.jpg", "c.jpg"))


def parsed(arguments: str) -> Namespace:
    parser = ArgumentParser(allow_abbrev=False)
    add_query_arguments(parser)
    return parser.parse_args(arguments.split())


def queries(arguments: str) -> list[CommandQuery]:
    chosen = parsed(arguments)
    assert usage_error(chosen) is None
    return chosen_queries(chosen)


def test_each_picture_is_a_search_of_its_own() -> None:
    assert queries("a.jpg b.jpg") == [
        CommandQuery("a.jpg", (QueryPicture(A),)),
        CommandQuery("b.jpg", (QueryPicture(B),)),
    ]


def test_pictures_together_are_one_search() -> None:
    assert queries("a.jpg b.jpg --together") == [CommandQuery("a.jpg + b.jpg", (QueryPicture(A), QueryPicture(B)))]


def test_pictures_of_a_list_together_are_one_search_too(tmp_path: Path) -> None:
    (tmp_path / "list").write_text("b.jpg\nc.jpg\n", encoding="utf-8")
    (query,) = queries(f"a.jpg --together --queries-from {tmp_path / 'list'}")
    assert query.pictures == (QueryPicture(A), QueryPicture(B), QueryPicture(C))


def test_every_search_is_unlike_the_unwanted_pictures() -> None:
    unwanted = QueryPicture(C, -UNLIKE_WEIGHT)
    assert queries("a.jpg b.jpg --unlike c.jpg") == [
        CommandQuery("a.jpg - c.jpg", (QueryPicture(A), unwanted)),
        CommandQuery("b.jpg - c.jpg", (QueryPicture(B), unwanted)),
    ]


def test_weights_are_given_in_the_order_of_the_pictures_and_then_of_the_unwanted_ones() -> None:
    (query,) = queries("a.jpg b.jpg --together --unlike c.jpg --weight 2 --weight 1.5 --weight 0.3")
    assert [picture.weight for picture in query.pictures] == [2, 1.5, -0.3]


def test_part_of_the_picture_is_given_in_fractions() -> None:
    (query,) = queries("a.jpg --crop 0.5,0,0.5,1")
    assert query.pictures == (QueryPicture(A, crop=Box(0.5, 0, 0.5, 1)),)


def test_web_address_is_a_picture_like_a_path(tmp_path: Path) -> None:
    (tmp_path / "list").write_text("HTTPS://d.example/d\nb.jpg\n", encoding="utf-8")
    (query,) = queries(f"http://a.example/a --together --unlike http://c.example/c --queries-from {tmp_path / 'list'}")
    assert query == CommandQuery(
        "http://a.example/a + HTTPS://d.example/d + b.jpg - http://c.example/c",
        (
            WebPicture("http://a.example/a"),
            WebPicture("HTTPS://d.example/d"),
            QueryPicture(B),
            WebPicture("http://c.example/c", -UNLIKE_WEIGHT),
        ),
    )
    assert queries("http://a.example/a --crop 0.5,0,0.5,1")[0].pictures == (
        WebPicture("http://a.example/a", crop=Box(0.5, 0, 0.5, 1)),
    )


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ("", "name a picture"),
        ("--unlike c.jpg", "name a picture"),
        ("a.jpg b.jpg --together --weight 2", r"once for each picture \(2 times\)"),
        ("a.jpg --weight 2", "needs --together or --unlike"),
        ("a.jpg --queries-from list --weight 2", "--queries-from"),
        ("a.jpg b.jpg --crop 0,0,1,1", "exactly one picture"),
        ("a.jpg --queries-from list --crop 0,0,1,1", "exactly one picture"),
    ],
)
def test_options_that_do_not_fit_together_are_usage_errors(arguments: str, error: str) -> None:
    found = usage_error(parsed(arguments))
    assert found
    assert re.search(error, found)


@pytest.mark.parametrize(
    ("option", "error"),
    [
        ("--weight 0", "not a number above 0"),
        ("--weight -1", "not a number above 0"),
        ("--weight inf", "not a number above 0"),
        ("--weight nan", "not a number above 0"),
        ("--weight much", "not a number above 0"),
        ("--crop 0,0,1", "not a part of a picture"),
        ("--crop 0,0,1,1,1", "not a part of a picture"),
        ("--crop 0.5,0,1,1", "not a part of a picture"),
        ("--crop left", "not a part of a picture"),
    ],
)
def test_senseless_numbers_are_usage_errors(option: str, error: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        parsed(f"a.jpg {option}")
    assert error in capsys.readouterr().err


def test_search_with_several_pictures_prints_one_answer(program: Program, tmp_path: Path) -> None:
    files = paint_many(tmp_path / "photos", 6)
    assert program.call("index", files[0].parent).status == 0
    answer = program.call("search", "--json", "--together", files[1], files[4]).object()
    assert answer["query"] == f"{files[1]} + {files[4]}"
    assert isinstance(answer["hits"], list)
    assert {hit["path"] for hit in answer["hits"][:2] if isinstance(hit, dict)} == {str(files[1]), str(files[4])}
    cancelled = program.call("search", files[1], "--unlike", files[1], "--weight", "1", "--weight", "1")
    assert (cancelled.status, cancelled.out) == (1, "")
    assert "cancel each other out" in cancelled.err


@pytest.mark.slow
def test_search_with_web_addresses_continues_after_a_bad_one(program: Program, tmp_path: Path) -> None:
    files = paint_many(tmp_path / "photos", 6)
    assert program.call("index", files[0].parent).status == 0
    with running() as server:
        good, other = (server.host(f"/{file.name}", HostedFile(file.read_bytes())) for file in (files[1], files[4]))
        page = server.host("/page", HostedFile(b"<html>", headers={"Content-Type": "text/html"}))
        text = server.host("/text", HostedFile(b"not a picture"))
        secret = good.replace("//", "//user:secret@")
        outcome = program.call("search", "--json", "--top-k", "1", page, text, secret, good)
        *bad, answer = outcome.objects()
        assert outcome.status == 1
        assert [found["query"] for found in bad] == [page, text, good]
        assert all(re.search("web page|not a picture|user name", str(found["error"])) for found in bad)
        assert "secret" not in outcome.out + outcome.err
        assert answer["query"] == good
        assert isinstance(answer["hits"], list)
        assert [hit["path"] for hit in answer["hits"] if isinstance(hit, dict)] == [str(files[1])]

        server.requests.clear()
        outcome = program.call("search", "--json", good, files[2], "--unlike", other)
        assert (outcome.status, len(outcome.objects())) == (0, 2)
        assert [path for path, _ in server.requests] == [f"/{files[1].name}", f"/{files[4].name}"]
        outcome = program.call("search", "--together", page, good)
        assert outcome.err.endswith(
            f"{page} + {good}: {page}: This is a web page, not a picture. Give the address of the picture itself.\n"
        )
