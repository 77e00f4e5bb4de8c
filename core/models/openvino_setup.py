"""Prepares OpenVINO for use. The first import of it must go through `prepare_openvino`."""

from __future__ import annotations

import sys
from importlib import import_module

from core.errors import ModelError


class OpenVinoError(ModelError):
    """OpenVINO is not installed or cannot run a model. PyTorch may still be able to run it."""


def prepare_openvino() -> None:
    """Import OpenVINO with its telemetry switched off. Call this before any use of OpenVINO.

    Raises:
        OpenVinoError: OpenVINO is not installed or cannot be loaded.
    """
    # OpenVINO reports every conversion to Google Analytics unless the user has opted out. If its telemetry package
    # cannot be imported, it falls back to a stub that sends nothing. A None in `sys.modules` makes that import fail.
    sys.modules["openvino_telemetry"] = None  # type: ignore[assignment]  # None blocks the import
    try:
        import_module("openvino")
    except (ImportError, OSError) as error:
        raise OpenVinoError(f"OpenVINO could not be loaded ({error}).") from error
