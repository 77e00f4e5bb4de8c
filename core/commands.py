"""The commands: each opens an engine, does its work and prints the result."""

from __future__ import annotations

import json
import sys
import time
from argparse import ArgumentTypeError
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, get_args

from tqdm import tqdm

from core.doctor import examine
from core.engine import Engine
from core.errors import DecodeError, FolderError
from core.library import Library
from core.types import Stage, Views

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from collections.abc import Callable, Coroutine, Iterator

    from core.settings import Settings
    from core.types import IndexReport, Progress

DONE, FAILED, INTERRUPTED = 0, 1, 130
MEGABYTE = 1_000_000


@dataclass(frozen=True, slots=True)
class Command:
    """A command: what `--help` says, its own options, and the coroutine that returns its exit status."""

    summary: str
    add_arguments: Callable[[ArgumentParser], None]
    run: Callable[[Path, Settings, str, Namespace], Coroutine[None, None, int]]
    what_is_missing: Callable[[Namespace], str | None] = lambda _: None


def _index_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("folders", nargs="*", type=Path, metavar="FOLDER", help="default: all folders added before")


async def _index(library: Path, settings: Settings, token: str, chosen: Namespace) -> int:
    async with Engine(library, settings, token) as engine:
        if not chosen.folders and not (await engine.status()).roots:
            raise FolderError("The library has no folder yet. Name one: semblance index FOLDER.")
        with _bar() as show:
            report = await engine.index(chosen.folders or None, show)
        if chosen.json:
            failed = [_failure(failure.path, failure.reason) for failure in report.failed]
            _print_json({**asdict(report), "failed": failed})
        else:
            _print_report(report)
    return INTERRUPTED if report.cancelled else DONE


def _search_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("images", nargs="*", metavar="IMAGE", help="the picture to search for")
    parser.add_argument("--queries-from", type=Path, metavar="FILE", help="a file with a path on each line")
    parser.add_argument("--top-k", type=_positive, default=20, metavar="N", help="how many photos (default: 20)")
    parser.add_argument("--min-score", type=float, default=-1.0, metavar="X", help="leave out photos that score less")
    parser.add_argument(
        "--views", choices=get_args(Views), default="auto", help="how many views of the picture are searched"
    )


def _no_query(chosen: Namespace) -> str | None:
    return None if chosen.images or chosen.queries_from else "name a picture, or --queries-from a file"


async def _search(library: Path, settings: Settings, token: str, chosen: Namespace) -> int:
    queries: list[str] = chosen.images + (_lines(chosen.queries_from) if chosen.queries_from else [])
    status = DONE
    async with Engine(library, settings, token) as engine:
        await engine.warm_up()
        for query in queries:
            started = time.monotonic()
            try:
                hits = await engine.search(
                    Path(query), top_k=chosen.top_k, min_score=chosen.min_score, views=chosen.views
                )
            except DecodeError as error:
                status = FAILED
                _print_json({"query": query, "error": str(error)}) if chosen.json else _say(f"{query}: {error}")
                continue
            if chosen.json:
                found = [{**asdict(hit), "path": str(hit.path)} for hit in hits]
                _print_json({"query": query, "hits": found, "seconds": time.monotonic() - started})
            else:
                print(query)
                for hit in hits:
                    print(f"{hit.rank:5}  {hit.score:.3f}  {hit.label:14}  {hit.path}")
    return status


async def _status(library: Path, settings: Settings, token: str, chosen: Namespace) -> int:
    async with Engine(library, settings, token) as engine:
        status = await engine.status()
    if chosen.json:
        roots = [
            {"path": str(root.root.path), "uuid": root.root.uuid, "online": root.online, "photos": root.photos}
            for root in status.roots
        ]
        _print_json({**asdict(status), "roots": roots})
        return DONE
    for root in status.roots:
        print(f"{root.root.path}: {root.photos:,} photos{'' if root.online else ', not connected'}")
    print(f"{status.photos:,} photos, {status.searchable:,} searchable, {status.failed:,} could not be read")
    print(f"model {status.model}, {status.dim or 'unknown'} dimensions; index {status.index}, metric {status.metric}")
    print(f"{status.uri}; the library takes {status.data_bytes / MEGABYTE:,.1f} MB")
    return DONE


async def _failures(library: Path, settings: Settings, token: str, chosen: Namespace) -> int:
    async with Engine(library, settings, token) as engine:
        failures = await engine.failures()
    if chosen.json:
        _print_json([_failure(failure.path, failure.reason) for failure in failures])
    else:
        for failure in failures:
            print(f"{failure.path}: {failure.reason}")
    return DONE


def _remove_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="a folder that was added before")


async def _remove(library: Path, settings: Settings, token: str, chosen: Namespace) -> int:
    async with Engine(library, settings, token) as engine:
        photos = await engine.remove_folder(chosen.folder)
    if chosen.json:
        _print_json({"path": str(chosen.folder.absolute()), "photos": photos})
    else:
        print(f"Forgot {chosen.folder} and its {photos:,} photos. The photos themselves are untouched.")
    return DONE


def _doctor_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--repair", action="store_true", help="mend the index from the catalog")


async def _doctor(library: Path, settings: Settings, token: str, chosen: Namespace) -> int:
    checks = examine(Library(library), settings, token)
    repaired = False
    if chosen.repair and not all(check.ok for check in checks):
        async with Engine(library, settings, token) as engine:
            await engine.warm_up()
        checks = examine(Library(library), settings, token)
        repaired = all(check.ok for check in checks)
    if chosen.json:
        _print_json({"checks": [asdict(check) for check in checks], "repaired": repaired})
    else:
        for check in checks:
            print(f"{'ok ' if check.ok else 'BAD'}  {check.name}: {check.detail}")
    return DONE if all(check.ok for check in checks) else FAILED


def _no_arguments(_: ArgumentParser) -> None:
    """Take the common options only."""


COMMANDS = {
    "index": Command("Add photo folders and bring the index up to date.", _index_arguments, _index),
    "search": Command("Find the photos that look most like a picture.", _search_arguments, _search, _no_query),
    "status": Command("Say what the library holds.", _no_arguments, _status),
    "failures": Command("List the photos that could not be read, with the reasons.", _no_arguments, _failures),
    "doctor": Command("Check the catalog against the index.", _doctor_arguments, _doctor),
    "remove": Command("Forget a folder; its photos are not touched.", _remove_arguments, _remove),
}


@contextmanager
def _bar() -> Iterator[Callable[[Progress], None]]:
    """Show progress on standard error where that is a terminal."""
    with tqdm(file=sys.stderr, disable=None, unit=" photos", dynamic_ncols=True) as bar:

        def show(progress: Progress) -> None:
            bar.set_description(progress.stage.value, refresh=False)
            bar.unit = " bytes" if progress.stage is Stage.DOWNLOADING else " photos"
            bar.total = progress.total or None
            bar.update(progress.done - bar.n)
            bar.refresh()

        yield show


def _print_report(report: IndexReport) -> None:
    for failure in report.failed:
        _say(f"{failure.path}: {failure.reason}")
    print(
        f"{report.found:,} photos found: {report.indexed:,} indexed, {report.unchanged:,} unchanged, "
        f"{report.reused:,} copies, {report.moved:,} moved, {len(report.failed):,} could not be read; "
        f"{report.removed:,} gone, {report.ignored:,} other files. "
        f"{report.seconds:.1f} s, {report.images_per_second:.1f} photos/s."
    )
    if report.cancelled:
        print("Stopped. The next run goes on from here.")


def _failure(path: Path, reason: str) -> dict[str, str]:
    return {"path": str(path), "reason": reason}


def _lines(file: Path) -> list[str]:
    try:
        text = file.read_text(encoding="utf-8", errors="surrogateescape")
    except OSError as error:
        raise DecodeError(f"The list of pictures {file} cannot be read: {error.strerror}.") from error
    # Not splitlines: a file name may hold what that takes for the end of a line.
    return [line for line in text.split("\n") if line.strip()]


def _positive(text: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text) < 1:
        raise ArgumentTypeError(f'"{text}" is not a whole number from 1 up')
    return int(text)


def _print_json(value: object) -> None:
    # Flushed, so that whoever reads gets each answer as soon as it is there.
    print(json.dumps(value), flush=True)


def _say(text: str) -> None:
    print(text, file=sys.stderr)
