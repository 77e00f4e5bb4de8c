"""Measures whether labels mean what they say, with the real engine, on any folder whose subfolders are labels.

    python tests/benchmarks/calibration.py PHOTOS [--among FOLDER...]

The first table shows how many unrelated photos reached a score, beside the number that the background of the query made
expect there. In the plot beside them, one step is a factor of two, and 8 means that they agree. The second table shows
how many hits of each label are in the folder of the query. All photos count that score enough for the label. A folder
whose name begins with "_" holds distractors, as do the folders given with --among.
"""

from __future__ import annotations

import argparse
import asyncio
import math
import sys
import tempfile
from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from core.catalog.database import Database
from core.catalog.embeddings import Embeddings
from core.catalog.photos import Catalog
from core.engine import Engine
from core.library.files import LibraryFiles
from core.library.settings import DEFAULT_MODEL, Settings
from core.models.bundled import parts
from core.models.registry import choose
from core.search.background import SAMPLE, Background
from core.search.balance import Balance
from core.search.ranking import label
from core.types import Label

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from core.models.embedder import Parts
    from core.types import Vector, Vectors

MODEL = choose(DEFAULT_MODEL)
EXPECTED = (30.0, 10.0, 3.0, 1.0, 0.3, 0.1, 0.03, 0.01)


def indexed(folders: Sequence[Path], library: Path) -> tuple[list[Path], Vectors]:
    """Index the folders, and return the photos with an (N, D) array of their embeddings."""

    async def index() -> None:
        async with Engine(library, Settings()) as engine:
            await engine.index(folders)

    asyncio.run(index())
    with closing(Database(LibraryFiles(library).catalog, read_only=True)) as database:
        rows = Embeddings(database, MODEL.key).all()
        photos = Catalog(database).find([key for key, _, _ in rows])
    return [photos[key].path for key, _, _ in rows], np.stack([vector for _, _, vector in rows])


def backgrounds(embeddings: Vectors, of_model: Parts | None) -> Iterator[tuple[Vector, Background]]:
    """Yield, for each photo as a query, its scores for all photos and its background without itself."""
    balance = Balance(of_model, None)
    scores = balance.score(1.0) * (balance.applied(embeddings) @ embeddings.T)
    random = np.random.default_rng(0)
    for query, row in enumerate(scores):
        others = np.delete(row, query)
        sample = random.choice(others, min(SAMPLE, len(others)), replace=False)
        yield row, Background(sample, len(others), balance.levels)


def line(expected: float, observed: float) -> str:
    """Return a line of text with both numbers on a logarithmic scale, a factor of two each step."""
    cells = [" "] * 20
    for number, mark in ((expected, "o"), (observed, "x")):
        step = min(max(round(math.log2(max(number, 1e-9) / EXPECTED[-1])), 0), len(cells) - 1)
        cells[step] = "8" if cells[step] == "o" else mark
    return "".join(cells).rstrip()


def measure(photos: Sequence[Path], embeddings: Vectors, labels: Path) -> None:
    """Search for every photo below the folder `labels`, and print the tables."""
    labelled = [path.is_relative_to(labels) and not path.parent.name.startswith("_") for path in photos]
    names = np.array([str(path.parent) for path in photos])
    reached, hits, right = Counter[float](), Counter[str](), Counter[str]()
    queries = relevant = 0
    for query, (scores, background) in enumerate(backgrounds(embeddings, parts(MODEL))):
        related = names == names[query]
        if not labelled[query] or related.sum() < 2:
            continue
        queries += 1
        relevant += int(related.sum()) - 1
        for expected in EXPECTED:
            reached[expected] += int((scores[~related] >= background.score_expected_of(expected)).sum())
        levels = background.levels()
        for photo in np.flatnonzero(scores >= levels.similar):
            if photo != query:
                word = label(float(scores[photo]), levels, identical=False)
                hits[word] += 1
                right[word] += bool(related[photo])
    print(f"{queries} queries among {len(photos)} photos\n\nunrelated photos: expected o, observed x")
    for expected in EXPECTED:
        observed = reached[expected] / queries
        print(f"{expected:8.2f} {observed:8.2f}  {line(expected, observed)}")
    print("\nlabel            hits    right  precision  recall")
    for word in (Label.NEAR_DUPLICATE, Label.CLOSE, Label.SIMILAR):
        precision, recall = right[word] / max(1, hits[word]), right[word] / relevant
        print(f"{word:14} {hits[word]:6} {right[word]:8}  {precision:9.3f}  {recall:6.3f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("photos", type=Path)
    parser.add_argument("--among", type=Path, nargs="*", default=[])
    chosen = parser.parse_args()
    folders = [folder.resolve() for folder in (chosen.photos, *chosen.among)]
    with tempfile.TemporaryDirectory() as library:
        photos, embeddings = indexed(folders, Path(library))
    measure(photos, embeddings, folders[0])


if __name__ == "__main__":
    main()
