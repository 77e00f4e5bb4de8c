"""Damage to the files of a library that is closed."""

from __future__ import annotations

import random
import shutil
from enum import StrEnum
from itertools import product
from typing import TYPE_CHECKING

from tests.soak.examining import Result, Verdict
from tests.soak.kills import STRIKES, Work, kill, prepare
from tests.soak.processes import Phase, wait_for_start

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from tests.soak.examining import Examiner


class Part(StrEnum):
    """A kind of file of the local index, by the pattern of its path."""

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
    """What happens to a file."""

    HALVED = "cut in half"
    EMPTIED = "emptied"
    NOISE = "noise"
    SPOT = "a spot of noise"
    DELETED = "deleted"


CASES = [(part, harm) for part, harm in product(Part, Harm) if part is not Part.EVERYTHING or harm is Harm.DELETED]
CATALOG_CASES = [Harm.HALVED, Harm.NOISE, Harm.SPOT]


def do_harm(file: Path, harm: Harm, chance: random.Random) -> None:
    """Damage a file, or delete a folder."""
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
    """Damages copies of a library that is whole, and opens them."""

    def __init__(self, examiner: Examiner, whole: Path, seed: int) -> None:
        """Damage copies of the library whose files are in `whole`."""
        self._examiner = examiner
        self._whole = whole
        self._seed = seed

    def run(self, cases: Iterable[tuple[Part, Harm]]) -> Iterator[tuple[str, Verdict]]:
        """Yield the case and the verdict. A part that this library does not have is left out."""
        for part, harm in cases:
            chance = random.Random(f"{self._seed} {part} {harm}")
            self.restore()
            if part is Part.LOG:
                self._leave_log(chance)
            files = sorted(self._examiner.program.library.glob(f"milvus*/**/{part}"))
            for file in files:
                do_harm(file, harm, chance)
            if files:
                yield f"{part} {harm}", self._opened(chance)

    def _leave_log(self, chance: random.Random) -> None:
        """Kill a run that builds the index anew: one that ends by itself leaves no log of what is to be written yet."""
        program = self._examiner.program
        for _ in range(STRIKES):
            prepare(self._examiner, Work.REBUILD, chance)
            process = program.start("index", self._examiner.album.folder)
            wait_for_start(Phase.PUSHING, process, program.library)
            kill(process.pid, everything=True)
            process.communicate()
            if any(log.stat().st_size for log in program.library.glob(f"milvus*/**/{Part.LOG}")):
                return

    def _opened(self, chance: random.Random) -> Verdict:
        if chance.random() < 0.5:
            self._examiner.doctor()  # looks, and is to mend nothing
        return self._examiner.verdict(self._examiner.look(chance), chance)

    def of_catalog(self, cases: Iterable[Harm]) -> Iterator[tuple[str, Verdict]]:
        """Yield the verdict on a damaged catalog: it is to be refused in a sentence, and everything left as it is."""
        for harm in cases:
            chance = random.Random(f"{self._seed} {harm}")
            self.restore()
            library = self._examiner.program.library
            do_harm(library / "catalog.sqlite", harm, chance)
            before = _files(library)
            faults = self._refused("doctor") + self._refused("doctor", "--repair")
            if index := self._refused("index", self._examiner.album.folder):
                # A spot that the run never reads does it no harm.
                faults += index if harm is not Harm.SPOT else self._examiner.look(chance)
            if lost := before - _files(library):
                faults.append(f"deleted: {', '.join(sorted(lost))}")
            faults += self._examiner.rude
            self._examiner.rude = []
            yield f"catalog {harm}", Verdict(Result.BROKEN if faults else Result.WHOLE, faults)

    def _refused(self, *command: str | Path) -> list[str]:
        ran = self._examiner.run(*command)
        said = ran.out + ran.err
        if ran.status == 1 and "catalog" in said and "damaged" in said:
            return []
        return [f"{command[0]} ended with {ran.status}: {' '.join(said.split())[-300:]}"]

    def restore(self) -> None:
        """Make the library what it was before all damage."""
        library = self._examiner.program.library
        shutil.rmtree(library, ignore_errors=True)
        shutil.copytree(self._whole, library)


def _files(library: Path) -> set[str]:
    passing = {"lock", "owner", "LOCK", "catalog.sqlite-wal", "catalog.sqlite-shm"}
    return {str(file) for file in library.rglob("*") if file.is_file() and file.name not in passing}
