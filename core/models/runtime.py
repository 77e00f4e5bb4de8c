"""Loads a model ready to run, and converts it first if the cache does not have it."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from core.errors import ModelError
from core.models import bundled, conversion
from core.models.openvino_runtime import OpenVinoEmbedder, OpenVinoError, version
from core.models.registry import Source
from core.models.torch_runtime import TorchEmbedder

if TYPE_CHECKING:
    from collections.abc import Callable

    from core.models.conversion import Conversion
    from core.models.download import OnDownload
    from core.models.embedder import Embedder
    from core.models.registry import ModelChoice

log = logging.getLogger(__name__)

SHIPPED = Path(__file__).resolve().parents[2] / "resources" / "models" / "converted"
"""The cache of the models that an installed program brings along, which nobody writes to. A checkout has none."""


def load(
    choice: ModelChoice,
    cache_dir: Path,
    runtime: Literal["openvino", "torch"] = "openvino",
    on_download: OnDownload | None = None,
    is_cancelled: Callable[[], bool] | None = None,
) -> Embedder:
    """Return a model ready to run. A model that is already converted loads in half a second, without PyTorch.

    If OpenVINO cannot be loaded or does not support the network, PyTorch runs it. This gives the same embeddings, but
    more slowly.

    `on_download` is called with the bytes received and the total. `is_cancelled` is polled while the model is prepared.

    Raises:
        ModelError: There is no such model, its weights do not fit, or it cannot be run or stored.
        DownloadError: Its weights could not be downloaded.
    """
    downloads, parts = cache_dir / "weights", bundled.parts(choice)
    if runtime == "torch":
        return _in_torch(choice, downloads, on_download)
    try:
        found = _usable(choice, cache_dir)
        if found is None:
            from core.models.conversion_process import convert_in_process  # imported here, like `build` below

            convert_in_process(choice, cache_dir, downloads, on_download, is_cancelled)
            found = _usable(choice, cache_dir)
        if found is None:
            raise ModelError(
                f"The model {choice.name} was damaged while it was stored in {cache_dir}. Check that disk for errors."
            )
        converted, folder = found
        preview_input = bundled.PREVIEW_INPUT if choice.source is Source.PACKAGE else converted.input
        return OpenVinoEmbedder(converted, folder, preview_input, parts)
    except OpenVinoError as error:
        log.warning("%s PyTorch runs the model instead, which is slower.", error)
        return _in_torch(choice, downloads, on_download)


def is_converted(choice: ModelChoice, cache_dir: Path) -> bool:
    """Return whether `load` can run the model with OpenVINO without writing to the cache."""
    try:
        return _usable(choice, cache_dir) is not None
    except OpenVinoError:
        return False


def cached_spec(choice: ModelChoice, cache_dir: Path) -> Conversion | None:
    """Return the `dim` and the `input` of a model without loading it, or None if it was never loaded before."""
    return conversion.cached(choice.key, SHIPPED) or conversion.cached(choice.key, cache_dir)


def _in_torch(choice: ModelChoice, downloads: Path, on_download: OnDownload | None) -> TorchEmbedder:
    from core.models.pretrained import build  # imported here, because a converted model loads sooner without it

    return TorchEmbedder(build(choice, downloads, on_download), bundled.parts(choice))


def _usable(choice: ModelChoice, cache_dir: Path) -> tuple[Conversion, Path] | None:
    """Return the converted model and its folder, or None if there is none that can be used."""
    for cache in (SHIPPED, cache_dir):
        if converted := conversion.usable(choice.key, cache, version()):
            return converted, conversion.folder_of(choice.key, cache)
    return None
