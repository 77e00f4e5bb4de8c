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
MEMORY_S = 2.0  # to add up what a process holds takes the kernel some milliseconds, and holds up the process
TICKS = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True, slots=True)
class Memory:
    """The bytes that a program and its processes hold, by what they do.

    A page that several have in common counts as a part for each of them, so that the figures can be added up.
    """

    program: int = 0
    readers: int = 0
    index: int = 0
    others: int = 0

    @property
    def together(self) -> int:
        """Return the sum."""
        return self.program + self.readers + self.index + self.others


@dataclass(frozen=True, slots=True)
class Usage:
    """What a program printed and used, with the processes that it started.

    `cpu` is in seconds, of all cores together; `elsewhere` is how many cores others kept busy meanwhile. `program` is
    the highest number of resident bytes of the program alone, `peak` what it and its processes held when that was most.
    """

    output: str
    seconds: float
    cpu: float
    elsewhere: float
    program: int
    peak: Memory


def measure(*arguments: str | Path) -> Usage:
    """Run a Python program to its end.

    Raises:
        SystemExit: It failed.
    """
    program, peak = 0, Memory()
    busy, began, looked = _busy(), time.monotonic(), 0.0
    with tempfile.TemporaryFile("w+") as output, tempfile.TemporaryFile("w+") as errors:
        process = subprocess.Popen([sys.executable, *arguments], stdout=output, stderr=errors)
        while True:
            # Not Popen.wait, which keeps what the process used to itself.
            pid, status, used = os.wait4(process.pid, os.WNOHANG)
            if pid:
                break
            program = max(program, _resident(process.pid))
            if time.monotonic() - looked >= MEMORY_S:
                looked = time.monotonic()
                peak = max(peak, _memory(process.pid), key=lambda memory: memory.together)
            time.sleep(SAMPLE_S)
        seconds = time.monotonic() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        errors.seek(0)
        if process.returncode:
            raise SystemExit(f"{' '.join(map(str, arguments))} failed:\n{errors.read()}")
        cpu = used.ru_utime + used.ru_stime
        return Usage(output.read(), seconds, cpu, max(0.0, _busy() - busy - cpu) / seconds, program, peak)


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


def _memory(pid: int) -> Memory:
    _, *started = _family(pid)
    sizes = {"readers": 0, "index": 0, "others": 0}
    for process in started:
        sizes[_role(process)] += _share(process)
    return Memory(_share(pid), **sizes)


def _role(pid: int) -> str:
    """Return what a process does, which its libraries tell: by name they are all Python."""
    with suppress(OSError):
        libraries = Path(f"/proc/{pid}/maps").read_text()
        if "/faiss" in libraries:
            return "index"
        if "/PIL/" in libraries:
            return "readers"
    return "others"


def _share(pid: int) -> int:
    with suppress(OSError):  # ended meanwhile
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
    return 0


def _resident(pid: int) -> int:
    with suppress(OSError):
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * PAGE
    return 0
