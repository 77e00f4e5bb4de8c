"""The option `--missing` of `search`: a table of which pictures the library has."""

from __future__ import annotations

import csv
import sys
from collections import Counter
from typing import TYPE_CHECKING

from core.cli.command import DONE, FAILED
from core.cli.output import print_json, say
from core.errors import DecodeError
from core.search_request import SearchRequest
from core.types import Presence

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from collections.abc import Iterable

    from core.cli.queries import CommandQuery, Fetcher
    from core.engine import Engine
    from core.search_request import Filters
    from core.types import Hit

COLUMNS = ("query", "presence", "path", "label", "score", "edits")
UNREADABLE = "unreadable"


def add_missing_arguments(parser: ArgumentParser) -> None:
    """Add the options that `missing_error` and `print_presence` read."""
    parser.add_argument("--missing", action="store_true", help="only say which of the pictures the library has")
    parser.add_argument("--csv", action="store_true", help="with --missing, print a table for spreadsheets")


def missing_error(chosen: Namespace) -> str | None:
    """Return what is contradictory about the options, or None."""
    if chosen.csv and not chosen.missing:
        return "--csv needs --missing"
    if chosen.csv and chosen.json:
        return "--csv cannot be used with --json"
    if chosen.missing and (chosen.together or chosen.unlike):
        return "--missing cannot be used with --together or --unlike"
    return None


async def print_presence(
    engine: Engine, fetcher: Fetcher, queries: Iterable[CommandQuery], filters: Filters, chosen: Namespace
) -> int:
    """Print for each picture whether the library has it, and return the exit status."""
    counts = Counter[str]()
    table = csv.writer(sys.stdout, lineterminator="\n")
    if chosen.csv:
        table.writerow(COLUMNS)
    for query in queries:
        try:
            state, hit = await engine.presence(SearchRequest(await fetcher.complete(query), filters=filters))
        except DecodeError as error:
            counts[UNREADABLE] += 1
            if chosen.csv:
                table.writerow((query.name, UNREADABLE, "", "", "", ""))
            if chosen.json:
                print_json({"query": query.name, "error": str(error)})
            else:
                say(f"{query.name}: {error}")
            continue
        counts[state] += 1
        if chosen.json:
            print_json({"query": query.name, "presence": state, **(_json(hit) if hit else dict.fromkeys(COLUMNS[2:]))})
        elif chosen.csv:
            cells = _json(hit) | {"edits": " ".join(_edits(hit))} if hit else {}
            table.writerow((query.name, state, *(cells.get(name, "") for name in COLUMNS[2:])))
        else:
            print(f"{state:12}  {query.name}", *([f"  {hit.path}"] if hit and state != Presence.MISSING else ()))
        sys.stdout.flush()
    if not chosen.json and not chosen.csv:
        total = counts.total() - counts[UNREADABLE]
        print(f"{total - counts[Presence.MISSING]} of {total} pictures are in the library")
    return FAILED if counts[UNREADABLE] else DONE


def _json(hit: Hit) -> dict[str, object]:
    return {"path": str(hit.path), "label": hit.label, "score": hit.score, "edits": _edits(hit)}


def _edits(hit: Hit) -> list[str]:
    return list(hit.shared.edits) if hit.shared else []
