"""Measures the cost of decoding and of embedding separately. `indexing.py` runs each in its own process.

    python tests/benchmarks/indexing_steps.py decode|embed FOLDER MODELS

Uses the program's own code on all cores. Prints JSON: the number of photos, the seconds from the first photo to the
last, and the CPU seconds of each step. Time on a decoder's own threads counts as decoding. `preview` is the time for
extracting previews, and `previews` is the number of files that have one.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import numpy as np

from core.errors import DecodeError
from core.images.decoder import decode, fit
from core.images.embedded_preview import is_worth_previewing, read_preview
from core.images.reader import content_key, read_bytes, shortest_side
from core.indexing.pipeline import EMBED_BATCH
from core.library.settings import DEFAULT_MODEL
from core.models.bundled import PREVIEW_INPUT
from core.models.registry import choose
from core.models.runtime import cached_spec, load
from core.types import PhotoFile
from core.workers import streams
from tests.helpers.benchmarks.photo_copies import photos_in

if TYPE_CHECKING:
    from core.images.model_input import InputSpec
    from core.types import Pixels

CORES = os.cpu_count() or 1
EMBED_S = 4.0


def read(spec: InputSpec, photo: Path) -> tuple[dict[str, float], Pixels | None]:
    """Return the CPU seconds of each step for one photo, and its pixels, or an empty dict and None if it is broken."""
    moments = [time.thread_time()]
    try:
        data = read_bytes(photo)
        moments.append(time.thread_time())
        content_key(data)
        moments.append(time.thread_time())
        picture = decode(data, shortest_side(spec))
    except DecodeError:
        return {}, None
    moments.append(time.thread_time())
    pixels = fit(picture.image, spec)
    moments.append(time.thread_time())
    steps = zip(("read", "hash", "decode", "fit"), np.diff(moments), strict=True)
    return {"photos": 1, "megapixels": picture.width * picture.height / 1e6, **dict(steps)}, pixels


def preview(spec: InputSpec, photo: Path) -> dict[str, float]:
    """Return the CPU seconds for reading the preview of a photo, and whether there is one."""
    size, began = photo.stat().st_size, time.thread_time()
    found = is_worth_previewing(PhotoFile(photo, size, 0)) and read_preview(photo, spec) is not None
    return {"preview": time.thread_time() - began, "previews": found}


def measure_decoding(photos: list[Path], spec: InputSpec) -> dict[str, float]:
    """Read all previews, then read, hash, decode and fit all photos."""
    total: defaultdict[str, float] = defaultdict(float)
    with ThreadPoolExecutor(CORES) as pool:
        for cost in pool.map(partial(preview, PREVIEW_INPUT), photos):
            for step, value in cost.items():
                total[step] += value
    began, cpu = time.monotonic(), time.process_time()
    with ThreadPoolExecutor(CORES) as pool:
        for cost, _ in pool.map(partial(read, spec), photos):
            for step, value in cost.items():
                total[step] += value
    decoder_threads = time.process_time() - cpu - sum(total[step] for step in ("read", "hash", "decode", "fit"))
    total["decode"] += max(0.0, decoder_threads)
    return {**total, "seconds": time.monotonic() - began}


def measure_embedding(step: str, photos: list[Path], models: Path) -> dict[str, float]:
    """Run the model on a few batches of the photos repeatedly, in the background as an indexing run does.

    With the step "embed preview", they have the size of embedded previews.
    """
    embedder = load(choose(DEFAULT_MODEL), models)
    spec = embedder.preview_input if step == "embed preview" else embedder.input
    found = [pixels for photo in photos[: 16 * EMBED_BATCH] if (pixels := read(spec, photo)[1]) is not None]
    pictures = np.stack(found)
    batches = [pictures[start : start + EMBED_BATCH] for start in range(0, len(pictures), EMBED_BATCH)]
    embed = partial(embedder.embed, background=True)
    embed(batches[0])
    count = 0
    began, cpu = time.monotonic(), time.process_time()
    with ThreadPoolExecutor(streams()) as pool:
        while time.monotonic() - began < EMBED_S:
            count += sum(map(len, pool.map(embed, batches)))
    return {"photos": count, step: time.process_time() - cpu, "seconds": time.monotonic() - began}


def main() -> None:
    step, folder, models = sys.argv[1:]
    photos = photos_in(Path(folder))
    known = cached_spec(choose(DEFAULT_MODEL), Path(models))
    assert known, "the model has not been converted"
    costs = measure_decoding(photos, known.input) if step == "decode" else measure_embedding(step, photos, Path(models))
    print(json.dumps(costs))


if __name__ == "__main__":
    main()
