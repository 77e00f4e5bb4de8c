"""Loads models to run: converted ones from the cache, or converts them first."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Literal

from core.embedding import conversion
from core.embedding.openvino_runtime import OpenVinoEmbedder, convert, version
from core.embedding.openvino_setup import OpenVinoError
from core.embedding.pretrained import build
from core.embedding.torch_runtime import TorchEmbedder

if TYPE_CHECKING:
    from pathlib import Path

    from core.embedding.conversion import Conversion
    from core.embedding.download import OnDownload
    from core.embedding.embedder import Embedder
    from core.embedding.registry import ModelChoice

log = logging.getLogger(__name__)


def load(
    choice: ModelChoice,
    cache_dir: Path,
    runtime: Literal["openvino", "torch"] = "openvino",
    on_download: OnDownload | None = None,
) -> Embedder:
    """Return a model ready to run. A model that was converted before loads without torch, in half a second.

    Where OpenVINO does not start or does not know the network, torch runs it: the same embeddings, more slowly.

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
            pretrained = build(choice, downloads, on_download)
            ready = conversion.keep(choice.key, cache_dir, lambda draft: convert(pretrained, draft))
        return OpenVinoEmbedder(ready, conversion.folder_of(choice.key, cache_dir))
    except OpenVinoError as error:
        log.warning("%s Torch runs the model instead, more slowly.", error)
        return TorchEmbedder(build(choice, downloads, on_download))


def cached_spec(choice: ModelChoice, cache_dir: Path) -> Conversion | None:
    """Return the `dim` and the `input` of a model that was loaded before, without loading it; None for a new one."""
    return conversion.kept(choice.key, cache_dir)
