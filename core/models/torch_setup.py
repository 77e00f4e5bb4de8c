"""Prepares PyTorch and torchvision for use. The first import of them must go through `prepare_torch`."""

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

_REMEDY = (
    "Install the package semblance-pytorch of the same version, or unpack its archive in the folder of the program."
    if sys.platform == "linux"
    else "There is no package of it for this system yet. Use the default model."
)


@cache
def prepare_torch() -> Library | None:
    """Import torch and torchvision, and leave one core to the rest of the program. Call this before any use of torch.

    Returns the library that declares torchvision's operators, or None if torchvision declares them itself. The
    declarations last as long as that object, which the cache keeps alive.

    Raises:
        ModelError: PyTorch is not installed or cannot be loaded.
    """
    try:
        import torch

        # torch applies this to all of its thread pools only before its first operation.
        torch.set_num_threads(max(1, (os.cpu_count() or 1) - 1))
        return _import_torchvision()
    except (ImportError, OSError) as error:
        is_installed_program = getattr(sys, "frozen", False)
        if is_installed_program and getattr(error, "name", "") == "torch":
            raise ModelError(f"This model needs PyTorch, which is not part of the program. {_REMEDY}") from error
        raise ModelError(f"PyTorch, which prepares new models, could not be loaded ({error}). Reinstall it.") from error


def _import_torchvision() -> Library | None:
    try:
        import_module("torchvision")
    except RuntimeError as error:
        # A torchvision compiled for another build of torch (CUDA instead of CPU) cannot load its own operators, and its
        # import then fails because they are not declared. No model here calls them, so declaring them is enough.
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

    operators = Library("torchvision", "FRAGMENT")  # type: ignore[no-untyped-call]  # torch has no annotations here
    for schema in _OPERATORS:
        operators.define(schema)  # type: ignore[no-untyped-call]  # nor here
    return operators
