"""The options of `search` that say which photos it searches."""

from __future__ import annotations

from argparse import ArgumentParser
from datetime import date
from pathlib import Path

import pytest

from core.cli.filters import add_filter_arguments, chosen_filters, filter_error
from core.images.formats import extensions
from core.search_request import Filters, Shape


def parsed(arguments: str) -> Filters:
    parser = ArgumentParser(allow_abbrev=False)
    add_filter_arguments(parser)
    chosen = parser.parse_args(arguments.split())
    assert filter_error(chosen) is None
    return chosen_filters(chosen)


def test_without_options_all_photos_are_searched() -> None:
    assert parsed("") == Filters()


def test_every_option_sets_its_filter() -> None:
    options = "--in a --in b --shape square --shape panorama --min-pixels 10 --min-bytes 20 --preview-only"
    assert parsed(options) == Filters(
        folders=(Path("a"), Path("b")),
        shapes=frozenset({Shape.SQUARE, Shape.PANORAMA}),
        min_pixels=10,
        min_bytes=20,
        preview_only=True,
    )


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2024", date(2024, 1, 1), date(2024, 12, 31)),
        ("2024-02", date(2024, 2, 1), date(2024, 2, 29)),
        ("2023-07-09", date(2023, 7, 9), date(2023, 7, 9)),
        ("9999-12", date(9999, 12, 1), date(9999, 12, 31)),
    ],
)
def test_a_year_or_month_stands_for_all_its_days(text: str, first: date, last: date) -> None:
    assert parsed(f"--taken-from {text} --taken-to {text}") == Filters(taken_from=first, taken_to=last)


@pytest.mark.parametrize("text", ["2024-13", "2023-02-29", "0000", "24", "2024-7", "july", "2024-07-", "٢٠٢٤"])
def test_other_dates_are_refused_with_examples(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        parsed(f"--taken-from {text}")
    assert (
        f'"{text}" is not a date. Write a year, a month or a day: 2024, 2024-07 or 2024-07-31'
        in capsys.readouterr().err
    )


def test_this_day_is_today_in_this_time_zone() -> None:
    before, chosen, after = date.today(), parsed("--on-this-day"), date.today()
    assert chosen in (Filters(on_this_day=before), Filters(on_this_day=after))


def test_an_end_before_the_beginning_is_refused() -> None:
    parser = ArgumentParser()
    add_filter_arguments(parser)
    chosen = parser.parse_args(["--taken-from", "2024-02", "--taken-to", "2023"])
    assert filter_error(chosen) == "--taken-from 2024-02-01 is after --taken-to 2023-12-31"


@pytest.mark.parametrize("text", ["jpg", "JPEG", ".jpeg"])
def test_a_type_has_all_extensions_of_its_format(text: str) -> None:
    assert parsed(f"--type {text}").extensions >= {".jpg", ".jpeg"}
    assert ".png" not in parsed(f"--type {text}").extensions


def test_types_are_added_to_each_other() -> None:
    assert parsed("--type heic --type raw").extensions >= {".heic", ".heif", ".cr2", ".nef"}


def test_every_extension_is_a_type() -> None:
    for extension in sorted(extensions()):
        assert extension in parsed(f"--type {extension}").extensions


@pytest.mark.parametrize("text", ["docx", "", "mp4", "*"])
def test_other_types_are_refused_with_examples(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    parser = ArgumentParser()
    add_filter_arguments(parser)
    with pytest.raises(SystemExit):
        parser.parse_args(["--type", text])
    assert f'"{text}" is not a type of picture file. Examples are jpeg, png' in capsys.readouterr().err


@pytest.mark.parametrize("option", ["--min-pixels", "--min-bytes"])
def test_sizes_are_whole_numbers_of_any_length(option: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert parsed(f"{option} {10**30}") != Filters()
    with pytest.raises(SystemExit):
        parsed(f"{option} 1.5")
    assert '"1.5" is not a whole number' in capsys.readouterr().err


def test_a_camera_is_given_by_a_part_of_its_name(capsys: pytest.CaptureFixture[str]) -> None:
    parser = ArgumentParser()
    add_filter_arguments(parser)

    assert chosen_filters(parser.parse_args(["--camera", " canon  EOS"])) == Filters(camera="canon EOS")
    assert chosen_filters(parser.parse_args(["--camera", "D\udcff"])) == Filters(camera="D?")
    with pytest.raises(SystemExit):
        parser.parse_args(["--camera", " "])
    assert "the name of the camera is empty" in capsys.readouterr().err
