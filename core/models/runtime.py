"""Loads models to run: converted ones from the cache, or converts them first."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Literal

from core.errors import ModelError
from core.models import conversion
from core.models.conversion_process import convert_apart
from core.models.openvino_runtime import OpenVinoEmbedder, version
from core.models.openvino_setup import OpenVinoError
from core.models.pretrained import build
from core.models.torch_runtime import TorchEmbedder

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from core.models.conversion import Conversion
    from core.models.download import OnDownload
    from core.models.embedder import Embedder
    from core.models.registry import ModelChoice

log = logging.getLogger(__name__)


def load(
    choice: ModelChoice,
    cache_dir: Path,
    runtime: Literal["openvino", "torch"] = "openvino",
    on_download: OnDownload | None = None,
    is_cancelled: Callable[[], bool] | None = None,
) -> Embedder:
    """Return a model ready to run. A model that was converted before loads without torch, in half a second.

    Where OpenVINO does not start or does not know the network, torch runs it: the same embeddings, more slowly.

    `on_download` hears of bytes that are there and those that there will be; `is_cancelled` is asked now and then.

    Raises:
        ModelError: There is no such model, its weights do not fit, or it cannot be run or stored.
        DownloadError: Its weights could not be fetched.
    """
    downloads = cache_dir / "weights"
    if runtime == "torch":
        return TorchEmbedder(build(choice, downloads, on_download))
    try:
        ready = conversion.whole(choice.key, cache_dir, version())
        if ready is None:
            convert_apart(choice, cache_dir, downloads, on_download, is_cancelled)
            ready = conversion.whole(choice.key, cache_dir, version())
        if ready is None:
            raise ModelError(f"The model {choice.name} cannot be kept in {cache_dir}. Check that its disk is sound.")
        return OpenVinoEmbedder(ready, conversion.folder_of(choice.key, cache_dir))
    except OpenVinoError as error:
        log.warning("%s Torch runs the model instead, more slowly.", error)
        return TorchEmbedder(build(choice, downloads, on_download))


def cached_spec(choice: ModelChoice, cache_dir: Path) -> Conversion | None:
    """Return the `dim` and the `input` of a model that was loaded before, without loading it; None for a new one."""
    return conversion.kept(choice.key, cache_dir)
