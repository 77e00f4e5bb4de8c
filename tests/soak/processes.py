"""Finds the processes that have a library open, and the phase of an indexing run, by looking at /proc and the files."""

from __future__ import annotations

import os
import time
from contextlib import suppress
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import random
    import subprocess

STEP_S = 0.001


class Phase(StrEnum):
    """A phase of an indexing run. All phases except the first two are short, and are recognised by changed files."""

    OPENING = "opening"
    DECODING = "decoding"
    CREATION = "creation of the index"
    PUSHING = "pushing"
    FLUSH = "flush"
    BUILD = "index build"


DELAYS = {
    Phase.OPENING: (0.1, 1.5),
    Phase.DECODING: (1.0, 4.0),
    Phase.CREATION: (0.0, 0.02),
    Phase.PUSHING: (0.0, 0.5),
    Phase.FLUSH: (0.0, 0.05),
    Phase.BUILD: (0.0, 0.01),
}


def processes_using(folder: Path) -> list[int]:
    """Return the processes that have a file inside a folder open."""
    return [int(name) for name in os.listdir("/proc") if name.isdigit() and _has_open_file(f"/proc/{name}", folder)]


def child_processes_using(folder: Path, process: subprocess.Popen[str]) -> list[int]:
    """Return the child processes that have a file inside a folder open. For a library folder, this is Milvus Lite."""
    children: list[int] = []
    with suppress(OSError):
        for thread in Path(f"/proc/{process.pid}/task").iterdir():
            children += map(int, (thread / "children").read_text(encoding="ascii").split())
    return [child for child in children if _has_open_file(f"/proc/{child}", folder)]


def wait_for(phase: Phase, process: subprocess.Popen[str], library: Path, chance: random.Random) -> bool:
    """Wait for a random moment of a phase, and return whether the run is still going on."""
    if phase not in {Phase.OPENING, Phase.DECODING}:
        wait_for_start(phase, process, library)
    deadline = time.monotonic() + chance.uniform(*DELAYS[phase])
    while time.monotonic() < deadline and process.poll() is None:
        time.sleep(STEP_S)
    return process.poll() is None


def wait_for_start(phase: Phase, process: subprocess.Popen[str], library: Path) -> None:
    """Return when a changed file shows that a run has reached a phase, or when the run has ended."""
    before = _files(library)
    while process.poll() is None:
        now = _files(library)
        # An index is deleted before it is created again.
        changed = now ^ before if phase is Phase.CREATION else now - before
        if any(_phase_of(file) is phase for file in changed):
            return
        time.sleep(STEP_S)


def _files(library: Path) -> set[tuple[str, int]]:
    found: set[tuple[str, int]] = set()
    for folder, _, names in os.walk(library):
        for name in names:
            with suppress(OSError):  # the file has been deleted meanwhile
                found.add((os.path.join(folder, name), os.stat(os.path.join(folder, name)).st_size))
    return found


def _phase_of(file: tuple[str, int]) -> Phase | None:
    path, size = file
    folder, name = os.path.split(path)
    if name.startswith("wal_") and size:
        return Phase.PUSHING
    if name == "schema.json":
        return Phase.CREATION
    if name.endswith(".parquet"):
        return Phase.FLUSH
    return Phase.BUILD if os.path.basename(folder) == "indexes" else None


def _has_open_file(process: str, folder: Path) -> bool:
    with suppress(OSError):
        for name in os.listdir(f"{process}/fd"):
            with suppress(OSError):
                if os.readlink(f"{process}/fd/{name}").startswith(f"{folder}/"):
                    return True
    return False
