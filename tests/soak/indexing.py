"""Whether indexing gets through every odd file, and through kills while they are read.

    python tests/soak/indexing.py ODD [--kills 50] [--runs 6] [--photos 600] [--seed N]

ODD is a folder of odd and broken files with a `make_odd.py` that makes more of them: `make_odd.py FOLDER PICTURE`. The
real program indexes all of them, and photos that change and vanish meanwhile, while it or the processes that read for
it are killed at random moments. Afterwards a library that nothing ever happened to has to have the same photos, with
the same contents and the same failures, and a search has to find each exactly once. Then one process indexes again and
again what has changed: its peak memory must not grow.

Ends with a table of counts; the exit status is 1 if anything was wrong, and a folder stays with the library. Run by
root, everything is done a second time by an ordinary user. Linux only.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import closing, suppress
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, cast

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from core.engine import Engine
from core.library.settings import Settings
from core.workers import NICENESS
from tests.helpers.engine.program import Program, wait_until
from tests.helpers.folders.changing_folders import names_in
from tests.helpers.indexing.bench import paint
from tests.soak.accounts import Accounts
from tests.soak.album import Album
from tests.soak.examining import TRACEBACK
from tests.soak.kills import STRIKES, kill
from tests.soak.processes import holders
from tests.soak.restless import Restless

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.soak.accounts import Report

LONGEST = 300.0
SHARE = 0.3
READING_S = 1.5
"""What is read in a run takes at least so long, nearly always."""

PARENT, NICE = 1, 16
"""Where these are among what /proc tells of a process after its name."""

GROWTH = 1.1
"""How many times the peak of an early run that of the last one may be: allocators keep some of what they get."""

tell = partial(print, flush=True)


class Victim(StrEnum):
    """Who is killed."""

    PROGRAM = "program"
    ALL = "program and all its processes"
    READER = "one reader"
    READERS = "all readers"


class Soak:
    """Odd files in a folder of their own, a library of them, and what is found to be wrong with it."""

    def __init__(self, folder: Path, odd: Path, photos: int, seed: int) -> None:
        """Make the files. A library, or models for one, that is there already is used."""
        self.accounts = Accounts()
        self._folder, self._photos = folder, folder / "photos"
        self._program, self._chance = Program(folder / "library"), random.Random(seed)
        self._query = paint(folder / "query.jpg", seed, (800, 600))
        shutil.copytree(odd, self._photos / "odd").chmod(0o700)  # the original may be for reading only
        made = self._photos / "made"
        subprocess.run([sys.executable, odd / "make_odd.py", made, self._query], check=True, stdout=subprocess.DEVNULL)
        self._album = Album(self._photos / "album", photos)
        self._seconds = 0.0
        self._restless = Restless(self._photos / "restless", self._chance.random())
        with closing(socket.socket(socket.AF_UNIX)) as listener:
            listener.bind(str(self._photos / "socket.jpg"))
        if os.geteuid():
            tell("a device among the files: skipped, only root can make one")
        else:
            os.mknod(self._photos / "device.jpg", 0o20666, os.makedev(1, 5))

    def run(self, kills: int, runs: int) -> None:
        """Do everything."""
        self._index(self._program)
        with self._restless:
            for number in range(kills):
                victim = list(Victim)[number % len(Victim)]
                self.accounts.expect(any(self._strike(victim) for _ in range(STRIKES)), f"no moment to kill {victim}")
        self._examine()
        self.accounts.count("processes left behind", map(str, holders(self._folder)))
        self._measure(runs)

    def close(self) -> None:
        """Delete the files."""
        (self._photos / "made" / "fs" / "no_permission_dir").chmod(0o700)
        shutil.rmtree(self._folder)

    def _strike(self, victim: Victim) -> bool:
        """Have something to be read, and kill at a moment of the time that it takes. Tells whether there was time."""
        self._unsettle()
        started = time.monotonic()
        process = self._program.start("index", self._photos)
        is_reader = victim in {Victim.READER, Victim.READERS}
        if is_reader:
            wait_until(lambda: any(_readers(process.pid)), process)
        earliest, latest = (0.0, READING_S) if is_reader else (1.0, self._seconds)
        with suppress(subprocess.TimeoutExpired):
            process.wait(self._chance.uniform(earliest, latest))
        targets = list(_readers(process.pid)) if is_reader else [process.pid]
        if process.poll() is not None:
            targets = []
            self._seconds = time.monotonic() - started
        for target in targets[:1] if victim is Victim.READER else targets:
            kill(target, everything=victim is Victim.ALL)
        told = self._end(process)
        if is_reader and process.returncode:
            self.accounts.faults.append(f"index ended with {process.returncode} without {victim}: {told[-300:]}")
        self.accounts.counts[f"kills of {victim}"] = self.accounts.counts.get(f"kills of {victim}", 0) + bool(targets)
        return bool(targets)

    def _end(self, process: subprocess.Popen[str]) -> str:
        """Return what a program said on standard output and error by its end; take note where it shows a traceback."""
        try:
            out, err = process.communicate(timeout=LONGEST)
        except subprocess.TimeoutExpired:
            kill(process.pid, everything=True)
            out, err = process.communicate()
            self.accounts.faults.append("index hung")
        if TRACEBACK in err:
            self.accounts.faults.append(f"a traceback: {err[-1000:]}")
        return out or err

    def _unsettle(self) -> None:
        """Change the album, and have a part of the odd files read again."""
        self._album.change(self._chance, SHARE)
        for folder in (self._photos / "odd", self._photos / "made"):
            for name in names_in(folder):
                if self._chance.random() < SHARE and name.is_file() and not name.is_symlink():
                    os.utime(name)

    def _index(self, program: Program) -> Report:
        started = time.monotonic()
        process = program.start("index", "--json", self._photos)
        told = self._end(process)
        self._seconds = time.monotonic() - started
        if process.returncode:
            raise SystemExit(f"index ended with {process.returncode}: {told[-1000:]}")
        return cast("Report", json.loads(told))

    def _examine(self) -> None:
        """Compare with a library to which nothing ever happened."""
        report = self._index(self._program)
        calm = Program(self._folder / "calm")
        shutil.copytree(self._program.library / "models", calm.library / "models")
        self._index(calm)
        self.accounts.of_report(report, self._photos, self._program.library)
        self.accounts.compare(self._program.library, calm.library)
        self.accounts.of_search(self._program, self._query)

    def _measure(self, runs: int) -> None:
        """Index again and again in one process, and look at its peak memory each time."""
        self.accounts.peaks = peaks = asyncio.run(self._peaks(runs))
        self.accounts.expect(peaks[-1] <= GROWTH * peaks[min(1, runs - 1)], "memory grows from run to run")

    async def _peaks(self, runs: int) -> list[float]:
        peaks: list[float] = []
        async with Engine(self._program.library, Settings()) as engine:
            for _ in range(runs):
                self._unsettle()
                _forget_peak()
                await engine.index()
                peaks.append(_peak())
        return peaks


def _readers(program: int) -> Iterator[int]:
    """Yield the processes that read for a program: its children that let others go first."""
    for name in filter(str.isdigit, os.listdir("/proc")):
        with suppress(OSError):
            told = Path("/proc", name, "stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
            if int(told[PARENT]) == program and int(told[NICE]) >= NICENESS:
                yield int(name)


def _forget_peak() -> None:
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")


def _peak() -> float:
    """Return the most memory that this process had since that was forgotten, in MB."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM:"))


def as_ordinary_user() -> int:
    """Do the same as somebody without rights, and return the exit status."""
    user = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
    # By way of a shell: what root starts as somebody else still has root's ways to it.
    attempt = [*user, "sh", "-c", f"exec '{sys.executable}' -c ''"]
    if subprocess.run(attempt, check=False, capture_output=True).returncode:
        tell(f"as an ordinary user: skipped, {sys.executable} is not for everybody to run")
        return 0
    return subprocess.run([*user, sys.executable, *sys.argv], check=False).returncode


def main() -> int:
    """Run what was asked for, print the table, and return the exit status."""
    if sys.platform != "linux":
        raise SystemExit("This needs Linux: it finds processes in /proc.")
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("odd", type=Path)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--runs", type=int, default=6)
    parser.add_argument("--photos", type=int, default=600)
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))
    chosen = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="semblance-soak-"))
    user = "an ordinary user" if os.geteuid() else "root"
    os.environ["HOME"] = str(folder)  # where some libraries leave things
    tell(f"as {user}: seed {chosen.seed}, in {folder}")
    soak = Soak(folder, chosen.odd, chosen.photos, chosen.seed)
    soak.run(chosen.kills, chosen.runs)
    tell(soak.accounts.table(f"as {user}"))
    if not soak.accounts.faults:
        soak.close()
    if os.geteuid():
        return bool(soak.accounts.faults)
    return as_ordinary_user() or bool(soak.accounts.faults)


if __name__ == "__main__":
    sys.exit(main())
