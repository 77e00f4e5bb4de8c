from __future__ import annotations

import warnings

import pytest

import core.image.decoder  # noqa: F401 - it decides which of Pillow's warnings are ignored


@pytest.fixture(autouse=True)
def _pillow_warns_of_nothing() -> None:
    """Repeat what the decoder does when it is imported: pytest begins every test with filters of its own."""
    warnings.filterwarnings("ignore", module=r"PIL\.")
