"""Runs a program and measures its time and memory from outside. Linux only."""

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
MEMORY_SAMPLE_S = 2.0  # the kernel needs milliseconds to sum a process's memory, and blocks the process meanwhile
TICKS = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True, slots=True)
class Memory:
    """The bytes held by a program and by its processes, by their role.

    A page that several processes share counts in part for each, so that the numbers can be added up.
    """

    program: int = 0
    decoders: int = 0
    index: int = 0
    others: int = 0

    @property
    def total(self) -> int:
        return self.program + self.decoders + self.index + self.others


@dataclass(frozen=True, slots=True)
class Usage:
    """The output and resource usage of a program and the processes that it started.

    `cpu` is the CPU time in seconds on all cores, and `other_cores` the number of cores that other programs kept busy.
    `program` is the highest number of resident bytes of the program alone. `peak` is the memory of the program and its
    processes when their total was highest.
    """

    output: str
    seconds: float
    cpu: float
    other_cores: float
    program: int
    peak: Memory


def measure(*arguments: str | Path) -> Usage:
    """Run a Python program until it ends.

    Raises:
        SystemExit: The program failed.
    """
    program, peak = 0, Memory()
    busy_before, began, sampled = _busy_seconds(), time.monotonic(), 0.0
    with tempfile.TemporaryFile("w+") as output, tempfile.TemporaryFile("w+") as errors:
        process = subprocess.Popen([sys.executable, *arguments], stdout=output, stderr=errors)
        while True:
            # Popen.wait does not return the resource usage.
            pid, status, used = os.wait4(process.pid, os.WNOHANG)
            if pid:
                break
            program = max(program, _resident(process.pid))
            if time.monotonic() - sampled >= MEMORY_SAMPLE_S:
                sampled = time.monotonic()
                peak = max(peak, _memory(process.pid), key=lambda memory: memory.total)
            time.sleep(SAMPLE_S)
        seconds = time.monotonic() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        errors.seek(0)
        if process.returncode:
            raise SystemExit(f"{' '.join(map(str, arguments))} failed:\n{errors.read()}")
        cpu = used.ru_utime + used.ru_stime
        other_cores = max(0.0, _busy_seconds() - busy_before - cpu) / seconds
        return Usage(output.read(), seconds, cpu, other_cores, program, peak)


def cpu_seconds() -> float:
    """Return the CPU time of this program and of the processes that it has started and that still run."""
    total = 0
    for pid in _process_tree(os.getpid()):
        with suppress(OSError):  # the process has ended
            user, system = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:13]
            total += int(user) + int(system)
    return total / TICKS


def _busy_seconds() -> float:
    """Return the CPU time of all cores since this machine was booted."""
    user, nice, system, _idle, _waiting, *interrupts = Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9]
    return sum(map(int, (user, nice, system, *interrupts))) / TICKS


def _process_tree(pid: int) -> Iterator[int]:
    yield pid
    with suppress(OSError):  # the process has ended
        for thread in Path(f"/proc/{pid}/task").iterdir():
            with suppress(OSError):
                for child in (thread / "children").read_text().split():
                    yield from _process_tree(int(child))


def _memory(pid: int) -> Memory:
    _, *started = _process_tree(pid)
    sizes = {"decoders": 0, "index": 0, "others": 0}
    for process in started:
        sizes[_role(process)] += _proportional(process)
    return Memory(_proportional(pid), **sizes)


def _role(pid: int) -> str:
    """Return the role of a process by the libraries that it has loaded, as every command line is just Python."""
    with suppress(OSError):
        libraries = Path(f"/proc/{pid}/maps").read_text()
        if "/faiss" in libraries:
            return "index"
        if "/PIL/" in libraries:
            return "decoders"
    return "others"


def _proportional(pid: int) -> int:
    with suppress(OSError):  # the process has ended
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
    return 0


def _resident(pid: int) -> int:
    with suppress(OSError):
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * PAGE
    return 0
