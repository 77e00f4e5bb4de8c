"""The command that shows and changes what is skipped in a folder: `rules`."""

from __future__ import annotations

from argparse import ArgumentTypeError
from pathlib import Path
from typing import TYPE_CHECKING

from core.cli.command import DONE, Command
from core.cli.output import print_json
from core.engine import Engine
from core.types import KILOBYTE, Rules

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from core.cli.command import Invocation

ALWAYS_SKIPPED = (
    "Always skipped: hidden folders, recycle bins and snapshots of systems, phones and NAS devices, and the previews "
    "that photo programs keep."
)


def _arguments(parser: ArgumentParser) -> None:
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="a folder of the library")
    parser.add_argument(
        "--exclude",
        action="append",
        metavar="PATTERN",
        help='skip what matches, as in a .gitignore file, such as "*.png" or "Screenshots/" (repeatable; "" for none)',
    )
    parser.add_argument("--smallest", type=_kilobytes, metavar="KB", help="skip files smaller than this; 0 skips none")


async def _rules(call: Invocation, chosen: Namespace) -> int:
    is_change = chosen.exclude is not None or chosen.smallest is not None
    async with Engine(call.library, call.settings, call.token, shared=not is_change) as engine:
        rules = await engine.rules(chosen.folder)
        if is_change:
            exclude = rules.exclude if chosen.exclude is None else "\n".join(filter(None, chosen.exclude))
            smallest = rules.smallest if chosen.smallest is None else chosen.smallest
            rules = Rules(exclude, smallest)
            await engine.set_rules(chosen.folder, rules)
    patterns = [line for line in rules.exclude.split("\n") if line]
    if chosen.json:
        path = str(chosen.folder.absolute())
        print_json({"path": path, "exclude": patterns, "smallest_bytes": rules.smallest})
    else:
        size = f"files under {rules.smallest / KILOBYTE:g} KB" if rules.smallest else "no files because of their size"
        print(f"Skipped in {chosen.folder}: {', '.join([*patterns, size])}. The next indexing run applies this.")
        print(ALWAYS_SKIPPED)
    return DONE


def _kilobytes(text: str) -> int:
    try:
        size = round(float(text) * KILOBYTE)
    except (ValueError, OverflowError):
        size = -1
    if size < 0:
        raise ArgumentTypeError(f'"{text}" is not a number of kilobytes')
    return size


RULES = Command("Show or change what is skipped in a folder.", _rules, _arguments, needs_library=True)
