"""The output of commands: results on standard output, everything else on standard error."""

from __future__ import annotations

import json
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

from core.reports import Hold, Stage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from core.reports import Progress
    from core.types import Failure


UNITS = {Stage.DOWNLOADING: " bytes", Stage.VERIFYING: " pairs"}
"""What is counted in these stages. In the others, it is photos."""


def print_json(value: object) -> None:
    """Print a result as one line of JSON."""
    # Flushed, so that a script that reads the output gets each result at once.
    print(json.dumps(value), flush=True)


def say(text: str) -> None:
    """Print a message that is not part of the result."""
    print(text, file=sys.stderr)


def failure_json(failure: Failure) -> dict[str, str]:
    """Return a failure as an object for JSON output."""
    return {"path": str(failure.path), "reason": failure.reason}


@contextmanager
def progress_bar(*, stays: bool = True) -> Iterator[Callable[[Progress], None]]:
    """Show a progress bar on standard error if that is a terminal. Yields the function that updates it.

    If `stays` is false, the bar is removed at the end.
    """
    if not sys.stderr.isatty():
        yield lambda _progress: None
        return

    from tqdm import tqdm  # imported here, because commands without a bar start sooner without it

    with tqdm(file=sys.stderr, unit=" photos", dynamic_ncols=True, leave=stays) as bar:

        def show(progress: Progress) -> None:
            hold = "" if progress.hold is Hold.RUNNING else f", {progress.hold.value}"
            bar.set_description(f"{progress.stage.value}{hold}", refresh=False)
            bar.unit = UNITS.get(progress.stage, " photos")
            bar.total = progress.total or None
            bar.update(progress.done - bar.n)
            bar.refresh()

        yield show
