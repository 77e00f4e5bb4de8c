"""The command line: its options, its exit status, and where its words go. What the commands do is in `commands`."""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from core import settings
from core.commands import COMMANDS, FAILED, INTERRUPTED
from core.errors import LibraryError, SemblanceError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from core.settings import Settings


@dataclass(frozen=True, slots=True)
class Invocation:
    """What every start of the program is told: the library, how it is searched, and how much is said."""

    library: Path
    settings: Settings
    token: str


def common_options() -> argparse.ArgumentParser:
    """Return the options that every command and the window take."""
    options = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    group = options.add_argument_group("common options")
    group.add_argument("--library", type=Path, metavar="DIR", help="the folder of catalog, index, thumbnails, settings")
    group.add_argument("--uri", help='a Milvus server, http(s)://host:port; "": Milvus Lite in the library')
    group.add_argument("--token", help="what the server asks for: user:password, or an API key")
    group.add_argument("--model", metavar="NAME", help="the model that compares photos")
    group.add_argument("--weights", type=Path, metavar="FILE", help="weights of your own for --model")
    group.add_argument("--json", action="store_true", help="print JSON on standard output")
    group.add_argument("-v", "--verbose", action="store_true", help="say more, and show the traceback of an error")
    return options


def command_of(arguments: Sequence[str]) -> str | None:
    """Return the command among the arguments; None where the window is meant."""
    _, rest = common_options().parse_known_args(arguments)
    return rest[0] if rest and rest[0] in COMMANDS else None


def window_options(arguments: Sequence[str]) -> argparse.Namespace:
    """Return the options of the window: the common ones, `picture` and `screenshot`."""
    listing = "\n".join(f"  {name:10} {command.summary}" for name, command in COMMANDS.items())
    parser = argparse.ArgumentParser(
        prog="semblance",
        description="Find the photos in your own library that look like a picture. Without a command the window opens.",
        epilog=f"commands (COMMAND --help explains each):\n{listing}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        parents=[common_options()],
        allow_abbrev=False,
    )
    parser.add_argument("picture", nargs="?", type=Path, metavar="PICTURE", help="open the window and search for it")
    parser.add_argument("--screenshot", type=Path, metavar="FILE", help="save a picture of the window with the result")
    chosen = parser.parse_args(arguments)
    if chosen.picture and not chosen.picture.exists():
        commands = ", ".join(COMMANDS)
        parser.error(f'"{chosen.picture}" is neither a command nor a picture that is there. The commands: {commands}')
    return chosen


def main(arguments: Sequence[str]) -> int:
    """Run a command and return the exit status."""
    given, rest = common_options().parse_known_args(arguments)
    command = COMMANDS[rest[0]]
    parser = argparse.ArgumentParser(
        prog=f"semblance {rest[0]}", description=command.summary, parents=[common_options()], allow_abbrev=False
    )
    command.add_arguments(parser)
    chosen = parser.parse_args(rest[1:], namespace=given)
    if missing := command.what_is_missing(chosen):
        parser.error(missing)
    speak_plainly(verbose=chosen.verbose)
    try:
        call = invocation(chosen)
        status = asyncio.run(command.run(call.library, call.settings, call.token, chosen))
        sys.stdout.flush()
    except SemblanceError as error:
        return complain(error)
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # Whoever read our output has had enough; what is left in the buffer has nowhere to go.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    return status


def complain(error: SemblanceError) -> int:
    """Say what went wrong and return the exit status; the traceback is for `--verbose` only."""
    logging.getLogger(__name__).debug("The traceback of what follows", exc_info=error)
    print(f"semblance: {error}", file=sys.stderr)
    return FAILED


def invocation(chosen: argparse.Namespace) -> Invocation:
    """Return what was asked for: options come before the environment, and that before what the library remembers.

    Raises:
        LibraryError: The library's settings cannot be read.
    """
    library: Path = chosen.library or settings.default_library()
    saved = settings.load(library)
    if chosen.model and chosen.model != saved.model:
        saved = replace(saved, model=chosen.model, weights="")
    if chosen.weights:
        saved = replace(saved, weights=str(chosen.weights.absolute()))
    uri = chosen.uri if chosen.uri is not None else os.environ.get("SEMBLANCE_MILVUS_URI", saved.uri)
    token = chosen.token if chosen.token is not None else os.environ.get("SEMBLANCE_MILVUS_TOKEN", "")
    return Invocation(library, replace(saved, uri=_checked(uri)), token)


def speak_plainly(*, verbose: bool) -> None:
    """Send the log to standard error, and let any file name through: unchanged where the encoding can."""
    logging.basicConfig(level=logging.DEBUG if verbose else logging.ERROR, format="%(name)s: %(message)s")
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            utf8 = stream.encoding.lower().replace("-", "") == "utf8"
            stream.reconfigure(errors="surrogateescape" if utf8 else "backslashreplace")


def _checked(uri: str) -> str:
    if not uri:
        return uri
    try:
        parts = urlsplit(uri)
        complete = parts.scheme in {"http", "https"} and parts.hostname and parts.port != 0
    except ValueError:  # a port that is no number, or half an IPv6 address
        complete = False
    if not complete:
        raise LibraryError(f'"{uri}" is not the address of a Milvus server. Write it as http://host:19530.')
    if "@" in parts.netloc:
        # The address is saved and shown; a password must be neither.
        raise LibraryError("A Milvus server's address holds no user and password. Give them with --token.")
    return uri
