"""Tests whether indexing copes with odd files, and with kills while it reads them. Linux only.

    python tests/soak/indexing.py ODD [--kills 50] [--runs 6] [--photos 600] [--seed N]

ODD is a folder of odd and broken files, with a script `make_odd.py FOLDER PICTURE` that makes more of them. The
real program indexes all of them, together with photos that change and disappear meanwhile. The program or its decoding
processes are killed at random moments. Afterwards, the library must have the same photos, contents and failures as a
reference library that was indexed without kills, and a search must find each photo exactly once. Then one process
indexes further changes repeatedly, and its peak memory must not grow.

At the end, the test prints a table of counts. If there were any faults, the exit status is 1 and the folder with the
library is kept. If root runs the test, it runs a second time as an ordinary user.
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
from tests.soak.album import Album
from tests.soak.audit import Audit
from tests.soak.changing_photos import ChangingPhotos
from tests.soak.examiner import TRACEBACK
from tests.soak.kills import ATTEMPTS, kill
from tests.soak.processes import processes_using

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.soak.audit import Report

RUN_TIMEOUT_S = 300.0
CHANGED_SHARE = 0.3
DECODING_S = 1.5
"""Reading the changed files nearly always takes a run at least this long."""

PARENT, NICE = 1, 16
"""The positions of these fields after the process name in /proc/PID/stat."""

MAX_GROWTH = 1.1
"""The highest ratio of the last run's peak memory to an early run's. Allocators keep some of the memory they free."""

log = partial(print, flush=True)


class Victim(StrEnum):
    """The processes to kill."""

    PROGRAM = "program"
    ALL = "program and all its processes"
    READER = "one reader"
    READERS = "all readers"


class Soak:
    """A folder of odd files, a library of them, and an audit of the library."""

    def __init__(self, folder: Path, odd: Path, photos: int, seed: int) -> None:
        """Make the files. If the folder has a library or converted models already, they are used."""
        self.audit = Audit()
        self._folder, self._photos = folder, folder / "photos"
        self._program, self._chance = Program(folder / "library"), random.Random(seed)
        self._query = paint(folder / "query.jpg", seed, (800, 600))
        shutil.copytree(odd, self._photos / "odd").chmod(0o700)  # the original may be read-only
        made = self._photos / "made"
        subprocess.run([sys.executable, odd / "make_odd.py", made, self._query], check=True, stdout=subprocess.DEVNULL)
        self._album = Album(self._photos / "album", photos)
        self._seconds = 0.0
        self._changing_photos = ChangingPhotos(self._photos / "restless", self._chance.random())
        with closing(socket.socket(socket.AF_UNIX)) as listener:
            listener.bind(str(self._photos / "socket.jpg"))
        if os.geteuid():
            log("device file: skipped, only root can make one")
        else:
            os.mknod(self._photos / "device.jpg", 0o20666, os.makedev(1, 5))

    def run(self, kills: int, runs: int) -> None:
        """Index and kill repeatedly, audit the library, and measure the memory."""
        self._index(self._program)
        with self._changing_photos:
            for number in range(kills):
                victim = list(Victim)[number % len(Victim)]
                is_killed = any(self._kill_during_run(victim) for _ in range(ATTEMPTS))
                self.audit.expect(is_killed, f"every run ended before {victim} could be killed")
        self._check_library()
        self.audit.count("processes left behind", map(str, processes_using(self._folder)))
        self._measure_memory(runs)

    def close(self) -> None:
        """Delete the folder."""
        (self._photos / "made" / "fs" / "no_permission_dir").chmod(0o700)
        shutil.rmtree(self._folder)

    def _kill_during_run(self, victim: Victim) -> bool:
        """Change files, index, and kill at a random moment. Return False if the run ended before that moment."""
        self._change_files()
        started = time.monotonic()
        process = self._program.start("index", self._photos)
        is_reader = victim in {Victim.READER, Victim.READERS}
        if is_reader:
            wait_until("a reader runs", lambda: any(_readers(process.pid)), process)
        earliest, latest = (0.0, DECODING_S) if is_reader else (1.0, self._seconds)
        with suppress(subprocess.TimeoutExpired):
            process.wait(self._chance.uniform(earliest, latest))
        targets = list(_readers(process.pid)) if is_reader else [process.pid]
        if process.poll() is not None:
            targets = []
            self._seconds = time.monotonic() - started
        for target in targets[:1] if victim is Victim.READER else targets:
            kill(target, group=victim is Victim.ALL)
        output = self._wait_for_end(process)
        if is_reader and process.returncode:
            self.audit.faults.append(f"after killing {victim}, index ended with {process.returncode}: {output[-300:]}")
        self.audit.counts[f"kills of {victim}"] = self.audit.counts.get(f"kills of {victim}", 0) + bool(targets)
        return bool(targets)

    def _wait_for_end(self, process: subprocess.Popen[str]) -> str:
        """Return the standard output of a run, or its standard error if that is empty. Record hangs and tracebacks."""
        try:
            out, err = process.communicate(timeout=RUN_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            kill(process.pid, group=True)
            out, err = process.communicate()
            self.audit.faults.append("index hung")
        if TRACEBACK in err:
            self.audit.faults.append(f"index showed a traceback: {err[-1000:]}")
        return out or err

    def _change_files(self) -> None:
        """Change the album, and touch some of the odd files so that the next run reads them again."""
        self._album.change(self._chance, CHANGED_SHARE)
        for folder in (self._photos / "odd", self._photos / "made"):
            for name in names_in(folder):
                if self._chance.random() < CHANGED_SHARE and name.is_file() and not name.is_symlink():
                    os.utime(name)

    def _index(self, program: Program) -> Report:
        started = time.monotonic()
        process = program.start("index", "--json", self._photos)
        output = self._wait_for_end(process)
        self._seconds = time.monotonic() - started
        if process.returncode:
            raise SystemExit(f"index ended with {process.returncode}: {output[-1000:]}")
        return cast("Report", json.loads(output))

    def _check_library(self) -> None:
        """Compare the library with a reference library that was indexed in one run without kills."""
        report = self._index(self._program)
        reference = Program(self._folder / "reference")
        shutil.copytree(self._program.library / "models", reference.library / "models")
        self._index(reference)
        self.audit.check_report(report, self._photos, self._program.library)
        self.audit.compare(self._program.library, reference.library)
        self.audit.check_search(self._program, self._query)

    def _measure_memory(self, runs: int) -> None:
        """Index repeatedly in one process and compare the peak memory of the runs."""
        self.audit.peaks = peaks = asyncio.run(self._peaks(runs))
        self.audit.expect(peaks[-1] <= MAX_GROWTH * peaks[min(1, runs - 1)], "memory grows from run to run")

    async def _peaks(self, runs: int) -> list[float]:
        peaks: list[float] = []
        async with Engine(self._program.library, Settings()) as engine:
            for _ in range(runs):
                self._change_files()
                _reset_peak()
                await engine.index()
                peaks.append(_peak())
        return peaks


def _readers(program: int) -> Iterator[int]:
    """Yield the decoding processes of a program: its children that run with low priority."""
    for name in filter(str.isdigit, os.listdir("/proc")):
        with suppress(OSError):
            stat = Path("/proc", name, "stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
            if int(stat[PARENT]) == program and int(stat[NICE]) >= NICENESS:
                yield int(name)


def _reset_peak() -> None:
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")


def _peak() -> float:
    """Return the peak memory of this process since `_reset_peak`, in MB."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM:"))


def run_as_ordinary_user() -> int:
    """Run this test again as an unprivileged user, and return the exit status."""
    user = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
    # Through a shell, to check that the user itself can reach the interpreter: setpriv resolves its path as root.
    attempt = [*user, "sh", "-c", f"exec '{sys.executable}' -c ''"]
    if subprocess.run(attempt, check=False, capture_output=True).returncode:
        log(f"as an ordinary user: skipped, other users may not run {sys.executable}")
        return 0
    return subprocess.run([*user, sys.executable, *sys.argv], check=False).returncode


def main() -> int:
    """Run the soak test and return the exit status."""
    if sys.platform != "linux":
        raise SystemExit("This soak test needs Linux, because it finds processes in /proc.")
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("odd", type=Path)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--runs", type=int, default=6)
    parser.add_argument("--photos", type=int, default=600)
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))
    chosen = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="semblance-soak-"))
    user = "an ordinary user" if os.geteuid() else "root"
    os.environ["HOME"] = str(folder)  # some libraries write files there
    log(f"as {user}: seed {chosen.seed}, in {folder}")
    soak = Soak(folder, chosen.odd, chosen.photos, chosen.seed)
    soak.run(chosen.kills, chosen.runs)
    log(soak.audit.table(f"as {user}"))
    if not soak.audit.faults:
        soak.close()
    if os.geteuid():
        return bool(soak.audit.faults)
    return run_as_ordinary_user() or bool(soak.audit.faults)


if __name__ == "__main__":
    sys.exit(main())
