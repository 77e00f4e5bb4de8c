"""The commands that report on the library: `status`, `failures` and `doctor`."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from core.cli.command import DONE, FAILED, Command
from core.cli.output import failure_json, print_json, progress_bar
from core.engine import Engine
from core.library.files import LibraryFiles
from core.maintenance.doctor import examine

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from core.cli.command import Invocation

MEGABYTE = 1_000_000


async def _status(call: Invocation, chosen: Namespace) -> int:
    async with Engine(call.library, call.settings, call.token, shared=True) as engine:
        status = await engine.status()
    if chosen.json:
        roots = [
            {"path": str(root.root.path), "uuid": root.root.uuid, "online": root.online, "photos": root.photos}
            for root in status.roots
        ]
        print_json({**asdict(status), "roots": roots})
        return DONE
    for root in status.roots:
        print(f"{root.root.path}: {root.photos:,} photos{'' if root.online else ', not connected'}")
    incomplete = f", {status.incomplete:,} incomplete" if status.incomplete else ""
    failed = f"{status.failed:,} could not be read"
    print(f"{status.photos:,} photos, {status.searchable:,} searchable, {failed}{incomplete}")
    if status.is_upgrading:
        print(
            "The new version of the model has not read all photos yet, so the old one answers; `index` continues that"
        )
    print(f"model {status.model}, {status.dim or 'unknown'} dimensions; index {status.index}, metric {status.metric}")
    print(f"{status.uri}; the library takes {status.data_bytes / MEGABYTE:,.1f} MB")
    return DONE


async def _failures(call: Invocation, chosen: Namespace) -> int:
    async with Engine(call.library, call.settings, call.token, shared=True) as engine:
        failures = await engine.failures()
    if chosen.json:
        print_json([failure_json(failure) for failure in failures])
    else:
        for failure in failures:
            print(f"{failure.path}: {failure.reason}")
    return DONE


def _doctor_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--repair", action="store_true", help="repair the search index from the catalog")


async def _doctor(call: Invocation, chosen: Namespace) -> int:
    checks = examine(LibraryFiles(call.library), call.settings, call.token)
    repaired = False
    if chosen.repair and not all(check.ok for check in checks):
        async with Engine(call.library, call.settings, call.token) as engine:
            with progress_bar(stays=False) as show:
                await engine.warm_up(show)
        checks = examine(LibraryFiles(call.library), call.settings, call.token)
        repaired = all(check.ok for check in checks)
    if chosen.json:
        print_json({"checks": [asdict(check) for check in checks], "repaired": repaired})
    else:
        for check in checks:
            print(f"{'ok ' if check.ok else 'BAD'}  {check.name}: {check.detail}")
    return DONE if all(check.ok for check in checks) else FAILED


STATUS = Command("Show what the library contains.", _status, needs_library=True)
FAILURES = Command(
    "List the photos that could not be read or are incomplete, with the reasons.", _failures, needs_library=True
)
DOCTOR = Command(
    "Check the catalog and the search index, and compare them.", _doctor, _doctor_arguments, needs_library=True
)
