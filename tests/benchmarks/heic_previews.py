"""Measures how soon HEIC photos are found, and how fast they are read completely after that. Linux only.

    python tests/benchmarks/heic_previews.py FOLDER [--photos 1000] [--complete 60]

Indexes copies of the HEIC photos in FOLDER into a new library. A photo without a thumbnail gets one of 320 pixels, as
phones write it; for that it is encoded again. The bytes of each copy are unique. The run is stopped when --complete
photos have been read completely.

The first table compares the first look of the run, at the thumbnails, with indexing the same photos without it, and
with the same pictures as JPEG photos. It shows photos per second, the ratio, and the seconds until all photos are
searchable. They are measured for the first look, from the start of the run with an open engine until the status says
so, and calculated from the rate for the others and for 10,000 photos.

The second table shows the share of the limit that the run reaches: the CPU time for nothing but reading thumbnails and
running the model, or for nothing but decoding, divided by that of the run per photo. The limit is the mean of a
measurement before and one after the run. The last column shows the number of cores that the run kept busy.
"""

from __future__ import annotations

import argparse
import asyncio
import io
import os
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING
from unittest.mock import patch

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import numpy as np
from PIL import Image

from core.engine import Engine
from core.images.decoder import decode
from core.images.embedded_preview import read_preview
from core.images.formats import formats
from core.images.reader import read_bytes, shortest_side
from core.indexing.pipeline import EMBED_BATCH
from core.library.settings import DEFAULT_MODEL, Settings
from core.models.registry import choose
from core.models.runtime import load
from core.reports import Stage
from core.workers import NICENESS, decoders, streams
from tests.helpers.benchmarks.photo_copies import photos_in, sample, write_copies
from tests.helpers.benchmarks.process_usage import cpu_seconds

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from core.images.model_input import InputSpec
    from core.models.embedder import Embedder
    from core.reports import Progress

THUMBNAIL_SIDE, TILE_SIDE = 320, 512
POLL_SECONDS = 0.25
FIRST = 16
"""Photos of a stage that do not count, because they fill the pipeline."""


@dataclass(frozen=True, slots=True)
class Reached:
    """How far a run was in a stage, and when: in seconds, and in CPU seconds."""

    done: int
    seconds: float
    cpu: float


@dataclass(frozen=True, slots=True)
class Speed:
    """Photos per second, and the CPU seconds of each."""

    rate: float
    cpu: float


class Run:
    """The progress of an indexing run that is stopped when some photos have been read completely."""

    def __init__(self, complete: int) -> None:
        self._complete = complete
        self._task: asyncio.Task[object] | None = None
        self._first: dict[Stage, Reached] = {}
        self._last: dict[Stage, Reached] = {}

    async def index(self, engine: Engine, folder: Path) -> None:
        self._task = asyncio.create_task(engine.index([folder], self._record))
        await self._task

    def speed(self, stage: Stage) -> Speed:
        """Return the speed of a stage."""
        first, last = self._first[stage], self._last[stage]
        done = last.done - first.done
        return Speed(done / (last.seconds - first.seconds), (last.cpu - first.cpu) / done)

    def _record(self, progress: Progress) -> None:
        if progress.done >= FIRST:
            self._last[progress.stage] = Reached(progress.done, time.monotonic(), cpu_seconds())
            self._first.setdefault(progress.stage, self._last[progress.stage])
        if self._task and progress.stage is Stage.EMBEDDING and progress.done >= self._complete:
            self._task.cancel()


async def index(folder: Path, library: Path, complete: int) -> Run:
    """Index a folder into a new library until some photos have been read completely."""
    async with Engine(library, Settings()) as engine:
        await engine.warm_up()
        result = Run(complete)
        await result.index(engine, folder)
        return result


async def first_look(folder: Path, library: Path, photos: int, complete: int) -> tuple[Run, float]:
    """Index a folder like `index`, and return also the seconds until all photos were searchable."""
    async with Engine(library, Settings()) as engine:
        await engine.warm_up()
        result, began = Run(complete), time.monotonic()
        indexing = asyncio.create_task(result.index(engine, folder))
        while (await engine.status()).searchable < photos:
            if indexing.done():
                raise SystemExit("The run was stopped before all photos were searchable.")
            await asyncio.sleep(POLL_SECONDS)
        seconds = time.monotonic() - began
        await indexing
        return result, seconds


def with_thumbnail(photo: Path) -> bytes:
    """Return a HEIC photo with a thumbnail."""
    data = photo.read_bytes()
    with Image.open(io.BytesIO(data)) as image:
        if image.info["thumbnails"]:
            return data
        target = io.BytesIO()
        options = {"thumbnails": [THUMBNAIL_SIDE], "tile_size": TILE_SIDE, "enc_params": {"preset": "ultrafast"}}
        image.save(target, "HEIF", quality=60, **options)
        return target.getvalue()


def write_originals(photos: Sequence[Path], heic: Path, jpeg: Path) -> None:
    """Write each HEIC photo with a thumbnail to one folder, and as a JPEG to the other."""
    for folder in (heic, jpeg):
        folder.mkdir()
    for photo in photos:
        data = with_thumbnail(photo)
        (heic / photo.name).write_bytes(data)
        with Image.open(io.BytesIO(data)) as image:
            image.convert("RGB").save((jpeg / photo.name).with_suffix(".jpg"), quality=90)


def decode_completely(spec: InputSpec, photo: Path) -> None:
    decode(read_bytes(photo), shortest_side(spec))


def look_at(spec: InputSpec, photo: Path) -> None:
    if read_preview(photo, spec) is None:
        raise SystemExit(f"The thumbnail of {photo} cannot be used.")


def cpu_of_processes(work: Callable[[Path], None], photos: Sequence[Path]) -> float:
    """Return the CPU seconds per photo if all cores do nothing else."""
    with ProcessPoolExecutor(decoders(), get_context("spawn"), partial(os.nice, NICENESS)) as pool:
        list(pool.map(work, photos[:FIRST]))
        before = cpu_seconds()
        list(pool.map(work, photos))
        return (cpu_seconds() - before) / len(photos)


def cpu_of_model(embedder: Embedder, photos: int) -> float:
    """Return the CPU seconds per thumbnail if all cores do nothing but embed, as an indexing run does."""
    spec, count = embedder.preview_input, photos // EMBED_BATCH
    batch = np.random.default_rng(0).integers(0, 256, (EMBED_BATCH, spec.height, spec.width, 3), np.uint8)
    embed = partial(embedder.embed, background=True)
    embed(batch)
    with ThreadPoolExecutor(streams()) as pool:
        before = cpu_seconds()
        list(pool.map(embed, [batch] * count))
        return (cpu_seconds() - before) / (count * EMBED_BATCH)


def limits(embedder: Embedder, photos: Sequence[Path], complete: int) -> tuple[float, float, float]:
    """Return the CPU seconds per photo of reading thumbnails, of running the model, and of decoding."""
    return (
        cpu_of_processes(partial(look_at, embedder.preview_input), photos),
        cpu_of_model(embedder, len(photos)),
        cpu_of_processes(partial(decode_completely, embedder.input), sample(photos, complete)),
    )


def measure(folder: Path, count: int, complete: int, scratch: Path) -> None:
    """Print both tables."""
    formats()  # registers the format
    originals = [photo for photo in photos_in(folder) if photo.suffix.lower() == ".heic"]
    if not originals:
        raise SystemExit(f"There is no HEIC photo in {folder}.")
    write_originals(originals, scratch / "heic", scratch / "jpeg")
    for kind in ("heic", "jpeg"):
        write_copies(photos_in(scratch / kind), count, scratch / f"{kind} copies")
    photos = photos_in(scratch / "heic copies")
    embedder = load(choose(DEFAULT_MODEL), scratch / "first" / "models")

    before = limits(embedder, photos, complete)
    run, searchable = asyncio.run(first_look(scratch / "heic copies", scratch / "first", count, complete))
    after = limits(embedder, photos, complete)
    with patch("core.indexing.run.is_worth_previewing", lambda _: False):
        plain = asyncio.run(index(scratch / "heic copies", scratch / "plain", complete)).speed(Stage.EMBEDDING)
        jpeg = asyncio.run(index(scratch / "jpeg copies", scratch / "of jpeg", count)).speed(Stage.EMBEDDING)
    look, refined = run.speed(Stage.PREVIEWING), run.speed(Stage.EMBEDDING)

    print(f"{count} photos\n{'':30}{'photos/s':>10}{'ratio':>7}{'searchable s':>14}{'10,000 photos':>15}")
    for name, speed, seconds in (
        ("HEIC, first look", look, searchable),
        ("HEIC without first look", plain, count / plain.rate),
        ("JPEG without first look", jpeg, count / jpeg.rate),
    ):
        many = seconds + (10_000 - count) / speed.rate
        print(f"{name:30}{speed.rate:10.1f}{speed.rate / plain.rate:7.1f}{seconds:14.1f}{many:15.0f}")
    thumbnail, model, decoding = ((one + other) / 2 for one, other in zip(before, after, strict=True))
    print(f"\n{'':30}{'CPU ms/photo':>12}{'limit':>9}{'of limit':>10}{'cores':>7}")
    for name, speed, limit in (
        ("first look", look, thumbnail + model),
        ("complete photos after it", refined, decoding),
    ):
        share, cores = limit / speed.cpu, speed.cpu * speed.rate
        print(f"{name:30}{1000 * speed.cpu:12.1f}{1000 * limit:9.1f}{share:10.2f}{cores:7.2f}")
    print(f"limit of the first look: {1000 * thumbnail:.1f} ms for the thumbnail, {1000 * model:.1f} ms for the model")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--photos", type=int, default=1000)
    parser.add_argument("--complete", type=int, default=60)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        measure(chosen.folder, chosen.photos, chosen.complete, Path(scratch))


if __name__ == "__main__":
    main()
