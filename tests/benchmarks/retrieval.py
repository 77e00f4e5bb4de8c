"""Measures retrieval quality with the real engine, step by step: mAP, precision@k, recall@k and the time of a search.

    python tests/benchmarks/retrieval.py PHOTOS                     the label of a photo is the name of its folder
    python tests/benchmarks/retrieval.py PHOTOS --truth truth.csv   the file names the queries and their expected photos

With folder names, each photo is a query against all others. A folder whose name begins with "_" holds distractors. With
a truth file (columns `copy`, `original`, `attack`; paths relative to the file), the copies are the queries and are not
indexed. --among adds folders of distractors. To compare models or balances, run the benchmark for each.

The steps are the embedding alone, with further query views where needed, with all views, and with verification. The
time of verification is that of comparing 100 hits, whose local features are found only the first time.
"""

from __future__ import annotations

import argparse
import asyncio
import csv
import json
import sys
import tempfile
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from core.engine import Engine
from core.library.settings import DEFAULT_MODEL, ModelSettings, Settings
from core.search_request import QueryPicture, SearchRequest

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from core.search_request import Verify, Views

STEPS: dict[str, tuple[Views, Verify]] = {
    "embedding": ("one", "no"),
    "views": ("auto", "no"),
    "all views": ("all", "no"),
    "verification": ("auto", "auto"),
}
CUTOFFS = (1, 5, 10)
ALL_HITS = 16_000


@dataclass(frozen=True, slots=True)
class Case:
    """A query, the photos that it should find, and what kind of query it is."""

    query: Path
    relevant: frozenset[Path]
    kind: str


def average_precision(ranked: Sequence[Path], relevant: frozenset[Path]) -> float:
    """Return the mean of the precision at the rank of each relevant photo; one that is not found counts as 0."""
    found = 0
    total = 0.0
    for rank, path in enumerate(ranked, 1):
        if path in relevant:
            found += 1
            total += found / rank
    return total / len(relevant)


def precision(ranked: Sequence[Path], relevant: frozenset[Path], k: int) -> float:
    """Return the share of the first k photos that is relevant."""
    return len(relevant.intersection(ranked[:k])) / k


def recall(ranked: Sequence[Path], relevant: frozenset[Path], k: int) -> float:
    """Return the share of the relevant photos that is among the first k."""
    return len(relevant.intersection(ranked[:k])) / len(relevant)


def cases_by_folder(photos: Iterable[Path]) -> list[Case]:
    """Return each photo as a query for the others in its folder."""
    groups: defaultdict[Path, set[Path]] = defaultdict(set)
    for photo in photos:
        groups[photo.parent].add(photo)
    return [
        Case(photo, frozenset(group - {photo}), folder.name)
        for folder, group in sorted(groups.items())
        for photo in sorted(group)
        if len(group) > 1 and not folder.name.startswith("_")
    ]


def cases_by_truth(truth: Path) -> list[Case]:
    """Return each copy as a query for its original."""
    with truth.open(encoding="utf-8", newline="") as file:
        return [
            Case(truth.parent / row["copy"], frozenset({(truth.parent / row["original"]).resolve()}), row["attack"])
            for row in csv.DictReader(file)
        ]


async def evaluate(chosen: argparse.Namespace, library: Path) -> dict[str, object]:
    """Index the photos, search for every case at each step, and return the measures by step."""
    truth: Path | None = chosen.truth
    folders = [folder.resolve() for folder in (chosen.photos, *chosen.among)]
    async with Engine(library, Settings(model=ModelSettings(name=chosen.model))) as engine:
        report = await engine.index(folders)
        cases = cases_by_truth(truth) if truth else cases_by_folder(sorted(folders[0].rglob("*.*")))
        cases = cases[:: chosen.every]
        return {
            "model": chosen.model,
            "balance": chosen.balance,
            "photos": report.indexed,
            "queries": len(cases),
            "steps": {step: await measure(engine, cases, step, chosen.balance) for step in chosen.steps},
        }


async def measure(engine: Engine, cases: Sequence[Case], step: str, balance: float | None) -> dict[str, object]:
    """Search for every case, and return the measures."""
    views, verify = STEPS[step]
    rankings: list[list[Path]] = []
    milliseconds = []
    for case in cases:
        request = SearchRequest((QueryPicture(case.query),), views, top_k=ALL_HITS, balance=balance, verify=verify)
        started = perf_counter()
        hits = [hits async for hits in engine.verified_search(request)][-1]
        milliseconds.append((perf_counter() - started) * 1000)
        rankings.append([hit.path for hit in hits if hit.path != case.query])
    kinds: defaultdict[str, list[float]] = defaultdict(list)
    for case, ranked in zip(cases, rankings, strict=True):
        kinds[case.kind].append(average_precision(ranked, case.relevant))
    pairs = list(zip(rankings, (case.relevant for case in cases), strict=True))
    return {
        "milliseconds": round(median(milliseconds)),
        "mAP": mean(average_precision(*pair) for pair in pairs),
        **{f"precision@{k}": mean(precision(*pair, k) for pair in pairs) for k in CUTOFFS},
        **{f"recall@{k}": mean(recall(*pair, k) for pair in pairs) for k in CUTOFFS},
        "mAP by kind": {kind: mean(values) for kind, values in sorted(kinds.items())},
    }


def mean(values: Iterable[float]) -> float:
    """Return the mean rounded to four digits, or 0.0 if there are no values."""
    numbers = list(values)
    return round(sum(numbers) / len(numbers), 4) if numbers else 0.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("photos", type=Path)
    parser.add_argument("--truth", type=Path)
    parser.add_argument("--among", type=Path, nargs="*", default=[])
    parser.add_argument("--model", default=DEFAULT_MODEL)
    parser.add_argument("--balance", type=float, help="the share of the subject, from 0 to 1")
    parser.add_argument("--every", type=int, default=1, metavar="N", help="search only for each Nth query")
    parser.add_argument("--steps", nargs="+", choices=STEPS, default=list(STEPS))
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as library:
        print(json.dumps(asyncio.run(evaluate(chosen, Path(library))), indent=2))


if __name__ == "__main__":
    main()
