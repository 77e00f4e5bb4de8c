"""A disk that gets full while a library on it is written: a small file system in memory, which only root can mount."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
from contextlib import contextmanager
from typing import TYPE_CHECKING

from core.library.files import SPARE_BYTES
from tests.helpers.limits import HANGING
from tests.soak.examining import TRACEBACK, Verdict
from tests.soak.kills import Work, prepare
from tests.soak.processes import Phase, wait_for

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.soak.examining import Examiner

SIZE = SPARE_BYTES + (150 << 20)
LEFT = 256 << 10
PAGE = 4096
CASES = [
    (Work.MOVE, Phase.PUSHING),
    (Work.MOVE, Phase.FLUSH),
    (Work.MOVE, Phase.BUILD),
    (Work.CHANGE, Phase.PUSHING),
    (Work.REBUILD, Phase.OPENING),
    (Work.REBUILD, Phase.CREATION),
    (Work.REBUILD, Phase.PUSHING),
    (Work.REBUILD, Phase.FLUSH),
    (Work.REBUILD, Phase.BUILD),
]


def why_not(folder: Path) -> str:
    """Return why no such disk can be had here, or nothing."""
    if os.geteuid():
        return "only root can mount a small disk"
    try:
        with small_disk(folder):
            return ""
    except (OSError, subprocess.CalledProcessError):
        return "this system lets nobody mount a small disk"


@contextmanager
def small_disk(folder: Path) -> Iterator[None]:
    """Have a small disk at a folder for a while."""
    folder.mkdir(parents=True, exist_ok=True)
    command = ["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs", str(folder)]
    subprocess.run(command, check=True, capture_output=True)
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True, capture_output=True)


class FullDisk:
    """Fills the disk of a library in the middle of a run, frees it again, and opens the library."""

    def __init__(self, examiner: Examiner, whole: Path, seed: int) -> None:
        """Put the library in a folder of its own on the small disk."""
        self._examiner = examiner
        self._whole = whole
        self._seed = seed
        self._filler = examiner.program.library.with_name("filler")

    def nearly(self) -> Iterator[tuple[str, Verdict]]:
        """Yield what comes of a disk on which only the room runs out that the program leaves to others."""
        chance = self._fresh(Work.MOVE, "nearly")
        self._fill(SPARE_BYTES + LEFT)
        ran = self._examiner.run("index", self._examiner.album.folder)
        yield "nearly full", self._freed(ran.status, ran.err, chance, must_stop=True)

    def run(self, cases: list[tuple[Work, Phase]]) -> Iterator[tuple[str, Verdict]]:
        """Yield the case and the verdict, of disks with no byte left."""
        for work, phase in cases:
            chance = self._fresh(work, phase)
            process = self._examiner.program.start("index", self._examiner.album.folder)
            wait_for(phase, process, self._examiner.program.library, chance)
            self._fill(0)
            try:
                _, told = process.communicate(timeout=HANGING)
            except subprocess.TimeoutExpired:
                process.kill()
                _, told = process.communicate()
                self._examiner.rude.append("index hung on the full disk")
            yield f"{work}, full at {phase}", self._freed(process.returncode, told, chance, must_stop=False)

    def _fresh(self, work: Work, name: str) -> random.Random:
        chance = random.Random(f"{self._seed} {name}")
        shutil.rmtree(self._examiner.program.library, ignore_errors=True)
        shutil.copytree(self._whole, self._examiner.program.library)
        self._examiner.index()
        prepare(self._examiner, work, chance)
        return chance

    def _freed(self, status: int, told: str, chance: random.Random, *, must_stop: bool) -> Verdict:
        """Judge what the run said of the full disk, free it, and judge the library."""
        examiner = self._examiner
        said = " ".join(told.split())[-300:]
        if TRACEBACK in told or status not in {0, 1} or (must_stop and not status):
            examiner.rude.append(f"index ended with {status} on a full disk: {said}")
        elif status and "disk" not in said:
            examiner.rude.append(f"index does not say that the disk is full: {said}")
        self._filler.unlink()
        faults = examiner.look(chance) if not status and not must_stop else []
        return examiner.verdict(faults + examiner.index() + examiner.look(chance), chance)

    def _fill(self, leave: int) -> None:
        """Leave so many bytes of the disk."""
        with self._filler.open("wb") as filler:
            size, step = 0, shutil.disk_usage(self._filler).free - leave
            while step >= PAGE:
                try:
                    os.posix_fallocate(filler.fileno(), size, step)
                except OSError:
                    step //= 2  # the run has taken some of it meanwhile
                else:
                    size += step
                    step = min(step, shutil.disk_usage(self._filler).free - leave)
