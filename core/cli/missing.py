"""The option `--missing` of `search`: a table of which pictures the library has."""

from __future__ import annotations

import asyncio
import csv
import sys
from collections import Counter, deque
from contextlib import aclosing
from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.cli.command import DONE, FAILED
from core.cli.output import print_json, say
from core.errors import DecodeError
from core.search_request import SearchRequest
from core.types import Presence

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from collections.abc import AsyncGenerator, Coroutine, Iterable

    from core.cli.queries import CommandQuery, Fetcher
    from core.engine import Engine
    from core.search_request import Filters
    from core.types import Hit

COLUMNS = ("query", "found", "as", "path", "label", "score", "edits")
NOTHING: dict[str, object] = dict.fromkeys(COLUMNS)
UNREADABLE = "unreadable"

AT_ONCE = 4
"""Queries that are searched for at the same time: one is decoded while the index is searched for another."""


@dataclass(frozen=True, slots=True)
class Answer:
    """Whether the library has a picture, with its closest photo, or why the picture could not be searched for."""

    query: str
    presence: Presence = Presence.MISSING
    hit: Hit | None = None
    error: str = ""

    @property
    def cells(self) -> dict[str, object]:
        """Return the values of COLUMNS, without those that say nothing."""
        if self.error:
            return {"query": self.query}
        if self.presence is Presence.MISSING or not self.hit:
            return {"query": self.query, "found": False}
        found = {"path": str(self.hit.path), "label": self.hit.label, "score": self.hit.score, "edits": self.edits}
        return {"query": self.query, "found": True, "as": self.presence, **found}

    @property
    def edits(self) -> list[str]:
        """Return how the photo in the library differs from the picture."""
        return list(self.hit.shared.edits) if self.hit and self.hit.shared else []


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

    async def ask(query: CommandQuery) -> Answer:
        try:
            request = SearchRequest(await fetcher.complete(query), filters=filters)
            return Answer(query.name, *await engine.presence(request))
        except DecodeError as error:
            return Answer(query.name, error=str(error))

    counts = Counter[str]()
    table = csv.DictWriter(sys.stdout, COLUMNS, lineterminator="\n")
    if chosen.csv:
        table.writeheader()
    async with aclosing(_in_order(map(ask, queries))) as answers:
        async for answer in answers:
            counts[UNREADABLE if answer.error else answer.presence] += 1
            if chosen.json:
                print_json(answer.cells | {"error": answer.error} if answer.error else NOTHING | answer.cells)
            elif chosen.csv:
                table.writerow(_row(answer))
            elif not answer.error:
                _print(answer)
            if answer.error and not chosen.json:
                say(f"{answer.query}: {answer.error}")
            sys.stdout.flush()
    if not chosen.json and not chosen.csv:
        total = counts.total() - counts[UNREADABLE]
        print(f"{total - counts[Presence.MISSING]} of {total} pictures are in the library")
    return FAILED if counts[UNREADABLE] else DONE


async def _in_order(asking: Iterable[Coroutine[None, None, Answer]]) -> AsyncGenerator[Answer, None]:
    """Yield the results in order, with AT_ONCE of them in progress."""
    waiting: deque[asyncio.Task[Answer]] = deque()
    try:
        for each in asking:
            waiting.append(asyncio.create_task(each))
            if len(waiting) == AT_ONCE:
                yield await waiting.popleft()
        while waiting:
            yield await waiting.popleft()
    finally:
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)


def _row(answer: Answer) -> dict[str, object]:
    cells = answer.cells
    if answer.error:
        return cells | {"as": UNREADABLE}
    return cells | {"found": "yes" if cells["found"] else "no", "edits": " ".join(answer.edits)}


def _print(answer: Answer) -> None:
    path = answer.cells.get("path")
    print(f"{answer.presence:12}  {answer.query}", *([f"  {path}"] if path else ()))
