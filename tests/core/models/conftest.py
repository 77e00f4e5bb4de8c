from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from core.models.registry import ModelChoice, choose
from core.models.runtime import load
from core.models.torch_setup import prepare_torch
from tests.helpers.engine.converted_model import converted_default_model
from tests.helpers.engine.file_server import FileServer, running

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from core.models.embedder import Embedder
    from core.types import Pixels


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[FileServer]:
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with running() as server:
        yield server


@pytest.fixture(scope="session")
def default_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return converted_default_model(tmp_path_factory)


@pytest.fixture(scope="session")
def default_model(default_cache: Path) -> Embedder:
    return load(choose("efficientnet-lite0"), default_cache)


@pytest.fixture(scope="session")
def tiny_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a file with random weights for the smallest network in timm."""
    prepare_torch()
    import timm
    import torch
    from safetensors.torch import save_file

    torch.manual_seed(1)
    file = tmp_path_factory.mktemp("tiny") / "tiny.safetensors"
    save_file(timm.create_model("test_resnet", pretrained=False).state_dict(), file)
    return file


@pytest.fixture(scope="session")
def tiny(tiny_file: Path) -> ModelChoice:
    return choose("timm/test_resnet.r160_in1k", tiny_file)


@pytest.fixture(scope="session")
def converted(tiny: ModelChoice, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a cache that contains the smallest network, converted. All tests share it, so change only a copy."""
    cache = tmp_path_factory.mktemp("converted")
    load(tiny, cache)
    return cache


@pytest.fixture(scope="session")
def pictures() -> Pixels:
    """Return 35 different pictures of 224 x 224: waves of many colours, directions and lengths."""
    random = np.random.default_rng(7)
    rows, columns = np.mgrid[0:224, 0:224] / 224
    batch = np.empty((35, 224, 224, 3), np.uint8)
    for picture in batch:
        for channel in range(3):
            down, across, phase = random.uniform(-12, 12, 3)
            picture[..., channel] = 127 + 120 * np.sin(down * rows + across * columns + phase)
    return batch
