"""Runs one thing that is measured in a process of its own, and watches that from outside. Linux only."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

SAMPLE_S = 0.1
TICKS = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True, slots=True)
class Usage:
    """What a program printed and used, with the processes that it started.

    `cpu` is in seconds, of all cores together; `elsewhere` is how many cores others kept busy meanwhile. `program` and
    `together` are the highest resident bytes: of the program, and the sum of it and its processes, in which pages that
    they share count more than once.
    """

    output: str
    seconds: float
    cpu: float
    elsewhere: float
    program: int
    together: int


def measure(*arguments: str | Path) -> Usage:
    """Run a Python program to its end.

    Raises:
        SystemExit: It failed.
    """
    program = together = 0
    busy, began = _busy(), time.monotonic()
    with tempfile.TemporaryFile("w+") as output, tempfile.TemporaryFile("w+") as errors:
        process = subprocess.Popen([sys.executable, *arguments], stdout=output, stderr=errors)
        while True:
            # Not Popen.wait, which keeps what the process used to itself.
            pid, status, used = os.wait4(process.pid, os.WNOHANG)
            if pid:
                break
            sizes = [_resident(member) for member in _family(process.pid)]
            program, together = max(program, sizes[0]), max(together, sum(sizes))
            time.sleep(SAMPLE_S)
        seconds = time.monotonic() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        errors.seek(0)
        if process.returncode:
            raise SystemExit(f"{' '.join(map(str, arguments))} failed:\n{errors.read()}")
        cpu = used.ru_utime + used.ru_stime
        return Usage(output.read(), seconds, cpu, max(0.0, _busy() - busy - cpu) / seconds, program, together)


def _busy() -> float:
    """Return how many seconds the cores of this machine have been busy, since it was started."""
    user, nice, system, _idle, _waiting, *interrupts = Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9]
    return sum(map(int, (user, nice, system, *interrupts))) / TICKS


def _family(pid: int) -> Iterator[int]:
    yield pid
    with suppress(OSError):  # ended meanwhile
        for thread in Path(f"/proc/{pid}/task").iterdir():
            with suppress(OSError):
                for child in (thread / "children").read_text().split():
                    yield from _family(int(child))


def _resident(pid: int) -> int:
    with suppress(OSError):
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * PAGE
    return 0
