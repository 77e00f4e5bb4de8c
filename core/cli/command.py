"""The building blocks of a command: its definition, its input and its exit statuses."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from collections.abc import Callable, Coroutine
    from pathlib import Path

    from core.library.settings import Settings

DONE, FAILED, INTERRUPTED = 0, 1, 130


@dataclass(frozen=True, slots=True)
class Invocation:
    """What the common options specify: the library, and the settings and token to use for it.

    `saved` has the settings as they are saved in the library, without those given for this call.
    """

    library: Path
    settings: Settings
    token: str
    saved: Settings


def no_arguments(_: ArgumentParser) -> None:
    """Add no options of its own to a command."""


@dataclass(frozen=True, slots=True)
class Command:
    """A command of the program.

    `summary` is its line in `--help`, and `run` returns its exit status. `add_arguments` adds its options.
    `usage_error` returns a usage error, or None if the call is valid. `interrupted` is printed after Ctrl-C. With
    `needs_library`, the command fails if there is no library, instead of creating one.
    """

    summary: str
    run: Callable[[Invocation, Namespace], Coroutine[None, None, int]]
    add_arguments: Callable[[ArgumentParser], None] = no_arguments
    usage_error: Callable[[Invocation, Namespace], str | None] = lambda _call, _chosen: None
    interrupted: str = ""
    needs_library: bool = False
