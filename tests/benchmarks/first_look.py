"""What the first look at photos is worth: how much faster it is, and how often it finds what reading them whole finds.

    python tests/benchmarks/first_look.py FOLDER

Takes every photo of FOLDER that carries a small picture, and embeds both that and the whole photo with the default
model. Each whole photo is then a query against all the others, once as they are at first look and once as they are
when read whole. Told are: how many photos have a first look; photos a second of both ways, one after the other on all
cores, from file to embedding; in how many of the queries the best other photo is the same; in how many the photo's own
first look comes first; and the median and the lowest tenth of the cosines between first look and whole photo.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import numpy as np

from core.embedding.registry import choose
from core.embedding.runtime import load
from core.image.reader_process import Readers
from core.image.scan import walk
from core.pipeline import EMBED_BATCH
from core.settings import DEFAULT_MODEL
from core.workers import decoders

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from core.embedding.embedder import Embedder
    from core.image.reader import ReadPhoto
    from core.types import Pixels, Vectors


def photos_in(folder: Path) -> list[Path]:
    """Return the photos of a folder, at any depth."""
    return sorted(file.path for found in walk(folder, folder / "no library") for file in found.photos)


def embed(embedder: Embedder, pictures: Sequence[Pixels]) -> Vectors:
    """Return the embeddings of pictures."""
    batches = (np.stack(pictures[start : start + EMBED_BATCH]) for start in range(0, len(pictures), EMBED_BATCH))
    return np.concatenate([embedder.embed(batch) for batch in batches])


def timed(
    read: Callable[[Path], ReadPhoto | None], embedder: Embedder, files: Sequence[Path]
) -> tuple[Vectors, list[Path], float]:
    """Return the embeddings of the files that could be read, these files, and how many of all files a second."""
    began = time.monotonic()
    with ThreadPoolExecutor(decoders()) as pool:
        photos = list(pool.map(read, files))
    seen = [(file, photo.pixels) for file, photo in zip(files, photos, strict=True) if photo]
    vectors = embed(embedder, [pixels for _, pixels in seen if pixels is not None])
    return vectors, [file for file, _ in seen], len(files) / (time.monotonic() - began)


def best_others(queries: Vectors, photos: Vectors) -> tuple[list[int], list[bool]]:
    """Return the best other photo for each query, and whether its own one comes first of all."""
    scores = queries @ photos.T
    own_first = [bool(row[number] >= row.max()) for number, row in enumerate(scores)]
    np.fill_diagonal(scores, -1)
    return [int(row.argmax()) for row in scores], own_first


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    files = photos_in(parser.parse_args().folder)
    with tempfile.TemporaryDirectory() as models:
        embedder = load(choose(DEFAULT_MODEL), Path(models))
        readers = Readers(embedder.input, decoders())
        _, carriers, _ = timed(readers.preview, embedder, files)  # the processes start, and files come into the cache
        first, _, first_rate = timed(readers.preview, embedder, carriers)
        whole, _, whole_rate = timed(lambda file: readers.read(file, lambda _: None), embedder, carriers)
        readers.close()
    (early, own), (late, _) = best_others(whole, first), best_others(whole, whole)
    agree = np.mean([one == other for one, other in zip(early, late, strict=True)])
    cosines = np.sum(first * whole, axis=1)
    print(f"{len(carriers)} of {len(files)} photos have a first look")
    print(f"photos/s: first look {first_rate:.0f}, whole {whole_rate:.0f}, ratio {first_rate / whole_rate:.1f}")
    print(f"same best other photo: {agree:.2f}; own first look comes first: {np.mean(own):.2f}")
    median, low = np.percentile(cosines, [50, 10])
    print(f"cosine of first look and whole: median {median:.2f}, lowest tenth {low:.2f}")


if __name__ == "__main__":
    main()
