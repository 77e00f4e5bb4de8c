"""Checks that a library has every photo of its folder exactly once, and that it reports it if it does not."""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, TypedDict, cast

from tests.helpers.engine.program import Outcome, Program
from tests.soak.album import Album, paint
from tests.soak.processes import processes_using

if TYPE_CHECKING:
    import os
    import random
    from collections.abc import Sequence
    from pathlib import Path

EXACT = 1e-7
CLOSE = 1e-4
OWN_QUERIES = 2
TRACEBACK = "Traceback (most recent call last)"


class Result(StrEnum):
    """The state of a library after a round. Only the first two are acceptable."""

    INTACT = "intact"
    REPAIRED = "intact after a repair"
    UNREPORTED = "DAMAGED, and no command reported it"
    BROKEN = "STILL DAMAGED AFTER A REPAIR"
    CRASHED = "A COMMAND CRASHED, HUNG OR LEFT A PROCESS BEHIND"

    @property
    def is_acceptable(self) -> bool:
        return self in {Result.INTACT, Result.REPAIRED}


@dataclass(frozen=True, slots=True)
class Verdict:
    """A result and the faults that led to it."""

    result: Result
    faults: Sequence[str] = ()


class Hit(TypedDict):
    path: str
    score: float


class Check(TypedDict):
    name: str
    ok: bool
    detail: str


@dataclass
class Examiner:
    """Checks a library, using only the program's commands.

    `scores` has the scores of each picture for the two queries, which must never change. `crashes` has what went wrong
    with the commands themselves.
    """

    program: Program
    album: Album
    queries: tuple[Path, Path]
    scores: dict[int, tuple[float, float]] = field(default_factory=dict)
    crashes: list[str] = field(default_factory=list)

    def index(self) -> list[str]:
        """Index the folder and return the faults in the report."""
        ran = self.run("index", self.album.folder, "--json")
        if ran.status:
            return [_ended("index", ran)]
        report = ran.object()
        found = len(self.album.pictures) + self.album.broken
        return [] if report["found"] == found else [f"index found {report['found']} of {found} photos"]

    def check(self, chance: random.Random) -> list[str]:
        """Search the library and return how it differs from the folder."""
        own = chance.sample(sorted(self.album.replaced) or sorted(self.album.pictures), OWN_QUERIES)
        top_k = 2 * len(self.album.pictures) + 100
        ran = self.run("search", "--json", "--views", "one", "--top-k", str(top_k), *self.queries, *own)
        if ran.status:
            return [_ended("search", ran)]
        first, second, *others = [cast("list[Hit]", answer["hits"]) for answer in ran.objects()]
        faults = self._check_paths(first) + self._check_scores(first, second)
        for photo, hits in zip(own, others, strict=True):
            if str(photo) not in {hit["path"] for hit in hits if hit["score"] > 1 - CLOSE}:
                faults.append(f"a search for {photo} does not find it")
        return faults + self._check_status()

    def doctor(self, *options: str) -> list[str]:
        """Return the failed checks of the command `doctor`."""
        ran = self.run("doctor", "--json", *options)
        if not ran.out:
            return [_ended("doctor", ran)]
        checks = cast("list[Check]", json.loads(ran.out)["checks"])
        return [f"doctor: {check['name']}: {check['detail']}" for check in checks if not check["ok"]]

    def verdict(self, faults: list[str], chance: random.Random) -> Verdict:
        """Run `doctor`, repair the library if there are any faults, and return the verdict."""
        complaints = self.doctor()
        is_reported = complaints or any(" ended with " in fault for fault in faults)
        result = Result.INTACT
        if faults or complaints:
            remaining = self.doctor("--repair") + self.index() + self.check(chance)
            result = (Result.BROKEN if remaining else Result.REPAIRED) if is_reported else Result.UNREPORTED
            faults = [*faults, *complaints, *(f"after the repair: {fault}" for fault in remaining)]
        if left := processes_using(self.program.library):
            self.crashes.append(f"processes {left} are left behind")
        if self.crashes:
            result = Result.CRASHED if result.is_acceptable else result
            faults, self.crashes = [*faults, *self.crashes], []
        return Verdict(result, faults)

    def run(self, *arguments: str | os.PathLike[str]) -> Outcome:
        """Run a command and record if it hangs, crashes or shows a traceback."""
        try:
            ran = self.program.run(*arguments)
        except subprocess.TimeoutExpired:
            self.crashes.append(f"{arguments[0]} hung")
            return Outcome(1, "", "it hung")
        if TRACEBACK in ran.err or ran.status not in {0, 1}:
            self.crashes.append(_ended(str(arguments[0]), ran))
        return ran

    def _check_paths(self, hits: list[Hit]) -> list[str]:
        paths = [hit["path"] for hit in hits]
        found, expected = set(paths), {str(photo) for photo in self.album.pictures}
        counts = {
            "missing from a search": len(expected - found),
            "found although they are deleted": len(found - expected),
            "found twice": len(paths) - len(found),
        }
        return [f"{count} of {len(expected)} photos are {fault}" for fault, count in counts.items() if count]

    def _check_scores(self, first: list[Hit], second: list[Hit]) -> list[str]:
        seconds = {hit["path"]: hit["score"] for hit in second}
        scores = {hit["path"]: (hit["score"], seconds.get(hit["path"], 0.0)) for hit in first}
        wrong = old = 0
        for photo, picture in self.album.pictures.items():
            if (now := scores.get(str(photo))) is None:
                continue
            before = self.scores.get(self.album.replaced.get(photo, picture))
            if photo in self.album.replaced and before and _differ(now, before) < EXACT:
                old += 1
            elif _differ(now, self.scores.setdefault(picture, now)) > CLOSE:
                wrong += 1
        counts = {"score like another picture": wrong, "score like their previous picture": old}
        return [f"{count} photos {fault}" for fault, count in counts.items() if count]

    def _check_status(self) -> list[str]:
        ran = self.run("status", "--json")
        if ran.status:
            return [_ended("status", ran)]
        status = ran.object()
        photos, broken = len(self.album.pictures), self.album.broken
        expected = {"photos": photos + broken, "searchable": photos, "failed": broken}
        wrong = {name: status[name] for name, count in expected.items() if status[name] != count}
        return [f"status: {count} {name} instead of {expected[name]}" for name, count in wrong.items()]


def make_queries(folder: Path) -> tuple[Path, Path]:
    """Write two pictures that no album contains, and return their paths."""
    first, second = folder / "query-1.jpg", folder / "query-2.jpg"
    paint(first, 1 << 30)
    paint(second, 1 << 31)
    return first, second


def _ended(command: str, ran: Outcome) -> str:
    return f"{command} ended with {ran.status}: {' '.join(ran.err.split())[-300:]}"


def _differ(one: tuple[float, float], other: tuple[float, float]) -> float:
    return max(abs(one[0] - other[0]), abs(one[1] - other[1]))
