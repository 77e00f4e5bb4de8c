"""The command line: common options, exit status and error output. `core.cli.registry` has the commands."""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import signal
import sys
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from core.cli.registry import COMMANDS, FAILED, INTERRUPTED, Invocation
from core.errors import LibraryError, SemblanceError, VectorIndexError
from core.library import settings
from core.library.files import LibraryFiles
from core.library.settings import ModelSettings
from core.vectors import schema
from core.version import version

if TYPE_CHECKING:
    from collections.abc import Coroutine, Sequence

    from core.library.settings import IndexSettings


class _ShowVersion(argparse.Action):
    """Prints the version and exits. Unlike the action "version" of argparse, it reads the version only if asked."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        print(f"semblance {version()}")
        parser.exit()


def common_options() -> argparse.ArgumentParser:
    """Return the options that every command and the window accept."""
    options = argparse.ArgumentParser(prog="semblance", add_help=False, allow_abbrev=False)
    group = options.add_argument_group("common options")
    group.add_argument("--library", type=Path, metavar="DIR", help="the library folder (default: in your user data)")
    group.add_argument("--uri", help='the Milvus server, http(s)://host:port; "": Milvus Lite in the library')
    group.add_argument("--token", help="user:password or an API key for the server (default: the one in the keyring)")
    group.add_argument("--database", metavar="NAME", help='the database on the server; "": the server\'s default')
    group.add_argument("--ca-file", metavar="FILE", help='certificates to trust for https; "": public authorities')
    group.add_argument(
        "--index",
        type=_index_type,
        metavar="TYPE[,PARAMETER=NUMBER...]",
        help=f'the type of search index: {", ".join(schema.Kind)}; "": chosen by Semblance',
    )
    group.add_argument(
        "--metric",
        type=_metric,
        metavar=f"{{{','.join(schema.Metric)}}}",
        help='how the search index compares photos; "": chosen by Semblance',
    )
    group.add_argument("--model", metavar="NAME", help="the model that computes embeddings")
    group.add_argument("--weights", type=Path, metavar="FILE", help="a file with your own weights for --model")
    group.add_argument("--json", action="store_true", help="print results as JSON")
    group.add_argument("-v", "--verbose", action="store_true", help="print the log, and the traceback of an error")
    return options


def command_of(arguments: Sequence[str]) -> str | None:
    """Return the name of the command in the arguments, or None if they open the window."""
    _, rest = common_options().parse_known_args(arguments)
    return rest[0] if rest and rest[0] in COMMANDS else None


def window_parser() -> argparse.ArgumentParser:
    """Return the parser for the arguments of the window."""
    listing = "\n".join(f"  {name:10} {command.summary}" for name, command in COMMANDS.items())
    parser = argparse.ArgumentParser(
        prog="semblance",
        description="Find the photos in your library that look like a picture. Without a command, the window opens.",
        epilog=f"commands (COMMAND --help explains each):\n{listing}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        parents=[common_options()],
        allow_abbrev=False,
    )
    parser.add_argument("picture", nargs="?", type=Path, metavar="PICTURE", help="open the window and search with it")
    parser.add_argument("--self-test", action="store_true", help="check that the installed program works, and exit")
    parser.add_argument("--version", nargs=0, action=_ShowVersion, help="print the version, and exit")
    parser.add_argument("--screenshot", type=Path, metavar="FILE", help="save a picture of the window with the hits")
    return parser


def window_options(arguments: Sequence[str]) -> argparse.Namespace:
    """Parse the arguments of the window: the common options, `picture` and `screenshot`."""
    parser = window_parser()
    chosen = parser.parse_args(arguments)
    if chosen.picture and not chosen.picture.exists():
        commands = ", ".join(COMMANDS)
        parser.error(f'"{chosen.picture}" is neither a command nor an existing picture. Commands: {commands}')
    return chosen


def command_parser(name: str) -> argparse.ArgumentParser:
    """Return the parser for the arguments of a command."""
    command = COMMANDS[name]
    parser = argparse.ArgumentParser(
        prog=f"semblance {name}", description=command.summary, parents=[common_options()], allow_abbrev=False
    )
    command.add_arguments(parser)
    return parser


def main(arguments: Sequence[str]) -> int:
    """Run a command and return its exit status."""
    given, rest = common_options().parse_known_args(arguments)
    command = COMMANDS[rest[0]]
    parser = command_parser(rest[0])
    chosen = parser.parse_args(rest[1:], namespace=given)
    set_up_output(verbose=chosen.verbose)
    try:
        call = invocation(chosen)
        if wrong := command.usage_error(call, chosen):
            parser.error(wrong)
        if command.needs_library and not LibraryFiles(call.library).catalog.exists():
            raise LibraryError(
                f"There is no library in {call.library}. Create one with: semblance index FOLDER. If yours is in "
                "another folder, name that with --library."
            )
        status = asyncio.run(_interruptible(command.run(call, chosen)))
        sys.stdout.flush()
    except SemblanceError as error:
        return report_error(error)
    except (KeyboardInterrupt, asyncio.CancelledError):
        if command.interrupted:
            print(command.interrupted, file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        # The program that read our output has closed it. What is still buffered is discarded, or Python would report
        # another error at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    return status


async def _interruptible(work: Coroutine[None, None, int]) -> int:
    """Return the result of a command, and cancel it on Ctrl-C. A second Ctrl-C ends it at once."""
    loop, task = asyncio.get_running_loop(), asyncio.current_task()

    def interrupt() -> None:
        loop.remove_signal_handler(signal.SIGINT)
        if task:
            task.cancel()

    # The handler of asyncio.run cancels in the middle of any callback, which then may print a traceback.
    with suppress(NotImplementedError, RuntimeError, ValueError):  # Windows, or not the main thread
        loop.add_signal_handler(signal.SIGINT, interrupt)
    return await work


def report_error(error: SemblanceError) -> int:
    """Print the error and return the exit status. The traceback is shown with `--verbose` only."""
    logging.getLogger(__name__).debug("Traceback of the error below", exc_info=error)
    print(f"semblance: {error}", file=sys.stderr)
    return FAILED


def invocation(chosen: argparse.Namespace) -> Invocation:
    """Return the library and settings to use: options override environment variables, which override saved settings.

    Raises:
        LibraryError: The saved settings cannot be read, or an option has an invalid value.
    """
    library: Path = chosen.library or settings.default_library()
    saved = settings.load(library)
    index = _index_chosen(_server_chosen(saved.index, chosen), chosen)
    wanted = replace(saved, model=_model_chosen(saved.model, chosen), index=index)
    token = chosen.token if chosen.token is not None else os.environ.get("SEMBLANCE_MILVUS_TOKEN", "")
    return Invocation(library, wanted, token, saved)


def _model_chosen(saved: ModelSettings, chosen: argparse.Namespace) -> ModelSettings:
    if chosen.model and chosen.model != saved.name:
        saved = ModelSettings(chosen.model)
    return replace(saved, weights=str(chosen.weights.absolute())) if chosen.weights else saved


def _server_chosen(saved: IndexSettings, chosen: argparse.Namespace) -> IndexSettings:
    uri = chosen.uri if chosen.uri is not None else os.environ.get("SEMBLANCE_MILVUS_URI", saved.uri)
    if _checked(uri) != saved.uri:
        saved = replace(saved, uri=uri, database="", ca_file="")
    if chosen.database is not None:
        saved = replace(saved, database=chosen.database)
    if chosen.ca_file is not None:
        saved = replace(saved, ca_file=chosen.ca_file and str(Path(chosen.ca_file).absolute()))
    if not uri and (chosen.database or chosen.ca_file):
        raise LibraryError("--database and --ca-file need a Milvus server. Give its address with --uri.")
    return saved


def _index_chosen(saved: IndexSettings, chosen: argparse.Namespace) -> IndexSettings:
    index_type = chosen.index if chosen.index is not None else saved.type
    metric = chosen.metric if chosen.metric is not None else saved.metric
    return replace(saved, type=index_type, metric=metric)


def set_up_output(*, verbose: bool) -> None:
    """Set up logging to standard error, and make both output streams accept any file name."""
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
    except ValueError:  # the port is not a number, or an IPv6 address is incomplete
        complete = False
    if not complete:
        raise LibraryError(f'"{uri}" is not the address of a Milvus server. Write it as http://host:19530.')
    if "@" in parts.netloc:
        # The address is saved and displayed, which a password must not be.
        raise LibraryError(
            "The address of a Milvus server must not contain a user name and password. Give them with --token."
        )
    return uri


def _index_type(text: str) -> str:
    return _parsed(text, text, schema.Metric.IP)


def _metric(text: str) -> str:
    return _parsed(text, schema.Kind.FLAT, text)


def _parsed(text: str, index: str, metric: str) -> str:
    """Return the text if it is empty or names an existing index type and metric."""
    try:
        if text:
            schema.parse(index, metric)
    except VectorIndexError as error:
        raise argparse.ArgumentTypeError(str(error)) from error
    return text
