"""Two simple programs that embed photos, as baselines. `indexing.py` runs each in its own process.

    python tests/benchmarks/indexing_baselines.py timm|torchvision FOLDER SAMPLE

They decode photos at full size and use torch with its defaults and random weights, which do not affect the speed. Each
takes a sample of at most SAMPLE photos, and prints how many it embedded and the seconds from the first to the last.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import torch
from PIL import Image

from core.images.formats import formats
from core.models.torch_setup import prepare_torch
from tests.helpers.benchmarks.photo_copies import photos_in, sample

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from torch.nn import Module

BATCH = 256


def timm_baseline() -> tuple[Module, Callable[[Image.Image], torch.Tensor], int]:
    """Return a network, its transform and its batch size: ResNet-34, one photo at a time."""
    import timm
    from timm.data.config import resolve_data_config
    from timm.data.transforms_factory import create_transform

    network = timm.create_model("resnet34", pretrained=False, num_classes=0)
    transform = create_transform(**resolve_data_config({}, model=network))  # type: ignore[no-untyped-call]  # timm
    return network, transform, 1


def torchvision_baseline() -> tuple[Module, Callable[[Image.Image], torch.Tensor], int]:
    """Return a network, its transform and its batch size: ResNet-18 in large batches."""
    from torchvision import models, transforms

    network = models.resnet18(weights=None)
    network.fc = torch.nn.Identity()
    steps = [transforms.Resize(256), transforms.CenterCrop(224), transforms.ToTensor()]
    scaled = transforms.Normalize([0.485, 0.456, 0.406], [0.229, 0.224, 0.225])
    return network, transforms.Compose([*steps, scaled]), BATCH


def inputs(photos: Sequence[Path], transform: Callable[[Image.Image], torch.Tensor]) -> Iterator[torch.Tensor]:
    """Yield the transformed photos, without those that cannot be read."""
    for photo in photos:
        try:
            with Image.open(photo, formats=formats()) as image:
                picture = image.convert("RGB")
        except OSError:
            continue
        yield transform(picture)


def embed(network: Module, pictures: Iterator[torch.Tensor], batch: int) -> int:
    """Run the network on all pictures and return their number."""
    count, waiting = 0, list[torch.Tensor]()
    for picture in pictures:
        waiting.append(picture)
        count += 1
        if len(waiting) == batch:
            network(torch.stack(waiting))
            waiting.clear()
    if waiting:
        network(torch.stack(waiting))
    return count


def main() -> None:
    baseline, folder, size = sys.argv[1:]
    threads = torch.get_num_threads()
    prepare_torch()
    torch.set_num_threads(threads)  # undoes our own limit: the baselines use torch's defaults
    network, transform, batch = timm_baseline() if baseline == "timm" else torchvision_baseline()
    network.eval()
    photos = sample(photos_in(Path(folder)), int(size))
    with torch.inference_mode():
        network(torch.zeros(1, 3, 224, 224))
        began = time.monotonic()
        count = embed(network, inputs(photos, transform), batch)
        print(json.dumps({"photos": count, "seconds": time.monotonic() - began}))


if __name__ == "__main__":
    main()
