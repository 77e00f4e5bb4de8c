"""Damages the files of a closed library and checks that the library recovers."""

from __future__ import annotations

import random
import shutil
from enum import StrEnum
from itertools import product
from typing import TYPE_CHECKING

from tests.soak.examiner import Result, Verdict
from tests.soak.kills import ATTEMPTS, Work, kill, prepare
from tests.soak.processes import Phase, wait_for_start

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from tests.soak.examiner import Examiner


class Part(StrEnum):
    """A kind of file in the local index, as a glob pattern."""

    MANIFEST = "manifest.json"
    BACKUP = "manifest.json.prev"
    MANIFESTS = "manifest.json*"
    SCHEMA = "schema.json"
    ROWS = "data/*.parquet"
    DELETIONS = "delta/*.parquet"
    INDEX = "indexes/*"
    LOG = "wal/*"
    EVERYTHING = "collections/*"


class Harm(StrEnum):
    """A kind of damage."""

    HALVED = "cut in half"
    EMPTIED = "emptied"
    NOISE = "noise"
    SPOT = "a spot of noise"
    DELETED = "deleted"


CASES = [(part, harm) for part, harm in product(Part, Harm) if part is not Part.EVERYTHING or harm is Harm.DELETED]
CATALOG_CASES = [Harm.HALVED, Harm.NOISE, Harm.SPOT]


def damage_file(file: Path, harm: Harm, chance: random.Random) -> None:
    """Damage a file. A folder is deleted."""
    if file.is_dir():
        shutil.rmtree(file)
        return
    if harm is Harm.DELETED:
        file.unlink()
        return
    data = bytearray(file.read_bytes())
    if harm is Harm.HALVED:
        del data[len(data) // 2 :]
    elif harm is Harm.EMPTIED:
        data.clear()
    else:
        size = len(data) if harm is Harm.NOISE else len(data) // 20
        start = (len(data) - size) // 2
        data[start : start + size] = chance.randbytes(size)
    file.write_bytes(data)


class Damage:
    """Damages copies of an intact library and opens them."""

    def __init__(self, examiner: Examiner, original: Path, seed: int) -> None:
        """Damage copies of the library in the folder `original`."""
        self._examiner = examiner
        self._original = original
        self._seed = seed

    def run(self, cases: Iterable[tuple[Part, Harm]]) -> Iterator[tuple[str, Verdict]]:
        """Yield the name and the verdict of each case, without those whose files this library does not have."""
        for part, harm in cases:
            chance = random.Random(f"{self._seed} {part} {harm}")
            self.restore()
            if part is Part.LOG:
                self._leave_log(chance)
            files = sorted(self._examiner.program.library.glob(f"milvus*/**/{part}"))
            for file in files:
                damage_file(file, harm, chance)
            if files:
                yield f"{part} {harm}", self._verdict(chance)

    def _leave_log(self, chance: random.Random) -> None:
        """Kill a run that rebuilds the index, because a run that completes leaves an empty write-ahead log."""
        program = self._examiner.program
        for _ in range(ATTEMPTS):
            prepare(self._examiner, Work.REBUILD, chance)
            process = program.start("index", self._examiner.album.folder)
            wait_for_start(Phase.PUSHING, process, program.library)
            kill(process.pid, group=True)
            process.communicate()
            if any(log.stat().st_size for log in program.library.glob(f"milvus*/**/{Part.LOG}")):
                return

    def _verdict(self, chance: random.Random) -> Verdict:
        if chance.random() < 0.5:
            self._examiner.doctor()  # must not change anything
        return self._examiner.verdict(self._examiner.check(chance), chance)

    def run_on_catalog(self, cases: Iterable[Harm]) -> Iterator[tuple[str, Verdict]]:
        """Yield the verdict for each kind of damage to the catalog. Commands must report it and change no file."""
        for harm in cases:
            chance = random.Random(f"{self._seed} {harm}")
            self.restore()
            library = self._examiner.program.library
            damage_file(library / "catalog.sqlite", harm, chance)
            before = _files(library)
            faults = self._refused("doctor") + self._refused("doctor", "--repair")
            if index := self._refused("index", self._examiner.album.folder):
                # A run need not notice a damaged spot that it never reads.
                faults += index if harm is not Harm.SPOT else self._examiner.check(chance)
            if lost := before - _files(library):
                faults.append(f"deleted: {', '.join(sorted(lost))}")
            faults += self._examiner.crashes
            self._examiner.crashes = []
            yield f"catalog {harm}", Verdict(Result.BROKEN if faults else Result.INTACT, faults)

    def _refused(self, *command: str | Path) -> list[str]:
        ran = self._examiner.run(*command)
        output = ran.out + ran.err
        if ran.status == 1 and "catalog" in output and "damaged" in output:
            return []
        return [f"{command[0]} ended with {ran.status}: {' '.join(output.split())[-300:]}"]

    def restore(self) -> None:
        """Replace the library with a copy of the original."""
        library = self._examiner.program.library
        shutil.rmtree(library, ignore_errors=True)
        shutil.copytree(self._original, library)


def _files(library: Path) -> set[str]:
    temporary = {"lock", "owner", "LOCK", "catalog.sqlite-wal", "catalog.sqlite-shm"}
    return {str(file) for file in library.rglob("*") if file.is_file() and file.name not in temporary}
