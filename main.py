"""Start Semblance: run a command, or open the window if the arguments name none."""

from __future__ import annotations

import multiprocessing
import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence
    from pathlib import Path

INTERRUPTED = 130
KNOWN_TO_AN_OPEN_WINDOW = {"library", "picture", "verbose", "json"}


def main(arguments: Sequence[str]) -> int:
    """Run a command or the window, and return the exit status."""
    # Frozen, the processes that we start are this program again, told by their arguments to be something else.
    multiprocessing.freeze_support()
    from core.cli import main as cli

    if "--self-test" in arguments:
        return self_test()
    if cli.command_of(arguments):
        return cli.main(arguments)
    return open_window(arguments)


def open_window(arguments: Sequence[str]) -> int:
    """Show the window until it is closed, or say why it cannot be shown."""
    from core.cli import main as cli
    from core.errors import SemblanceError

    chosen = cli.window_options(arguments)
    cli.set_up_output(verbose=chosen.verbose)
    try:
        call = cli.invocation(chosen)
    except SemblanceError as error:
        return cli.report_error(error)
    from desktop.startup.display_check import why_no_window

    if sentence := why_no_window():
        return cli.report_error(SemblanceError(sentence))
    if is_for_any_window(chosen):
        from desktop.startup.single_instance import hand_over

        if hand_over(call.library, chosen.picture):
            return 0
    from core.version import version
    from desktop.app import run

    return run(version(), call.library, call.settings, call.token, chosen.picture, chosen.screenshot)


def self_test() -> int:
    """Check that an installed program works, and return the exit status."""
    from core.cli import self_test

    return self_test.run(search_offscreen)


def search_offscreen(library: Path, picture: Path) -> str:
    """Search with a picture in a window without a screen, and return what happened in words.

    Raises:
        SemblanceError: The window shows no results.
    """
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    from core.errors import SemblanceError
    from core.library.settings import Settings
    from core.version import version
    from desktop.app import run

    screenshot = library.with_name("window.png")
    if run(version(), library, Settings(), "", picture, screenshot) or not screenshot.exists():
        raise SemblanceError("The window does not show the results of a search.")
    return "shows the results of a search"


def is_for_any_window(chosen: argparse.Namespace) -> bool:
    """Tell whether a window that is already open can do what was asked: it cannot change its server or its model."""
    given = {name for name, value in vars(chosen).items() if value is not None and value is not False}
    return given <= KNOWN_TO_AN_OPEN_WINDOW


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:  # while the program was still being loaded
        sys.exit(INTERRUPTED)
