"""Whether a library survives what happens to programs: kills, full disks and damaged files.

    python tests/soak/durability.py [--kills 100] [--seconds 1500] [--seed N] [--photos 2000]

Runs the real program on Milvus Lite with the default model, on photos that it makes, and ends with a table of how often
the library came out whole: every photo found exactly once and with its own embedding, by itself or after one
`doctor --repair`. Anything else is a failure: it is told with what is needed to look into it, and the exit status is 1.

First files of the index and of the catalog are damaged, then the disk gets full (which needs root, to mount a small
one), then program and index are killed, as often as was asked for or as there is time. After a failure a folder stays
with the photos and, for each kill that was not survived, the library as the kill had left it. Linux only.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
import time
from collections import Counter
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import random

from tests.helpers.engine.program import Program
from tests.soak.album import Album
from tests.soak.damage import CASES, CATALOG_CASES, Damage
from tests.soak.examining import Examiner, Result, make_queries
from tests.soak.full_disk import CASES as DISK_CASES
from tests.soak.full_disk import FullDisk, small_disk, why_not
from tests.soak.kills import Kills, Work, prepare

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.soak.examining import Verdict

FEW = 600
tell = partial(print, flush=True)


class Tally:
    """Counts verdicts, and tells each as it comes."""

    def __init__(self) -> None:
        self._counts: dict[str, Counter[Result]] = {}
        self.failures: list[str] = []

    def add(self, part: str, verdicts: Iterable[tuple[str, Verdict]]) -> None:
        """Take the verdicts of a part as they are made."""
        for case, verdict in verdicts:
            self._counts.setdefault(f"{part}: {case}", Counter())[verdict.result] += 1
            tell(f"{part}: {case}: {verdict.result}", *verdict.faults, sep="\n    ")
            if not verdict.result.is_promised:
                self.failures.append(f"{part}: {case}: {verdict.result}\n    " + "\n    ".join(verdict.faults))

    def table(self) -> str:
        """Return a line for each case, a last one for all, and the failures."""
        total = sum(self._counts.values(), Counter[Result]())
        rows = [*sorted(self._counts.items()), ("all", total)]
        head = f"{'':58}{'rounds':>8}{'whole':>8}{'repaired':>10}{'silent':>8}{'broken':>8}{'rude':>6}"
        lines = [
            f"{name:58}{counts.total():8}{counts[Result.WHOLE]:8}{counts[Result.REPAIRED]:10}"
            f"{counts[Result.SILENT]:8}{counts[Result.BROKEN]:8}{counts[Result.RUDE]:6}"
            for name, counts in rows
        ]
        return "\n".join([head, *lines, *self.failures])


def make_library(folder: Path, name: str, photos: int, seed: int) -> Examiner:
    """Return an indexed library of an album. Its index has more than one segment, deletions and replaced rows."""
    album = Album(folder / f"{name}-photos", photos)
    examiner = Examiner(Program(folder / name), album, make_queries(folder))
    chance = random.Random(seed)
    faults = examiner.index()
    faults += examiner.look(chance)
    prepare(examiner, Work.CHANGE, chance)
    faults += examiner.index() + examiner.look(chance)
    if faults or examiner.rude:
        raise SystemExit("\n".join(["A library is not whole before anything is done to it:", *faults, *examiner.rude]))
    return examiner


def soak(folder: Path, tally: Tally, chosen: argparse.Namespace) -> None:
    """Do everything, until it is done or the time is over."""
    until = time.monotonic() + chosen.seconds
    small = make_library(folder, "small", FEW, chosen.seed)
    whole = folder / "whole"
    shutil.copytree(small.program.library, whole)
    damage = Damage(small, whole, chosen.seed)
    tally.add("damage", damage.run(CASES))
    tally.add("damage", damage.of_catalog(CATALOG_CASES))
    damage.restore()
    disk = folder / "disk"
    if reason := why_not(disk):
        tell(f"full disk: skipped, {reason}")
    else:
        with small_disk(disk):
            on_disk = Examiner(Program(disk / "library"), small.album, small.queries, small.scores)
            full = FullDisk(on_disk, whole, chosen.seed)
            tally.add("full disk", full.nearly())
            tally.add("full disk", full.run(DISK_CASES))
    large = make_library(folder, "large", chosen.photos, chosen.seed)
    tally.add("kill", Kills(large, chosen.seed, folder / "kept").run(chosen.kills, until))
    if time.monotonic() > until:
        tell(f"The {chosen.seconds:.0f} seconds are over; the table has the kills that there was time for.")


def main() -> int:
    """Run what was asked for, print the table, and return the exit status."""
    if sys.platform != "linux":
        raise SystemExit("This needs Linux: it finds processes in /proc.")
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--seconds", type=float, default=1500.0)
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))
    parser.add_argument("--photos", type=int, default=2000)
    chosen = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="semblance-soak-"))
    tally = Tally()
    tell(f"seed {chosen.seed}, in {folder}")
    soak(folder, tally, chosen)
    tell(tally.table())
    if tally.failures:
        return 1
    shutil.rmtree(folder)
    return 0


if __name__ == "__main__":
    sys.exit(main())
