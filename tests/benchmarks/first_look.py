"""What the first look at photos is worth: how much faster it is, and how often it finds what reading them whole finds.

    python tests/benchmarks/first_look.py FOLDER [--photos 2400]

Two parts. The first indexes copies of the large JPEG photos of FOLDER, each given a small picture as cameras do where
it has none, into a new library. Its table tells photos a second of both passes of that one run, with all that storing
takes, and when they ended; when the first photo was found by a search that was repeated all the time until then; and
how much faster the first pass is. The seconds count from the start of the run, with the program open.

The second part takes every photo of FOLDER that carries a small picture by itself, and embeds both that and the whole
photo with the default model. Each whole photo is then a query against all the others, once as they are at first look
and once as they are when read whole. Told are: how many photos have a first look; in how many of the queries the best
other photo is the same; in how many the photo's own first look comes first; and the median and the lowest tenth of the
cosines between first look and whole photo.
"""

from __future__ import annotations

import argparse
import asyncio
import io
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

from core.types import SearchRequest

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import numpy as np
from PIL import Image

from core.engine import Engine
from core.images.index_workers import IndexWorkers
from core.indexing.pipeline import EMBED_BATCH
from core.library.settings import DEFAULT_MODEL, Settings
from core.models.registry import choose
from core.models.runtime import load
from core.reports import Stage
from core.workers import decoders
from tests.benchmarks.indexing_photos import copies, photos_in
from tests.benchmarks.preview_photos import photos_with_preview

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from core.images.reader import ReadPhoto
    from core.models.embedder import Embedder
    from core.reports import Progress
    from core.types import Hit, Pixels, Vectors

LOOK_S = 0.1


class Timeline:
    """When the stages of a run began, and the first photo was found, in seconds since the run began."""

    def __init__(self) -> None:
        self.began: dict[Stage, float] = {}
        self.found = 0.0
        self._start = time.monotonic()

    def note(self, progress: Progress) -> None:
        """Hear of the progress of the run."""
        self.began.setdefault(progress.stage, time.monotonic() - self._start)

    async def watch(self, engine: Engine) -> None:
        """Search until something is found, with a picture that hardly costs anything."""
        query = io.BytesIO()
        Image.new("RGB", (64, 64)).save(query, "PNG")
        hits: list[Hit] = []
        while not hits:
            await asyncio.sleep(LOOK_S)
            hits = await engine.search(SearchRequest(query.getvalue(), views="one"))
        self.found = time.monotonic() - self._start


async def passes(originals: Sequence[Path], count: int, scratch: Path) -> None:
    """Index copies of photos, and print the table of both passes."""
    with_preview = scratch / "with preview"
    with_preview.mkdir()
    for number, data in enumerate(photos_with_preview(originals)):
        (with_preview / f"{number:06}.jpg").write_bytes(data)
    copies(photos_in(with_preview), count, scratch / "photos")
    photos_in(scratch / "photos")
    async with Engine(scratch / "library", Settings()) as engine:
        await engine.warm_up()
        timeline = Timeline()
        watching = asyncio.create_task(timeline.watch(engine))
        report = await engine.index([scratch / "photos"], timeline.note)
        await watching
    if Stage.PREVIEWING not in timeline.began:
        raise SystemExit("So few photos are read whole at once. Give more --photos.")
    looked, read, stored = (timeline.began[stage] for stage in (Stage.PREVIEWING, Stage.EMBEDDING, Stage.STORING))
    first, whole = report.found / (read - looked), report.indexed / (stored - read)
    print(f"{report.indexed} photos; the first one was found after {timeline.found:.1f} s")
    print(f"{'':12}{'photos/s':>10}{'all after s':>13}{'ratio':>8}")
    print(f"{'first look':12}{first:10.1f}{read:13.1f}{first / whole:8.1f}")
    print(f"{'whole':12}{whole:10.1f}{stored:13.1f}{1:8.1f}", flush=True)


def embed(embedder: Embedder, pictures: Sequence[Pixels]) -> Vectors:
    """Return the embeddings of pictures."""
    batches = (np.stack(pictures[start : start + EMBED_BATCH]) for start in range(0, len(pictures), EMBED_BATCH))
    return np.concatenate([embedder.embed(batch) for batch in batches])


def seen(
    read: Callable[[Path], ReadPhoto | None], embedder: Embedder, files: Sequence[Path]
) -> tuple[list[Path], Vectors]:
    """Return the files that could be read, and their embeddings."""
    with ThreadPoolExecutor(decoders()) as pool:
        photos = list(pool.map(read, files))
    found = [(file, photo.pixels) for file, photo in zip(files, photos, strict=True) if photo]
    if not found:
        raise SystemExit("None of the photos carries a small picture, so there is nothing to compare.")
    return [file for file, _ in found], embed(embedder, [pixels for _, pixels in found if pixels is not None])


def best_others(queries: Vectors, photos: Vectors) -> tuple[list[int], list[bool]]:
    """Return the best other photo for each query, and whether its own one comes first of all."""
    scores = queries @ photos.T
    own_first = [bool(row[number] >= row.max()) for number, row in enumerate(scores)]
    np.fill_diagonal(scores, -1)
    return [int(row.argmax()) for row in scores], own_first


def compare(files: Sequence[Path], models: Path) -> None:
    """Print how far first look and whole photo agree."""
    embedder = load(choose(DEFAULT_MODEL), models)
    readers = IndexWorkers(embedder.input, decoders(), models.parent / "thumbnails")
    carriers, first = seen(readers.preview, embedder, files)
    _, whole = seen(lambda file: readers.read(file, lambda _: None), embedder, carriers)
    readers.close()
    (early, own), (late, _) = best_others(whole, first), best_others(whole, whole)
    agree = np.mean([one == other for one, other in zip(early, late, strict=True)])
    cosines = np.sum(first * whole, axis=1)
    print(f"\n{len(carriers)} of {len(files)} photos have a first look")
    print(f"same best other photo: {agree:.2f}; own first look comes first: {np.mean(own):.2f}")
    median, low = np.percentile(cosines, [50, 10])
    print(f"cosine of first look and whole: median {median:.2f}, lowest tenth {low:.2f}")


def main() -> None:
    """Print the figures of both parts."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--photos", type=int, default=2400)
    chosen = parser.parse_args()
    files = photos_in(chosen.folder)
    with tempfile.TemporaryDirectory() as made:
        asyncio.run(passes(files, chosen.photos, Path(made)))
        compare(files, Path(made, "library", "models"))


if __name__ == "__main__":
    main()
