"""Models from timm, with its published weights and preprocessing."""

from __future__ import annotations

import difflib
import sys
from pathlib import PurePosixPath
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from core.errors import ModelError
from core.images.model_input import InputSpec, Resample
from core.models import weights
from core.models.download import fetch
from core.models.torch_setup import prepare_torch

if TYPE_CHECKING:
    from pathlib import Path

    from timm.models import PretrainedCfg
    from torch.nn import Module

    from core.models.download import OnDownload
    from core.models.registry import ModelChoice
    from core.models.weights import StateDict


def build(choice: ModelChoice, downloads: Path, on_download: OnDownload | None) -> tuple[Module, InputSpec]:
    """Return the network without its classifier head, and the input it expects.

    Raises:
        ModelError: timm has no such model, or the weights cannot be read or do not fit the network.
        DownloadError: The weights could not be downloaded.
    """
    prepare_torch()
    import timm

    name = choice.name.removeprefix("timm/")
    published = _published(name)
    file = choice.weights or _fetched(name, published, downloads, on_download)
    module: Module = timm.create_model(name, pretrained=False)
    head = published.classifier or ()
    weights.fit(module, _adapted(weights.read(file), module), (head,) if isinstance(head, str) else head, str(file))
    module.reset_classifier(0)  # type: ignore[operator]  # every timm network has it, but Module does not declare it
    return module, _input(module)


def _published(name: str) -> PretrainedCfg:
    import timm

    names = {*timm.list_models(), *timm.list_pretrained()}
    published = timm.get_pretrained_cfg(name) if name in names else None
    if published is None:
        suggestion = " or ".join(f"timm/{match}" for match in difflib.get_close_matches(name, sorted(names)))
        raise ModelError(f'timm has no model "{name}".{f" Did you mean {suggestion}?" if suggestion else ""}')
    return published


def _fetched(name: str, published: PretrainedCfg, downloads: Path, on_download: OnDownload | None) -> Path:
    from huggingface_hub.constants import ENDPOINT

    if published.hf_hub_id:
        repository, _, revision = published.hf_hub_id.partition("@")
        url = f"{ENDPOINT}/{repository}/resolve/{revision or 'main'}/model.safetensors"
        return fetch(url, downloads / f"timm-{name}.safetensors", None, on_download)
    url = published.url if isinstance(published.url, str) else ""
    if not url:
        raise ModelError(f"No weights are published for timm/{name}. Choose another model, or pass --weights FILE.")
    file = PurePosixPath(urlsplit(url).path)
    return fetch(url, downloads / f"timm-{name}{file.suffix}", None, on_download)


def _adapted(given: StateDict, module: Module) -> StateDict:
    """Return the weights with the names and shapes of the installed timm, in case the file is from an older one."""
    own = module.state_dict()
    if all(name in given and given[name].shape == own[name].shape for name in own) and given.keys() <= own.keys():
        return given
    adapt = getattr(sys.modules[type(module).__module__], "checkpoint_filter_fn", None)
    try:
        return adapt(given, module) if adapt else given
    except (AttributeError, IndexError, KeyError, RuntimeError, TypeError, ValueError):
        return given  # timm cannot convert these weights; `weights.fit` reports what does not match


def _input(module: Module) -> InputSpec:
    from timm.data.config import resolve_model_data_config

    config = resolve_model_data_config(module)  # type: ignore[no-untyped-call]  # timm has no annotations here
    _, height, width = config["input_size"]
    squeezed = config["crop_mode"] == "squash" and config["crop_pct"] == 1
    shorter_side = 0 if squeezed else int(min(height, width) / config["crop_pct"])
    return InputSpec(height, width, shorter_side, Resample(config["interpolation"]), config["mean"], config["std"])
