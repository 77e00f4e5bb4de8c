"""Where the words of a command go: results to standard output, everything else to standard error."""

from __future__ import annotations

import json
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

from tqdm import tqdm

from core.reports import Hold, Stage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from core.reports import Progress
    from core.types import Failure


def print_json(value: object) -> None:
    """Print a result for a script."""
    # Flushed, so that whoever reads gets each answer as soon as it is there.
    print(json.dumps(value), flush=True)


def say(text: str) -> None:
    """Tell a person something that is no result."""
    print(text, file=sys.stderr)


def failure_json(failure: Failure) -> dict[str, str]:
    """Return a photo that could not be read as scripts get it."""
    return {"path": str(failure.path), "reason": failure.reason}


@contextmanager
def progress_bar(*, stays: bool = True) -> Iterator[Callable[[Progress], None]]:
    """Show progress on standard error where that is a terminal; at its end it stays there or goes without a trace."""
    with tqdm(file=sys.stderr, disable=None, unit=" photos", dynamic_ncols=True, leave=stays) as bar:

        def show(progress: Progress) -> None:
            held = "" if progress.hold is Hold.RUNNING else f", {progress.hold.value}"
            bar.set_description(f"{progress.stage.value}{held}", refresh=False)
            bar.unit = " bytes" if progress.stage is Stage.DOWNLOADING else " photos"
            bar.total = progress.total or None
            bar.update(progress.done - bar.n)
            bar.refresh()

        yield show
