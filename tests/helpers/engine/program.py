"""Running the program as its user does: in a process of its own."""

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
from tests.helpers.limits import HANGING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

JSON: TypeAlias = "dict[str, JSON] | list[JSON] | str | int | float | bool | None"

MAIN = CHECKOUT / "main.py"


@dataclass(frozen=True)
class Outcome:
    """What a run left: its exit status and what it wrote."""

    status: int
    out: str
    err: str

    def objects(self) -> list[dict[str, JSON]]:
        """Return the JSON objects of the lines of standard output."""
        return [cast("dict[str, JSON]", json.loads(line)) for line in self.out.splitlines()]

    def object(self) -> dict[str, JSON]:
        """Return the only JSON object."""
        (only,) = self.objects()
        return only


@dataclass(frozen=True)
class Program:
    """`main.py` with a library of its own."""

    library: Path
    environment: Mapping[str, str] = field(default_factory=dict)

    def start(self, *arguments: str | os.PathLike[str]) -> subprocess.Popen[str]:
        """Start a command; as the leader of a group, so that a signal can be sent as a terminal does: to all of it."""
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
        """Run a command in this process: quicker, where it makes no difference."""
        with _text_file() as out, _text_file() as err:
            with redirect_stdout(out), redirect_stderr(err):
                try:
                    status = cli.main(["--library", str(self.library), *(str(argument) for argument in arguments)])
                except SystemExit as exit_:
                    status = exit_.code if isinstance(exit_.code, int) else 1
            return Outcome(status, _text_of(out), _text_of(err))

    def run(self, *arguments: str | os.PathLike[str]) -> Outcome:
        process = self.start(*arguments)
        try:
            out, err = process.communicate(timeout=HANGING)
        except BaseException:
            process.kill()
            process.communicate()
            raise
        return Outcome(process.returncode, out, err)


def wait_until(true: Callable[[], bool], process: subprocess.Popen[str]) -> None:
    """Return when something is so, or the process has ended; look again and again, as there is nobody to tell."""
    until = time.monotonic() + HANGING
    while not true() and process.poll() is None and time.monotonic() < until:
        with suppress(subprocess.TimeoutExpired):
            process.wait(0.005)


def photos_in_catalog(library: Path) -> int:
    """Return how many photos are stored, seen from outside; 0 while there is no catalog."""
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
