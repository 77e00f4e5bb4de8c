"""Makes torch and torchvision ready to use: the one place that imports them first."""

from __future__ import annotations

import os
import sys
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING

from core.errors import ModelError

if TYPE_CHECKING:
    from torch.library import Library

_OPERATORS = (
    "nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
    "qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
)


@cache
def prepare_torch() -> Library | None:
    """Import torch and torchvision, leaving a core to the rest of the program. To be called before any use of torch.

    Returns what keeps torchvision's operators declared, where that took our help; the cache keeps it alive.

    Raises:
        ModelError: PyTorch is not installed or does not start.
    """
    try:
        import torch

        # Only before the first operation does torch take this for all of its thread pools.
        torch.set_num_threads(max(1, (os.cpu_count() or 1) - 1))
        return _import_torchvision()
    except (ImportError, OSError) as error:
        raise ModelError(f"PyTorch, which models need at first, does not start ({error}). Install it again.") from error


def _import_torchvision() -> Library | None:
    try:
        import_module("torchvision")
    except RuntimeError as error:
        # A torchvision that was compiled for another build of torch (CUDA beside CPU) cannot load its own operators,
        # and then stops because they are not declared. No model here calls them: a declaration is all it takes.
        if "torchvision::nms" not in str(error):
            raise
        operators = _declare_operators()
        for name in [name for name in sys.modules if name.partition(".")[0] == "torchvision"]:
            del sys.modules[name]
        import_module("torchvision")

        return operators
    return None


def _declare_operators() -> Library:
    from torch.library import Library

    operators = Library("torchvision", "FRAGMENT")  # type: ignore[no-untyped-call]  # torch has no annotations there
    for schema in _OPERATORS:
        operators.define(schema)  # type: ignore[no-untyped-call]  # nor there
    return operators
