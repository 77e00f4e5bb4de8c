"""Which processes have a library open, and what its files tell of the moment; both as Linux shows them."""

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
    """What a run is at. The first two last, the others are told by the files that come and go, and are soon over."""

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


def holders(folder: Path) -> list[int]:
    """Return the processes that have a file below a folder open."""
    return [int(name) for name in os.listdir("/proc") if name.isdigit() and _holds(f"/proc/{name}", folder)]


def servants(process: subprocess.Popen[str], folder: Path) -> list[int]:
    """Return the processes that a program has started and that have a file below a folder open: Milvus Lite."""
    children: list[int] = []
    with suppress(OSError):
        for thread in Path(f"/proc/{process.pid}/task").iterdir():
            children += map(int, (thread / "children").read_text(encoding="ascii").split())
    return [child for child in children if _holds(f"/proc/{child}", folder)]


def wait_for(phase: Phase, process: subprocess.Popen[str], library: Path, chance: random.Random) -> bool:
    """Wait until a run is at a random moment of a phase; tell whether it is still running then."""
    if phase not in {Phase.OPENING, Phase.DECODING}:
        wait_for_start(phase, process, library)
    until = time.monotonic() + chance.uniform(*DELAYS[phase])
    while time.monotonic() < until and process.poll() is None:
        time.sleep(STEP_S)
    return process.poll() is None


def wait_for_start(phase: Phase, process: subprocess.Popen[str], library: Path) -> None:
    """Return when a file tells that a run has come to a phase, or when it has ended."""
    before = _files(library)
    while process.poll() is None:
        now = _files(library)
        # An index that is made anew is deleted first.
        changed = now ^ before if phase is Phase.CREATION else now - before
        if any(_tells(file) is phase for file in changed):
            return
        time.sleep(STEP_S)


def _files(library: Path) -> set[tuple[str, int]]:
    found: set[tuple[str, int]] = set()
    for folder, _, names in os.walk(library):
        for name in names:
            with suppress(OSError):  # a file that has been tidied away meanwhile
                found.add((os.path.join(folder, name), os.stat(os.path.join(folder, name)).st_size))
    return found


def _tells(file: tuple[str, int]) -> Phase | None:
    path, size = file
    folder, name = os.path.split(path)
    if name.startswith("wal_") and size:
        return Phase.PUSHING
    if name == "schema.json":
        return Phase.CREATION
    if name.endswith(".parquet"):
        return Phase.FLUSH
    return Phase.BUILD if os.path.basename(folder) == "indexes" else None


def _holds(process: str, folder: Path) -> bool:
    with suppress(OSError):
        for name in os.listdir(f"{process}/fd"):
            with suppress(OSError):
                if os.readlink(f"{process}/fd/{name}").startswith(f"{folder}/"):
                    return True
    return False
