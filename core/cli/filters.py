"""Arguments that say which photos a command considers."""

from __future__ import annotations

import re
from argparse import ArgumentTypeError
from calendar import monthrange
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from core.images.formats import extensions_of
from core.search_request import Filters, Shape

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

DATE = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?", re.ASCII)


def add_filter_arguments(parser: ArgumentParser) -> None:
    """Add the arguments that `chosen_filters` reads."""
    group = parser.add_argument_group("which photos are searched")
    group.add_argument(
        "--in",
        dest="folders",
        action="append",
        default=[],
        type=Path,
        metavar="FOLDER",
        help="only those in this folder (repeatable)",
    )
    group.add_argument(
        "--taken-from", type=_first_day, metavar="DATE", help="taken since a day, month or year (2024-07)"
    )
    group.add_argument("--taken-to", type=_last_day, metavar="DATE", help="taken until a day, month or year")
    group.add_argument("--on-this-day", action="store_true", help="taken on this day in other years")
    group.add_argument("--shape", dest="shapes", action="append", default=[], choices=[*Shape], help="repeatable")
    group.add_argument(
        "--type",
        dest="types",
        action="append",
        default=[],
        type=_extensions,
        metavar="TYPE",
        help="of a type of file: jpeg, heic, raw, ... (repeatable)",
    )
    group.add_argument(
        "--camera",
        type=_camera,
        metavar="NAME",
        help="taken with a camera that has this in its make and model",
    )
    group.add_argument("--min-pixels", type=_count, default=0, metavar="N", help="of at least N pixels")
    group.add_argument("--min-bytes", type=_count, default=0, metavar="N", help="with files of at least N bytes")
    group.add_argument(
        "--preview-only", action="store_true", help="of which only the embedded preview has been read so far"
    )


def filter_error(chosen: Namespace) -> str | None:
    """Return what is contradictory about the arguments, or None."""
    first, last = chosen.taken_from, chosen.taken_to
    return f"--taken-from {first} is after --taken-to {last}" if first and last and first > last else None


def chosen_filters(chosen: Namespace) -> Filters:
    """Return the filters that the arguments ask for."""
    return Filters(
        folders=tuple(chosen.folders),
        taken_from=chosen.taken_from,
        taken_to=chosen.taken_to,
        on_this_day=_today() if chosen.on_this_day else None,
        shapes=frozenset(map(Shape, chosen.shapes)),
        extensions=frozenset().union(*chosen.types),
        camera=chosen.camera or "",
        min_pixels=chosen.min_pixels,
        min_bytes=chosen.min_bytes,
        preview_only=chosen.preview_only,
    )


def _today() -> date:
    return datetime.now(UTC).astimezone().date()


def _first_day(text: str) -> date:
    return _days(text)[0]


def _last_day(text: str) -> date:
    return _days(text)[1]


def _days(text: str) -> tuple[date, date]:
    """Return the first and the last day of a year, a month or a day."""
    if match := DATE.fullmatch(text):
        year, month, day = (int(part) if part else None for part in match.groups())
        try:
            first = date(year or 0, month or 1, day or 1)
            last_month = month or 12
            return first, date(first.year, last_month, day or monthrange(first.year, last_month)[1])
        except ValueError:
            pass
    raise ArgumentTypeError(f'"{text}" is not a date. Write a year, a month or a day: 2024, 2024-07 or 2024-07-31')


def _extensions(text: str) -> frozenset[str]:
    if found := extensions_of(text.removeprefix(".")):
        return found
    raise ArgumentTypeError(f'"{text}" is not a type of picture file. Examples are jpeg, png, heic, tiff and raw')


def _camera(text: str) -> str:
    if not text.strip():
        raise ArgumentTypeError("the name of the camera is empty")
    # Bytes that are not valid text are in no name, and SQLite does not accept them.
    return " ".join(text.encode(errors="replace").decode().split())


def _count(text: str) -> int:
    if not text.isascii() or not text.isdigit():
        raise ArgumentTypeError(f'"{text}" is not a whole number')
    return min(int(text), 2**62)  # SQLite knows no larger ones
