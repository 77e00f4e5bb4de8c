"""Runs the program's command line, in another process or in this one."""

from __future__ import annotations

import io
import json
import os
import sqlite3
import subprocess
import sys
import time
from contextlib import closing, redirect_stderr, redirect_stdout, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias, cast

from core.cli import main as cli
from tests.helpers.checkout import CHECKOUT
from tests.helpers.limits import HANG_TIMEOUT

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

JSON: TypeAlias = "dict[str, JSON] | list[JSON] | str | int | float | bool | None"

MAIN = CHECKOUT / "main.py"


@dataclass(frozen=True)
class Outcome:
    """The exit status and the output of a command."""

    status: int
    out: str
    err: str

    def objects(self) -> list[dict[str, JSON]]:
        """Return the JSON objects on standard output, one per line."""
        return [cast("dict[str, JSON]", json.loads(line)) for line in self.out.splitlines()]

    def object(self) -> dict[str, JSON]:
        """Return the only JSON object on standard output."""
        (only,) = self.objects()
        return only


@dataclass(frozen=True)
class Program:
    """`main.py` with a library and environment variables."""

    library: Path
    environment: Mapping[str, str] = field(default_factory=dict)

    def start(self, *arguments: str | os.PathLike[str]) -> subprocess.Popen[str]:
        """Start a command as the leader of a process group, so that a test can signal the group as a terminal does."""
        other = ("SEMBLANCE_", "PYTHONUNBUFFERED")
        kept = {name: value for name, value in os.environ.items() if not name.startswith(other)}
        return subprocess.Popen(
            [sys.executable, MAIN, "--library", self.library, *arguments],
            env={**kept, **self.environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            errors="surrogateescape",
            start_new_session=True,
        )

    def call(self, *arguments: str | os.PathLike[str]) -> Outcome:
        """Run a command in this process, which is faster."""
        with _text_file() as out, _text_file() as err:
            with redirect_stdout(out), redirect_stderr(err):
                try:
                    status = cli.main(["--library", str(self.library), *(str(argument) for argument in arguments)])
                except SystemExit as exit_:
                    status = exit_.code if isinstance(exit_.code, int) else 1
            return Outcome(status, _text_of(out), _text_of(err))

    def run(self, *arguments: str | os.PathLike[str]) -> Outcome:
        """Run a command in its own process."""
        process = self.start(*arguments)
        try:
            out, err = process.communicate(timeout=HANG_TIMEOUT)
        except BaseException:
            process.kill()
            process.communicate()
            raise
        return Outcome(process.returncode, out, err)


def wait_until(what: str, condition: Callable[[], bool], process: subprocess.Popen[str]) -> None:
    """Return when the condition holds or the process has ended. `what` describes the condition."""
    deadline = time.monotonic() + HANG_TIMEOUT
    while not condition() and process.poll() is None:
        if time.monotonic() >= deadline:
            process.kill()
            raise AssertionError(f"Waited in vain until {what}.")
        with suppress(subprocess.TimeoutExpired):
            process.wait(0.005)


def photos_in_catalog(library: Path) -> int:
    """Return the number of photos in a catalog that another process may be writing, or 0 if there is none yet."""
    try:
        with closing(sqlite3.connect(f"file:{library / 'catalog.sqlite'}?mode=ro", uri=True)) as db:
            return int(db.execute("SELECT count(*) FROM photo").fetchone()[0])
    except sqlite3.Error:
        return 0


def _text_file() -> io.TextIOWrapper:
    return io.TextIOWrapper(io.BytesIO(), encoding="utf-8", errors="surrogateescape")


def _text_of(file: io.TextIOWrapper) -> str:
    file.seek(0)
    return file.read()
