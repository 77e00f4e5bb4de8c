"""The commands that add photos to the library and remove them: `index` and `remove`."""

from __future__ import annotations

from argparse import BooleanOptionalAction
from asyncio import CancelledError
from contextlib import aclosing
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING

from core.cli.command import DONE, INTERRUPTED, Command
from core.cli.output import failure_json, print_json, progress_bar, say
from core.engine import Engine
from core.errors import FolderError, SemblanceError

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from core.cli.command import Invocation
    from core.reports import IndexReport
    from core.types import Changes

CONTINUES = "The next indexing run continues from here."


def _index_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("folders", nargs="*", type=Path, metavar="FOLDER", help="default: all folders of the library")
    parser.add_argument(
        "--gentle",
        action=BooleanOptionalAction,
        default=None,
        help="use one core only, in this and later runs; --no-gentle uses all cores",
    )
    parser.add_argument("--watch", action="store_true", help="keep indexing changes in all folders until Ctrl-C")


async def _index(call: Invocation, chosen: Namespace) -> int:
    async with Engine(call.library, call.settings, call.token) as engine:
        if not chosen.folders and not (await engine.status()).roots:
            raise FolderError("The library has no folder yet. Add one with: semblance index FOLDER.")
        if chosen.gentle is not None:
            await engine.set_indexing(replace(call.settings.indexing, gentle=chosen.gentle))
        report = await _run(engine, chosen)
        if not report.cancelled:
            await _upgrade_model(engine)
        if chosen.watch and not report.cancelled:
            async with aclosing(engine.watch(say)) as all_changes:
                async for changes in all_changes:
                    report = await _run(engine, chosen, changes)
                    if report.cancelled:
                        break
    return INTERRUPTED if report.cancelled else DONE


async def _run(engine: Engine, chosen: Namespace, changes: Changes | None = None) -> IndexReport:
    with progress_bar(stays=changes is None) as show:
        report = await engine.index(None if changes else chosen.folders or None, show, changes)
    if changes and not report.has_changed and not (changes.paths and report.failed):
        return report
    if chosen.json:
        failures = {"failed": report.failed, "closed": report.closed}
        lists = {name: [failure_json(failure) for failure in found] for name, found in failures.items()}
        print_json(asdict(report) | lists)
    else:
        _print_report(report)
    if report.waiting:
        say(waiting(report.waiting, engine.search_index.state.reason))
    return report


async def _upgrade_model(engine: Engine) -> None:
    try:
        with progress_bar(stays=False) as show:
            is_upgraded = await engine.upgrade_model(show)
    except CancelledError:
        say(f"Stopped. {CONTINUES}")
        raise
    except SemblanceError as error:
        say(f"The new version of the model could not read the photos yet, so the old one still answers. {error}")
        return
    if is_upgraded:
        say("The new version of the model has read all photos. Searches use it from now on.")


def _print_report(report: IndexReport) -> None:
    for failure in (*report.closed, *report.failed):
        say(f"{failure.path}: {failure.reason}")
    print(
        f"{report.found:,} photos found: {report.indexed:,} indexed, {report.unchanged:,} unchanged, "
        f"{report.reused:,} copies, {report.moved:,} moved, {len(report.failed):,} could not be read; "
        f"{report.removed:,} gone, {report.ignored:,} other files. "
        f"{report.seconds:.1f} s, {report.images_per_second:.1f} photos/s."
    )
    if report.cancelled:
        left = f" {report.remaining:,} photos are still to be indexed." if report.remaining else ""
        print(f"Stopped.{left} {CONTINUES}")


def waiting(photos: int, reason: str) -> str:
    """Return the message about photos that are in the catalog but not yet in the search index."""
    cause = reason or "It did not accept them."
    return f"{photos:,} photos are waiting for the search index: {cause} They are added once it accepts them."


def _remove_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="a folder of the library")


async def _remove(call: Invocation, chosen: Namespace) -> int:
    async with Engine(call.library, call.settings, call.token) as engine:
        photos = await engine.remove_folder(chosen.folder)
    if chosen.json:
        print_json({"path": str(chosen.folder.absolute()), "photos": photos})
    else:
        print(f"Removed {chosen.folder} and its {photos:,} photos from the library. The files are untouched.")
    return DONE


INDEX = Command("Add photo folders and bring the search index up to date.", _index, _index_arguments)
REMOVE = Command(
    "Remove a folder from the library, without touching its photos.", _remove, _remove_arguments, needs_library=True
)
