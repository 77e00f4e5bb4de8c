"""Fills the disk of a library during indexing runs. The disk is a small file system in memory; mounting needs root."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
from contextlib import contextmanager
from typing import TYPE_CHECKING

from core.library.files import SPARE_BYTES
from tests.helpers.limits import HANG_TIMEOUT
from tests.soak.examiner import TRACEBACK, Verdict
from tests.soak.kills import Work, prepare
from tests.soak.processes import Phase, wait_for

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.soak.examiner import Examiner

SIZE = SPARE_BYTES + (150 << 20)
LEFT_BYTES = 256 << 10
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


def why_unavailable(folder: Path) -> str:
    """Return why a small disk cannot be mounted, or an empty string if it can."""
    if os.geteuid():
        return "only root can mount a small disk"
    try:
        with small_disk(folder):
            return ""
    except (OSError, subprocess.CalledProcessError):
        return "this system does not allow mounting a small disk"


@contextmanager
def small_disk(folder: Path) -> Iterator[None]:
    """Mount a small disk on a folder temporarily."""
    folder.mkdir(parents=True, exist_ok=True)
    command = ["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs", str(folder)]
    subprocess.run(command, check=True, capture_output=True)
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True, capture_output=True)


class FullDisk:
    """Fills the disk of a library during a run, frees it again, and checks the library."""

    def __init__(self, examiner: Examiner, original: Path, seed: int) -> None:
        """Each round starts with a copy of the library in the folder `original`."""
        self._examiner = examiner
        self._original = original
        self._seed = seed
        self._filler = examiner.program.library.with_name("filler")

    def run_nearly_full(self) -> Iterator[tuple[str, Verdict]]:
        """Yield the verdict for a disk with little more than the space that the program leaves free."""
        chance = self._restore(Work.MOVE, "nearly")
        self._fill(SPARE_BYTES + LEFT_BYTES)
        ran = self._examiner.run("index", self._examiner.album.folder)
        yield "nearly full", self._verdict(ran.status, ran.err, chance, must_stop=True)

    def run(self, cases: list[tuple[Work, Phase]]) -> Iterator[tuple[str, Verdict]]:
        """Yield the name and the verdict of each case, with disks that are completely full."""
        for work, phase in cases:
            chance = self._restore(work, phase)
            process = self._examiner.program.start("index", self._examiner.album.folder)
            wait_for(phase, process, self._examiner.program.library, chance)
            self._fill(0)
            try:
                _, err = process.communicate(timeout=HANG_TIMEOUT)
            except subprocess.TimeoutExpired:
                process.kill()
                _, err = process.communicate()
                self._examiner.crashes.append("index hung on the full disk")
            yield f"{work}, full at {phase}", self._verdict(process.returncode, err, chance, must_stop=False)

    def _restore(self, work: Work, name: str) -> random.Random:
        chance = random.Random(f"{self._seed} {name}")
        shutil.rmtree(self._examiner.program.library, ignore_errors=True)
        shutil.copytree(self._original, self._examiner.program.library)
        self._examiner.index()
        prepare(self._examiner, work, chance)
        return chance

    def _verdict(self, status: int, err: str, chance: random.Random, *, must_stop: bool) -> Verdict:
        """Check the run's message, free the disk, and return the verdict on the library."""
        examiner = self._examiner
        message = " ".join(err.split())[-300:]
        if TRACEBACK in err or status not in {0, 1} or (must_stop and not status):
            examiner.crashes.append(f"index ended with {status} on a full disk: {message}")
        elif status and "disk" not in message:
            examiner.crashes.append(f"index does not report that the disk is full: {message}")
        self._filler.unlink()
        faults = examiner.check(chance) if not status and not must_stop else []
        return examiner.verdict(faults + examiner.index() + examiner.check(chance), chance)

    def _fill(self, leave: int) -> None:
        """Fill the disk until only `leave` bytes are free."""
        with self._filler.open("wb") as filler:
            size, step = 0, shutil.disk_usage(self._filler).free - leave
            while step >= PAGE:
                try:
                    os.posix_fallocate(filler.fileno(), size, step)
                except OSError:
                    step //= 2  # the run has used some of the space meanwhile
                else:
                    size += step
                    step = min(step, shutil.disk_usage(self._filler).free - leave)
