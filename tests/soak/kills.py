"""Kills the program, Milvus Lite or both at random moments, and checks that the library recovers."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import time
from contextlib import suppress
from enum import StrEnum
from itertools import product
from typing import TYPE_CHECKING

from tests.helpers.limits import HANG_TIMEOUT
from tests.soak.examiner import Verdict
from tests.soak.processes import Phase, child_processes_using, wait_for

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.soak.examiner import Examiner

CHANGED_SHARE = 0.1
ATTEMPTS = 4
"""How many runs to try for each kill, because a run may end before the moment of the kill."""


class Victim(StrEnum):
    """The processes to kill."""

    PROGRAM = "program"
    LITE = "Milvus Lite"
    BOTH = "both"


class Work(StrEnum):
    """The work of the run that is killed."""

    CHANGE = "changed photos"
    MOVE = "moved folders"
    REBUILD = "no index folder"
    RENEWAL = "an index without its rows"


WORK = {
    Phase.OPENING: list(Work),
    Phase.DECODING: [Work.CHANGE],
    Phase.CREATION: [Work.REBUILD, Work.RENEWAL],
    Phase.PUSHING: list(Work),
    Phase.FLUSH: list(Work),
    Phase.BUILD: list(Work),
}


class Kills:
    """Rounds that kill a run and open the library again.

    The seed and the number of a round reproduce it, except for the exact moment of the kill.
    """

    def __init__(self, examiner: Examiner, seed: int, keep: Path) -> None:
        """If a round fails, the library as the kill left it is kept in a folder inside `keep`."""
        self._examiner = examiner
        self._seed = seed
        self._keep = keep

    def run(self, rounds: int, deadline: float) -> Iterator[tuple[str, Verdict]]:
        """Yield the victim and phase of each kill with the verdict, until `rounds` kills are done or time is up."""
        cases = list(product(Phase, Victim))
        random.Random(self._seed).shuffle(cases)
        done = 0
        for number in range(rounds * ATTEMPTS):
            if done == rounds or time.monotonic() > deadline:
                return
            phase, victim = cases[number % len(cases)]
            verdict = self._round(number, phase, victim)
            if verdict:
                done += 1
                yield f"{victim}, {phase}", verdict

    def _round(self, number: int, phase: Phase, victim: Victim) -> Verdict | None:
        chance = random.Random(f"{self._seed} {number}")
        work = chance.choice(WORK[phase])
        prepare(self._examiner, work, chance)
        if not self._kill_during_run(phase, victim, chance):
            return None
        kept = self._keep / f"seed-{self._seed}-round-{number}"
        with suppress(shutil.Error):  # a Milvus Lite that outlives the program may delete files meanwhile
            shutil.copytree(self._examiner.program.library, kept, ignore=shutil.ignore_patterns("models"))
        openers: list[Callable[[], object]] = [list, self._examiner.doctor, self._reopen]
        chance.choice(openers)()
        faults = self._examiner.index() + self._examiner.check(chance)
        verdict = self._examiner.verdict(faults, chance)
        if verdict.result.is_acceptable:
            shutil.rmtree(kept)
            return verdict
        # Repair the library, so that the next round does not fail for the same reason.
        prepare(self._examiner, Work.REBUILD, chance)
        self._examiner.index()
        return Verdict(verdict.result, [f"round {number}, {work}, kept in {kept}", *verdict.faults])

    def _reopen(self) -> None:
        """Open the library with a search, before an indexing run can correct it."""
        self._examiner.run("search", "--json", self._examiner.queries[0])

    def _kill_during_run(self, phase: Phase, victim: Victim, chance: random.Random) -> bool:
        """Start a run, kill the victim in the phase, and return whether there was a process to kill.

        If only Milvus Lite is killed, the run must succeed.
        """
        examiner = self._examiner
        process = examiner.program.start("index", examiner.album.folder)
        running = wait_for(phase, process, examiner.program.library, chance)
        targets = child_processes_using(examiner.program.library, process) if victim is Victim.LITE else [process.pid]
        for target in targets if running else []:
            kill(target, group=victim is Victim.BOTH)
        try:
            _, err = process.communicate(timeout=HANG_TIMEOUT)
        except subprocess.TimeoutExpired:
            kill(process.pid, group=True)
            _, err = process.communicate()
        if victim is Victim.LITE and process.returncode:
            message = " ".join(err.split())[-300:]
            examiner.crashes.append(f"index ended with {process.returncode} after Milvus Lite was killed: {message}")
        return running and bool(targets)


def prepare(examiner: Examiner, work: Work, chance: random.Random) -> None:
    """Change the album or the index so that the next run has this work."""
    library = examiner.program.library
    if work is Work.CHANGE:
        examiner.album.change(chance, CHANGED_SHARE)
    elif work is Work.MOVE:
        examiner.album.move()
    elif work is Work.REBUILD:
        for folder in library.glob("milvus*"):
            shutil.rmtree(folder)
    else:
        for rows in library.glob("milvus*/**/data/*.parquet"):
            rows.unlink()


def kill(pid: int, *, group: bool) -> None:
    """Kill a process, or all processes of its group."""
    with suppress(ProcessLookupError):
        (os.killpg if group else os.kill)(pid, signal.SIGKILL)
