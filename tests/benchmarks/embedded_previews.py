"""Measures what indexing embedded previews first gains in speed, and how well previews stand in for complete photos.

    python tests/benchmarks/embedded_previews.py FOLDER [--photos 2400]

The first part measures speed. It indexes copies of the large JPEG photos in FOLDER into a new library, and adds a
preview to each copy that has none. The table compares the two passes of the run, previews and complete photos: photos
per second including storage, when each pass ended, and how much faster the first pass is. A search that is repeated
during the run tells when the first photo was found. Times are in seconds from the start of the run with an open engine.

The second part measures quality. It embeds each photo in FOLDER that has a preview twice with the default model: the
preview and the complete photo. Each complete photo is then a query, first against all previews and then against all
complete photos. The output shows how many photos have a preview, in what share of the queries the best other photo is
the same, in what share the photo's own preview ranks first, and the median and 10th percentile of the cosine between
preview and complete photo.
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
from core.search_request import SearchRequest
from core.workers import decoders
from tests.helpers.benchmarks.photo_copies import photos_in, write_copies
from tests.helpers.benchmarks.preview_photos import photos_with_preview

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from core.images.reader import ReadPhoto
    from core.models.embedder import Embedder
    from core.reports import Progress
    from core.types import Hit, Pixels, Vectors

SEARCH_INTERVAL_S = 0.1


class Timeline:
    """When the stages of a run began and when a search first found a photo, in seconds since the run started."""

    def __init__(self) -> None:
        self.began: dict[Stage, float] = {}
        self.found = 0.0
        self._start = time.monotonic()

    def record(self, progress: Progress) -> None:
        self.began.setdefault(progress.stage, time.monotonic() - self._start)

    async def search_until_found(self, engine: Engine) -> None:
        """Repeat a cheap search, for a tiny picture with one view, until it finds a photo."""
        query = io.BytesIO()
        Image.new("RGB", (64, 64)).save(query, "PNG")
        hits: list[Hit] = []
        while not hits:
            await asyncio.sleep(SEARCH_INTERVAL_S)
            hits = await engine.search(SearchRequest.like(query.getvalue(), views="one"))
        self.found = time.monotonic() - self._start


async def measure_speed(originals: Sequence[Path], count: int, scratch: Path) -> None:
    """Index copies of photos and print the table of both passes."""
    with_preview = scratch / "with preview"
    with_preview.mkdir()
    for number, data in enumerate(photos_with_preview(originals)):
        (with_preview / f"{number:06}.jpg").write_bytes(data)
    write_copies(photos_in(with_preview), count, scratch / "photos")
    photos_in(scratch / "photos")
    async with Engine(scratch / "library", Settings()) as engine:
        await engine.warm_up()
        timeline = Timeline()
        searching = asyncio.create_task(timeline.search_until_found(engine))
        report = await engine.index([scratch / "photos"], timeline.record)
        await searching
    if Stage.PREVIEWING not in timeline.began:
        raise SystemExit("With so few photos, the run reads no previews first. Increase --photos.")
    previewing, embedding, storing = (
        timeline.began[stage] for stage in (Stage.PREVIEWING, Stage.EMBEDDING, Stage.STORING)
    )
    preview_rate, complete_rate = report.found / (embedding - previewing), report.indexed / (storing - embedding)
    print(f"{report.indexed} photos; a search found the first one after {timeline.found:.1f} s")
    print(f"{'':16}{'photos/s':>10}{'ended at s':>13}{'ratio':>8}")
    print(f"{'previews':16}{preview_rate:10.1f}{embedding:13.1f}{preview_rate / complete_rate:8.1f}")
    print(f"{'complete photos':16}{complete_rate:10.1f}{storing:13.1f}{1:8.1f}", flush=True)


def embed(embedder: Embedder, pictures: Sequence[Pixels]) -> Vectors:
    batches = (np.stack(pictures[start : start + EMBED_BATCH]) for start in range(0, len(pictures), EMBED_BATCH))
    return np.concatenate([embedder.embed(batch) for batch in batches])


def read_and_embed(
    read: Callable[[Path], ReadPhoto | None], embedder: Embedder, files: Sequence[Path]
) -> tuple[list[Path], Vectors]:
    """Return the files that could be read, and their embeddings."""
    with ThreadPoolExecutor(decoders()) as pool:
        photos = list(pool.map(read, files))
    found = [(file, photo.pixels) for file, photo in zip(files, photos, strict=True) if photo]
    if not found:
        raise SystemExit("None of the photos has a preview, so there is nothing to compare.")
    return [file for file, _ in found], embed(embedder, [pixels for _, pixels in found if pixels is not None])


def best_others(queries: Vectors, photos: Vectors) -> tuple[list[int], list[bool]]:
    """Return the best other photo for each query, and whether the query's own photo ranks first."""
    scores = queries @ photos.T
    own_first = [bool(row[number] >= row.max()) for number, row in enumerate(scores)]
    np.fill_diagonal(scores, -1)
    return [int(row.argmax()) for row in scores], own_first


def embed_all(_: bytes) -> None:
    """Return no details, so that the photo is decoded."""


def measure_quality(files: Sequence[Path], models: Path) -> None:
    """Print how well search results from previews agree with those from complete photos."""
    embedder = load(choose(DEFAULT_MODEL), models)
    readers = IndexWorkers(embedder.input, embedder.preview_input, decoders(), models.parent / "thumbnails", embed_all)
    with_preview, previews = read_and_embed(readers.preview, embedder, files)
    _, complete = read_and_embed(readers.read, embedder, with_preview)
    readers.close()
    (best_preview, own_first), (best, _) = best_others(complete, previews), best_others(complete, complete)
    agree = np.mean([one == other for one, other in zip(best_preview, best, strict=True)])
    cosines = np.sum(previews * complete, axis=1)
    print(f"\n{len(with_preview)} of {len(files)} photos have a preview")
    print(f"same best other photo: {agree:.2f}; own preview ranks first: {np.mean(own_first):.2f}")
    median, low = np.percentile(cosines, [50, 10])
    print(f"cosine of preview and complete photo: median {median:.2f}, 10th percentile {low:.2f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--photos", type=int, default=2400)
    chosen = parser.parse_args()
    files = photos_in(chosen.folder)
    with tempfile.TemporaryDirectory() as scratch:
        asyncio.run(measure_speed(files, chosen.photos, Path(scratch)))
        measure_quality(files, Path(scratch, "library", "models"))


if __name__ == "__main__":
    main()
