"""The command that says what is passed over in a folder: `rules`."""

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


def _arguments(parser: ArgumentParser) -> None:
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="a folder that was added before")
    parser.add_argument(
        "--exclude",
        action="append",
        metavar="PATTERN",
        help='pass over what fits, as in a .gitignore file: "*.png", "Screenshots/"; again for each; "" for none',
    )
    parser.add_argument("--smallest", type=_kilobytes, metavar="KB", help="pass over smaller files; 0 for none")


async def _rules(call: Invocation, chosen: Namespace) -> int:
    async with Engine(call.library, call.settings, call.token) as engine:
        rules = await engine.rules(chosen.folder)
        if chosen.exclude is not None or chosen.smallest is not None:
            exclude = rules.exclude if chosen.exclude is None else "\n".join(filter(None, chosen.exclude))
            smallest = rules.smallest if chosen.smallest is None else chosen.smallest
            rules = Rules(exclude, smallest)
            await engine.set_rules(chosen.folder, rules)
    patterns = [line for line in rules.exclude.split("\n") if line]
    if chosen.json:
        path = str(chosen.folder.absolute())
        print_json({"path": path, "exclude": patterns, "smallest_bytes": rules.smallest})
    else:
        size = f"files under {rules.smallest / KILOBYTE:g} KB" if rules.smallest else "no file for its size"
        print(f"In {chosen.folder} are passed over: {', '.join([*patterns, size])}. The next index run follows that.")
    return DONE


def _kilobytes(text: str) -> int:
    try:
        size = round(float(text) * KILOBYTE)
    except (ValueError, OverflowError):
        size = -1
    if size < 0:
        raise ArgumentTypeError(f'"{text}" is not a number of kilobytes')
    return size


RULES = Command("Say, or show, what is passed over in a folder.", _rules, _arguments)
