"""Tests whether a library survives kills, full disks and damaged files. Linux only.

    python tests/soak/durability.py [--kills 100] [--seconds 1500] [--seed N] [--photos 2000]

The soak test runs the real program on Milvus Lite with the default model and generated photos. A round passes if the
library is intact afterwards, possibly after one `doctor --repair`: a search finds every photo exactly once and with its
own embedding. At the end, it prints a table of all results. If a round failed, it prints what is needed to reproduce
the failure, and the exit status is 1.

First, it damages files of the index and the catalog. Then it fills the disk; this needs root to mount a small one. Then
it kills the program and the index until --kills or --seconds is reached. After a failure, it keeps the folder with the
photos and, for each kill that the library did not survive, the library as the kill left it.
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
from tests.soak.examiner import Examiner, Result, make_queries
from tests.soak.full_disk import CASES as DISK_CASES
from tests.soak.full_disk import FullDisk, small_disk, why_unavailable
from tests.soak.kills import Kills, Work, prepare

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.soak.examiner import Verdict

SMALL_LIBRARY_PHOTOS = 600
log = partial(print, flush=True)


class Tally:
    """Prints and counts verdicts."""

    def __init__(self) -> None:
        self._counts: dict[str, Counter[Result]] = {}
        self.failures: list[str] = []

    def add(self, part: str, verdicts: Iterable[tuple[str, Verdict]]) -> None:
        """Print and count the verdicts of a part as they are reached."""
        for case, verdict in verdicts:
            self._counts.setdefault(f"{part}: {case}", Counter())[verdict.result] += 1
            log(f"{part}: {case}: {verdict.result}", *verdict.faults, sep="\n    ")
            if not verdict.result.is_acceptable:
                self.failures.append(f"{part}: {case}: {verdict.result}\n    " + "\n    ".join(verdict.faults))

    def table(self) -> str:
        """Return a line for each case, a line with the totals, and the failures."""
        total = sum(self._counts.values(), Counter[Result]())
        rows = [*sorted(self._counts.items()), ("all", total)]
        head = f"{'':58}{'rounds':>8}{'intact':>8}{'repaired':>10}{'unreported':>12}{'broken':>8}{'crashed':>9}"
        lines = [
            f"{name:58}{counts.total():8}{counts[Result.INTACT]:8}{counts[Result.REPAIRED]:10}"
            f"{counts[Result.UNREPORTED]:12}{counts[Result.BROKEN]:8}{counts[Result.CRASHED]:9}"
            for name, counts in rows
        ]
        return "\n".join([head, *lines, *self.failures])


def make_library(folder: Path, name: str, photos: int, seed: int) -> Examiner:
    """Return an examiner of an indexed library. Its index has several segments, deletions and replaced rows."""
    album = Album(folder / f"{name}-photos", photos)
    examiner = Examiner(Program(folder / name), album, make_queries(folder))
    chance = random.Random(seed)
    faults = examiner.index()
    faults += examiner.check(chance)
    prepare(examiner, Work.CHANGE, chance)
    faults += examiner.index() + examiner.check(chance)
    if faults or examiner.crashes:
        raise SystemExit("\n".join(["A new library is not intact:", *faults, *examiner.crashes]))
    return examiner


def soak(folder: Path, tally: Tally, chosen: argparse.Namespace) -> None:
    """Run all parts. The kills end when the time is up."""
    deadline = time.monotonic() + chosen.seconds
    small = make_library(folder, "small", SMALL_LIBRARY_PHOTOS, chosen.seed)
    original = folder / "original"
    shutil.copytree(small.program.library, original)
    damage = Damage(small, original, chosen.seed)
    tally.add("damage", damage.run(CASES))
    tally.add("damage", damage.run_on_catalog(CATALOG_CASES))
    damage.restore()
    disk = folder / "disk"
    if reason := why_unavailable(disk):
        log(f"full disk: skipped, {reason}")
    else:
        with small_disk(disk):
            on_disk = Examiner(Program(disk / "library"), small.album, small.queries, small.scores)
            full = FullDisk(on_disk, original, chosen.seed)
            tally.add("full disk", full.run_nearly_full())
            tally.add("full disk", full.run(DISK_CASES))
    large = make_library(folder, "large", chosen.photos, chosen.seed)
    tally.add("kill", Kills(large, chosen.seed, folder / "kept").run(chosen.kills, deadline))
    if time.monotonic() > deadline:
        log(f"The {chosen.seconds:.0f} seconds are over, so the table may show fewer kills than requested.")


def main() -> int:
    """Run the soak test and return the exit status."""
    if sys.platform != "linux":
        raise SystemExit("This soak test needs Linux, because it finds processes in /proc.")
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--seconds", type=float, default=1500.0)
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))
    parser.add_argument("--photos", type=int, default=2000)
    chosen = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="semblance-soak-"))
    tally = Tally()
    log(f"seed {chosen.seed}, in {folder}")
    soak(folder, tally, chosen)
    log(tally.table())
    if tally.failures:
        return 1
    shutil.rmtree(folder)
    return 0


if __name__ == "__main__":
    sys.exit(main())
