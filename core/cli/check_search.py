"""The command `check-search`."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from core.cli.argument_types import positive
from core.cli.command import DONE, Command
from core.cli.output import print_json, progress_bar
from core.engine import Engine
from core.errors import LibraryError

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from core.cli.command import Invocation
    from core.reports import SearchQuality

SAMPLES = 20


def _arguments(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--samples", type=positive, default=SAMPLES, metavar="N", help=f"how many photos (default: {SAMPLES})"
    )


async def _check_search(call: Invocation, chosen: Namespace) -> int:
    async with Engine(call.library, call.settings, call.token, shared=True) as engine:
        with progress_bar(stays=False) as show:
            quality = await engine.check_search(chosen.samples, show)
    if not quality.samples:
        raise LibraryError(
            f"The library {call.library} has no photos that can be read. Connect their drives, or add photos with: "
            "semblance index FOLDER."
        )
    if chosen.json:
        print_json(asdict(quality))
    else:
        print(quality_text(quality))
    return DONE


def quality_text(quality: SearchQuality) -> str:
    """Return the measures in words."""
    times = quality.milliseconds
    parts = ", ".join(f"{stage} {times[stage]:.0f}" for stage in ("reading the picture", "embedding", "search index"))
    photos = "1 photo was" if quality.samples == 1 else f"{quality.samples:,} photos were"
    found = {edit: round(recall * quality.samples) for edit, recall in quality.recall_at_1.items()}
    return "\n".join(
        [
            f"{photos} edited in {len(found)} ways and searched for. The right photo came first:",
            *(f"    {edit:16} {count:,} of {quality.samples:,}" for edit, count in found.items()),
            f"The search index finds {quality.index_recall:.1%} of the ten best photos that an exact search finds.",
            f"A search takes {times['search']:.0f} ms, and its verification {times['verification']:.0f} ms more.",
            f"With one view of the picture, in milliseconds: {parts}, exact search {times['exact search']:.0f}.",
        ]
    )


CHECK_SEARCH = Command(
    "Measure how well edited copies of your photos are found, and what takes how long.",
    _check_search,
    _arguments,
    needs_library=True,
)
