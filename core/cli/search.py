"""The command `search`."""

from __future__ import annotations

import codecs
import math
import time
from argparse import ArgumentTypeError
from pathlib import Path
from typing import TYPE_CHECKING, get_args

from core.cli.command import DONE, FAILED, Command
from core.cli.output import print_json, progress_bar, say
from core.engine import Engine
from core.errors import DecodeError, LibraryError
from core.types import Filters, SearchRequest, Views

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from core.cli.command import Invocation
    from core.types import Hit


def _arguments(parser: ArgumentParser) -> None:
    parser.add_argument("images", nargs="*", metavar="IMAGE", help="the picture to search with")
    parser.add_argument("--queries-from", type=Path, metavar="FILE", help="a file with a path on each line")
    parser.add_argument("--top-k", type=_positive, default=20, metavar="N", help="how many photos (default: 20)")
    parser.add_argument("--min-score", type=_score, default=-1.0, metavar="X", help="leave out photos that score less")
    parser.add_argument(
        "--views", choices=get_args(Views), default="auto", help="how many views of the picture are searched"
    )
    parser.add_argument(
        "--in",
        dest="folders",
        action="append",
        default=[],
        type=Path,
        metavar="FOLDER",
        help="search only this folder (repeatable)",
    )


def _usage_error(_: Invocation, chosen: Namespace) -> str | None:
    return None if chosen.images or chosen.queries_from else "name a picture, or --queries-from a file"


async def _search(call: Invocation, chosen: Namespace) -> int:
    queries: list[str] = chosen.images + (_lines(chosen.queries_from) if chosen.queries_from else [])
    filters = Filters(folders=tuple(chosen.folders))
    status = DONE
    async with Engine(call.library, call.settings, call.token, shared=True) as engine:
        if not call.settings.index.uri and not await engine.photo_count():
            raise LibraryError(f"The library {call.library} has no photos yet. Add some with: semblance index FOLDER.")
        with progress_bar(stays=False) as show:
            await engine.warm_up(show)
        for query in queries:
            started = time.monotonic()
            try:
                hits = await engine.search(
                    SearchRequest(_picture(Path(query)), chosen.views, filters, chosen.top_k, chosen.min_score)
                )
            except DecodeError as error:
                status = FAILED
                print_json({"query": query, "error": str(error)}) if chosen.json else say(f"{query}: {error}")
                continue
            if chosen.json:
                seconds = time.monotonic() - started
                print_json({"query": query, "hits": [hit_json(hit) for hit in hits], "seconds": seconds})
            else:
                print(query, *(hit_text(hit) for hit in hits), sep="\n")
    return status


def hit_json(hit: Hit) -> dict[str, object]:
    """Return a hit as scripts get it. Written out, so that it does not change with the type."""
    photo = hit.photo
    return {
        "rank": hit.rank,
        "path": str(photo.path),
        "score": hit.score,
        "label": hit.label,
        "elsewhere": photo.remote.origin if photo.remote else None,
        "is_provisional": photo.is_provisional,
        "width": photo.width,
        "height": photo.height,
        "taken_at": photo.taken_at,
    }


def hit_text(hit: Hit) -> str:
    """Return a hit as a line of text."""
    location = f"{hit.remote.origin}: {hit.path}" if hit.remote else str(hit.path)
    return f"{hit.rank:5}  {hit.score_to(3):.3f}  {hit.label:14}  {location}"


def _picture(query: Path) -> Path | bytes:
    """Return the content of a pipe, such as a shell's <(...), which other processes cannot open, or else the path."""
    return query.read_bytes() if query.is_fifo() else query


def _lines(file: Path) -> list[str]:
    try:
        data = file.read_bytes()
    except OSError as error:
        raise DecodeError(f"The list of pictures {file} cannot be read: {error.strerror}.") from error
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        text = data.decode("utf-16", "replace")
    else:
        text = data.decode("utf-8-sig", "surrogateescape")
    # Not splitlines, which also splits at characters that a file name may contain.
    return [line for line in text.replace("\r\n", "\n").split("\n") if line.strip()]


def _score(text: str) -> float:
    try:
        score = float(text)
    except ValueError:
        score = math.nan
    if not -1 <= score <= 1:
        raise ArgumentTypeError(f'"{text}" is not a number from -1 to 1')
    return score


def _positive(text: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text) < 1:
        raise ArgumentTypeError(f'"{text}" is not a whole number of at least 1')
    return int(text)


SEARCH = Command(
    "Find the photos that look most like a picture.", _search, _arguments, _usage_error, needs_library=True
)
