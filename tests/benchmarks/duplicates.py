"""Measures the precision and recall of duplicate groups with the real engine, and the time that finding them takes.

    python tests/benchmarks/duplicates.py SCENES --truth truth.csv [--among FOLDER ...]

Each subfolder of SCENES has photos of the same scene, unless its name begins with "_". The truth file names versions of
the same picture (columns `copy` and `original`; paths relative to the file). --among adds folders of other photos. What
counts are pairs of photos in the same group. Pairs that are found but not in the truth are listed: they may be right.
"""

from __future__ import annotations

import argparse
import asyncio
import csv
import sys
import tempfile
from collections import defaultdict
from itertools import combinations
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, TypeAlias

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from core.engine import Engine
from core.library.settings import Settings
from core.types import DuplicateKind

if TYPE_CHECKING:
    from collections.abc import Iterable

Pairs: TypeAlias = set[tuple[Path, Path]]


def pairs_of(groups: Iterable[Iterable[Path]]) -> Pairs:
    """Return all pairs of photos in the same group."""
    return {pair for group in groups for pair in combinations(sorted(group), 2)}


def scenes(folder: Path) -> list[list[Path]]:
    """Return the photos of each subfolder."""
    return [sorted(each.iterdir()) for each in folder.iterdir() if each.is_dir() and not each.name.startswith("_")]


def versions(truth: Path) -> list[set[Path]]:
    """Return each original with its copies."""
    found: defaultdict[Path, set[Path]] = defaultdict(set)
    with truth.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            original = truth.parent / row["original"]
            found[original] |= {original, truth.parent / row["copy"]}
    return list(found.values())


def report(name: str, found: Pairs, truth: Pairs, elsewhere: Pairs) -> None:
    """Print the measures of one kind. `elsewhere` are true pairs of another kind, which are not wrong."""
    wrong = sorted(found - truth - elsewhere)
    recall, precision = len(found & truth) / len(truth), 1 - len(wrong) / max(1, len(found))
    print(f"{name:14} {len(found):6} pairs, recall {recall:.3f} of {len(truth)}, precision {precision:.3f}")
    for first, second in wrong:
        print(f"    not in the truth: {'/'.join(first.parts[-2:])} and {'/'.join(second.parts[-2:])}")


async def evaluate(chosen: argparse.Namespace, library: Path) -> None:
    """Index the photos, find duplicates twice, and print the measures."""
    folders = [folder.resolve() for folder in (chosen.scenes, chosen.truth.parent, *chosen.among)]
    same_scene, same_picture = pairs_of(scenes(folders[0])), pairs_of(versions(chosen.truth.resolve()))
    async with Engine(library, Settings()) as engine:
        photos = (await engine.index(folders)).indexed
        for remark in ("", ", again"):
            started = perf_counter()
            await engine.find_duplicates()
            print(f"{photos} photos{remark}: {perf_counter() - started:.1f} s")
        groups = await engine.duplicates()
    found = {
        kind: pairs_of([photo.path for photo in group.photos] for group in groups if group.kind is kind)
        for kind in DuplicateKind
    }
    report("same picture", found[DuplicateKind.SAME_PICTURE], same_picture, same_scene)
    report("same scene", found[DuplicateKind.SAME_SCENE] - same_picture, same_scene, same_picture)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("scenes", type=Path)
    parser.add_argument("--truth", type=Path, required=True)
    parser.add_argument("--among", type=Path, nargs="*", default=[])
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as library:
        asyncio.run(evaluate(chosen, Path(library)))


if __name__ == "__main__":
    main()
