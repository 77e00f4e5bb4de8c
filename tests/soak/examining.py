"""Whether a library has every photo of its folder exactly once, and whether it says so where it has not."""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, TypedDict, cast

from tests.helpers.engine.program import Outcome, Program
from tests.soak.album import Album, paint
from tests.soak.processes import holders

if TYPE_CHECKING:
    import os
    import random
    from collections.abc import Sequence
    from pathlib import Path

EXACT = 1e-7
CLOSE = 1e-4
OWN = 2
TRACEBACK = "Traceback (most recent call last)"


class Result(StrEnum):
    """How a library came out of what was done to it; the first two are what is promised."""

    WHOLE = "whole by itself"
    REPAIRED = "whole after a repair"
    SILENT = "SILENT GAP: not whole, and nothing says so"
    BROKEN = "NOT WHOLE, also after a repair"
    RUDE = "CRASHED, hung or gave up on the way"

    @property
    def is_promised(self) -> bool:
        return self in {Result.WHOLE, Result.REPAIRED}


@dataclass(frozen=True, slots=True)
class Verdict:
    """A result, and what was wrong before the repair."""

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
    """Looks at a library through the commands alone.

    `scores` are what pictures have been found to score for the same two queries: they must never change.
    """

    program: Program
    album: Album
    queries: tuple[Path, Path]
    scores: dict[int, tuple[float, float]] = field(default_factory=dict)
    rude: list[str] = field(default_factory=list)

    def index(self) -> list[str]:
        """Bring the library up to date with the folder and return what is wrong with the report of that."""
        ran = self.run("index", self.album.folder, "--json")
        if ran.status:
            return [_ended("index", ran)]
        report = ran.object()
        found = len(self.album.pictures) + self.album.broken
        return [] if report["found"] == found else [f"index found {report['found']} photos of {found}"]

    def look(self, chance: random.Random) -> list[str]:
        """Open the library by searching, and return in what it differs from the folder."""
        own = chance.sample(sorted(self.album.replaced) or sorted(self.album.pictures), OWN)
        everything = 2 * len(self.album.pictures) + 100
        ran = self.run("search", "--json", "--views", "one", "--top-k", str(everything), *self.queries, *own)
        if ran.status:
            return [_ended("search", ran)]
        first, second, *others = [cast("list[Hit]", answer["hits"]) for answer in ran.objects()]
        faults = self._of_paths(first) + self._of_scores(first, second)
        for photo, hits in zip(own, others, strict=True):
            if str(photo) not in {hit["path"] for hit in hits if hit["score"] > 1 - CLOSE}:
                faults.append(f"{photo} is not found by itself")
        return faults + self._of_status()

    def doctor(self, *options: str) -> list[str]:
        """Return what the doctor finds bad."""
        ran = self.run("doctor", "--json", *options)
        if not ran.out:
            return [_ended("doctor", ran)]
        checks = cast("list[Check]", json.loads(ran.out)["checks"])
        return [f"doctor: {check['name']}: {check['detail']}" for check in checks if not check["ok"]]

    def verdict(self, faults: list[str], chance: random.Random) -> Verdict:
        """Judge by what was seen so far and by what the doctor says, and have it mended where that is needed."""
        complaints = self.doctor()
        admitted = complaints or any(" ended with " in fault for fault in faults)
        result = Result.WHOLE
        if faults or complaints:
            still = self.doctor("--repair") + self.index() + self.look(chance)
            result = (Result.BROKEN if still else Result.REPAIRED) if admitted else Result.SILENT
            faults = [*faults, *complaints, *(f"after the repair: {fault}" for fault in still)]
        if left := holders(self.program.library):
            self.rude.append(f"processes {left} are left behind")
        if self.rude:
            result = Result.RUDE if result.is_promised else result
            faults, self.rude = [*faults, *self.rude], []
        return Verdict(result, faults)

    def run(self, *arguments: str | os.PathLike[str]) -> Outcome:
        """Run a command; take note where it hangs, crashes or shows a traceback."""
        try:
            ran = self.program.run(*arguments)
        except subprocess.TimeoutExpired:
            self.rude.append(f"{arguments[0]} hung")
            return Outcome(1, "", "it hung")
        if TRACEBACK in ran.err or ran.status not in {0, 1}:
            self.rude.append(_ended(str(arguments[0]), ran))
        return ran

    def _of_paths(self, hits: list[Hit]) -> list[str]:
        paths = [hit["path"] for hit in hits]
        there, expected = set(paths), {str(photo) for photo in self.album.pictures}
        counts = {
            "missing from a search": len(expected - there),
            "found that are gone": len(there - expected),
            "found twice": len(paths) - len(there),
        }
        return [f"{count} of {len(expected)} photos are {what}" for what, count in counts.items() if count]

    def _of_scores(self, first: list[Hit], second: list[Hit]) -> list[str]:
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
        counts = {"score as another picture": wrong, "score as the picture they were before": old}
        return [f"{count} photos {what}" for what, count in counts.items() if count]

    def _of_status(self) -> list[str]:
        ran = self.run("status", "--json")
        if ran.status:
            return [_ended("status", ran)]
        status = ran.object()
        photos, broken = len(self.album.pictures), self.album.broken
        expected = {"photos": photos + broken, "searchable": photos, "failed": broken}
        wrong = {name: status[name] for name, count in expected.items() if status[name] != count}
        return [f"status: {count} {name}, not {expected[name]}" for name, count in wrong.items()]


def make_queries(folder: Path) -> tuple[Path, Path]:
    """Return two pictures that are in no album."""
    first, second = folder / "query-1.jpg", folder / "query-2.jpg"
    paint(first, 1 << 30)
    paint(second, 1 << 31)
    return first, second


def _ended(command: str, ran: Outcome) -> str:
    return f"{command} ended with {ran.status}: {' '.join(ran.err.split())[-300:]}"


def _differ(one: tuple[float, float], other: tuple[float, float]) -> float:
    return max(abs(one[0] - other[0]), abs(one[1] - other[1]))
