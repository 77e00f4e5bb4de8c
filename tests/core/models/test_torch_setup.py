from __future__ import annotations

import sys

import pytest

from core.errors import ModelError
from core.models.torch_setup import prepare_torch


def test_installed_program_without_pytorch_names_the_package_that_contains_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    with pytest.raises(ModelError, match="Install the package semblance-pytorch"):
        prepare_torch.__wrapped__()


def test_checkout_without_pytorch_says_to_reinstall_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(ModelError, match=r"could not be loaded .* Reinstall it"):
        prepare_torch.__wrapped__()
