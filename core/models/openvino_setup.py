"""Makes OpenVINO ready to use: the one place that imports it first."""

from __future__ import annotations

import sys
from importlib import import_module

from core.errors import ModelError


class OpenVinoError(ModelError):
    """OpenVINO is not there, or cannot run a model that torch may be able to run."""


def prepare_openvino() -> None:
    """Import OpenVINO so that it reports to nobody. To be called before any use of it.

    Raises:
        OpenVinoError: OpenVINO is not installed or does not start.
    """
    # OpenVINO tells Google Analytics about every conversion unless the user has opted out. Where its reporting package
    # cannot be imported it falls back to a stub that sends nothing; None makes Python say that there is none.
    sys.modules["openvino_telemetry"] = None  # type: ignore[assignment]  # Python allows it: "there is none"
    try:
        import_module("openvino")
    except (ImportError, OSError) as error:
        raise OpenVinoError(f"OpenVINO does not start ({error}).") from error
