"""The commands that change which photos the library has: `index` and `remove`."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from core.commands.command import DONE, INTERRUPTED, Command
from core.commands.output import failure_json, print_json, progress_bar, say
from core.engine import Engine
from core.errors import FolderError

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from core.commands.command import Invocation
    from core.reports import IndexReport


def _index_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("folders", nargs="*", type=Path, metavar="FOLDER", help="default: all folders added before")


async def _index(call: Invocation, chosen: Namespace) -> int:
    async with Engine(call.library, call.settings, call.token) as engine:
        if not chosen.folders and not (await engine.status()).roots:
            raise FolderError("The library has no folder yet. Name one: semblance index FOLDER.")
        with progress_bar() as show:
            report = await engine.index(chosen.folders or None, show)
        if chosen.json:
            print_json({**asdict(report), "failed": [failure_json(failure) for failure in report.failed]})
        else:
            _print_report(report)
        if report.waiting:
            say(waiting(report.waiting, engine.search_index.state.reason))
    return INTERRUPTED if report.cancelled else DONE


def _print_report(report: IndexReport) -> None:
    for failure in report.failed:
        say(f"{failure.path}: {failure.reason}")
    print(
        f"{report.found:,} photos found: {report.indexed:,} indexed, {report.unchanged:,} unchanged, "
        f"{report.reused:,} copies, {report.moved:,} moved, {len(report.failed):,} could not be read; "
        f"{report.removed:,} gone, {report.ignored:,} other files. "
        f"{report.seconds:.1f} s, {report.images_per_second:.1f} photos/s."
    )
    if report.cancelled:
        print("Stopped. The next run goes on from here.")


def waiting(photos: int, reason: str) -> str:
    """Return what is said of photos that are in the catalog and not yet in the index."""
    cause = reason or "It did not take them."
    return f"{photos:,} photos wait for the search index: {cause} The next call that reaches it brings them there."


def _remove_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="a folder that was added before")


async def _remove(call: Invocation, chosen: Namespace) -> int:
    async with Engine(call.library, call.settings, call.token) as engine:
        photos = await engine.remove_folder(chosen.folder)
    if chosen.json:
        print_json({"path": str(chosen.folder.absolute()), "photos": photos})
    else:
        print(f"Forgot {chosen.folder} and its {photos:,} photos. The photos themselves are untouched.")
    return DONE


INDEX = Command("Add photo folders and bring the index up to date.", _index, _index_arguments)
REMOVE = Command("Forget a folder; its photos are not touched.", _remove, _remove_arguments)
