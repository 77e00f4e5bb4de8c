"""Set up, try, test and run Semblance from its checkout. Only Python 3.11 or newer is needed.

python packaging/dev.py demo               index the sample photos, search, show the hits
python packaging/dev.py test [--fast] [-- PYTEST ARGUMENTS]
python packaging/dev.py run [ARGUMENTS]    run main.py, after installing what it needs
"""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys

if sys.version_info < (3, 11):  # noqa: UP036 - an older Python gets this message instead of a traceback
    sys.exit("Semblance needs Python 3.11 or newer. Run this command with such a Python.")

import checks
import demo
import environment
import system_libraries
from set_up_error import SetUpError


def run(arguments: list[str]) -> int:
    """Run main.py with the arguments and return its exit status."""
    python = environment.set_up()
    system_libraries.require_for_window()
    # main.py handles Ctrl-C itself and keeps its work. Without a handler here, subprocess.call would kill it.
    signal.signal(signal.SIGINT, lambda *_: None)
    return subprocess.call([python, environment.CHECKOUT / "main.py", *arguments])


def test(arguments: list[str]) -> int:
    """Run every check and return 0 when all passed."""
    own, for_pytest = split(arguments)
    parser = argparse.ArgumentParser(prog="dev.py test")
    parser.add_argument("--fast", action="store_true", help="skip the tests without Qt and the slow tests")
    fast = parser.parse_args(own).fast
    python = environment.set_up()
    system_libraries.require(system_libraries.WIDGETS)
    system_libraries.recommend(system_libraries.TEST_SCREEN, "Without them, tests marked xvfb are skipped.")
    system_libraries.recommend(system_libraries.TEST_INSTALLERS, "Without them, tests of the installers are skipped.")
    slow = os.environ.get("CI") == "true"
    return checks.run_all(checks.planned(python, for_pytest, without_qt=not fast, slow=slow and not fast))


def split(arguments: list[str]) -> tuple[list[str], list[str]]:
    """Return the arguments before the first `--`, and those after it."""
    separator = arguments.index("--") if "--" in arguments else len(arguments)
    return arguments[:separator], arguments[separator + 1 :]


def main(arguments: list[str]) -> int:
    """Run the command that the arguments name, and return the exit status."""
    parser = argparse.ArgumentParser(
        prog="dev.py", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("command", choices=["demo", "test", "run"])
    # Everything after the command is passed on to it, including `--help`.
    command = parser.parse_args(arguments[:1]).command
    try:
        if command == "run":
            return run(arguments[1:])
        if command == "test":
            return test(arguments[1:])
        return demo.main(arguments[1:])
    except SetUpError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
