"""What a command is, what it is told, and how it can end."""

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
    """What every start of the program is told: the library, and how it is searched this time and as `saved` in it."""

    library: Path
    settings: Settings
    token: str
    saved: Settings


def no_arguments(_: ArgumentParser) -> None:
    """Take the common options only."""


@dataclass(frozen=True, slots=True)
class Command:
    """A command: what `--help` says, its own options, and the coroutine that returns its exit status.

    `what_is_wrong` finds what is missing or too much in a call. `interrupted` is said when Ctrl-C ended the coroutine.
    """

    summary: str
    run: Callable[[Invocation, Namespace], Coroutine[None, None, int]]
    add_arguments: Callable[[ArgumentParser], None] = no_arguments
    what_is_wrong: Callable[[Invocation, Namespace], str | None] = lambda _call, _chosen: None
    interrupted: str = ""
