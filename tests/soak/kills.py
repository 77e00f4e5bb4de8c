"""Kills at random moments: of the program, of Milvus Lite, of both."""

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

from tests.helpers.limits import HANGING
from tests.soak.examining import Verdict
from tests.soak.processes import Phase, servants, wait_for

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.soak.examining import Examiner

SHARE = 0.1
STRIKES = 4
"""Rounds that are tried for one that kills something: a run may be over before its moment comes."""


class Victim(StrEnum):
    """What is killed."""

    PROGRAM = "program"
    LITE = "Milvus Lite"
    BOTH = "both"


class Work(StrEnum):
    """What there is to do for the run that is killed."""

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
    """Rounds of killing and opening again. Each is reproduced, but for the moment, by the seed and its number."""

    def __init__(self, examiner: Examiner, seed: int, keep: Path) -> None:
        """If a round fails, keep the library as the kill left it in a folder below `keep`."""
        self._examiner = examiner
        self._seed = seed
        self._keep = keep

    def run(self, rounds: int, until: float) -> Iterator[tuple[str, Verdict]]:
        """Yield, for each kill, who was killed when, and the verdict; until there were so many or it is so late."""
        turns = list(product(Phase, Victim))
        random.Random(self._seed).shuffle(turns)
        done = 0
        for number in range(rounds * STRIKES):
            if done == rounds or time.monotonic() > until:
                return
            phase, victim = turns[number % len(turns)]
            verdict = self._round(number, phase, victim)
            if verdict:
                done += 1
                yield f"{victim}, {phase}", verdict

    def _round(self, number: int, phase: Phase, victim: Victim) -> Verdict | None:
        chance = random.Random(f"{self._seed} {number}")
        work = chance.choice(WORK[phase])
        prepare(self._examiner, work, chance)
        if not self._strike(phase, victim, chance):
            return None
        kept = self._keep / f"seed-{self._seed}-round-{number}"
        with suppress(shutil.Error):  # files that Lite, when it outlives the program, has tidied away
            shutil.copytree(self._examiner.program.library, kept, ignore=shutil.ignore_patterns("models"))
        openers: list[Callable[[], object]] = [list, self._examiner.doctor, self._reopen]
        chance.choice(openers)()
        faults = self._examiner.index() + self._examiner.look(chance)
        verdict = self._examiner.verdict(faults, chance)
        if verdict.result.is_promised:
            shutil.rmtree(kept)
            return verdict
        # Or the next round would fail for the same reason.
        prepare(self._examiner, Work.REBUILD, chance)
        self._examiner.index()
        return Verdict(verdict.result, [f"round {number}, {work}, kept in {kept}", *verdict.faults])

    def _reopen(self) -> None:
        """Let a search be the first to open the library, and the catalog be whatever the kill has made of it."""
        self._examiner.run("search", "--json", self._examiner.queries[0])

    def _strike(self, phase: Phase, victim: Victim, chance: random.Random) -> bool:
        """Kill at the moment; tell whether there was something to kill. Without Milvus Lite the program is to go on."""
        examiner = self._examiner
        process = examiner.program.start("index", examiner.album.folder)
        running = wait_for(phase, process, examiner.program.library, chance)
        targets = servants(process, examiner.program.library) if victim is Victim.LITE else [process.pid]
        for target in targets if running else []:
            kill(target, everything=victim is Victim.BOTH)
        try:
            _, told = process.communicate(timeout=HANGING)
        except subprocess.TimeoutExpired:
            kill(process.pid, everything=True)
            _, told = process.communicate()
        if victim is Victim.LITE and process.returncode:
            said = " ".join(told.split())[-300:]
            examiner.rude.append(f"index ended with {process.returncode} as Milvus Lite was killed: {said}")
        return running and bool(targets)


def prepare(examiner: Examiner, work: Work, chance: random.Random) -> None:
    """Give a run something to do."""
    library = examiner.program.library
    if work is Work.CHANGE:
        examiner.album.change(chance, SHARE)
    elif work is Work.MOVE:
        examiner.album.move()
    elif work is Work.REBUILD:
        for folder in library.glob("milvus*"):
            shutil.rmtree(folder)
    else:
        for rows in library.glob("milvus*/**/data/*.parquet"):
            rows.unlink()


def kill(process: int, *, everything: bool) -> None:
    """Kill a process; with everything, all of its group."""
    with suppress(ProcessLookupError):
        (os.killpg if everything else os.kill)(process, signal.SIGKILL)
