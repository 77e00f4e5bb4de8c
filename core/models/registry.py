"""The models to choose from, and the keys of their embeddings. Does not need PyTorch."""

from __future__ import annotations

import difflib
import hashlib
import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from core.errors import ModelError
from core.library.settings import DEFAULT_MODEL

if TYPE_CHECKING:
    from pathlib import Path


class Source(StrEnum):
    """Where the network of a model comes from."""

    PACKAGE = "package"
    TORCHVISION = "torchvision"
    TIMM = "timm"


@dataclass(frozen=True, slots=True)
class ModelChoice:
    """A model and its weights.

    Embeddings with the same `key` are comparable. `weights` is the user's own file, or None for those that `source`
    publishes.
    """

    name: str
    key: str
    source: Source
    weights: Path | None = None


@dataclass(frozen=True, slots=True)
class _BuiltIn:
    """A built-in model. `digest` is the beginning of the SHA-256 of its published weights (and of its linear maps)."""

    name: str
    source: Source
    digest: str


_BUILT_IN = (
    _BuiltIn(DEFAULT_MODEL, Source.PACKAGE, "57934424-caef2a56"),
    _BuiltIn("resnet18", Source.TORCHVISION, "f37072fd"),
    _BuiltIn("resnet34", Source.TORCHVISION, "b627a593"),
    _BuiltIn("resnet50", Source.TORCHVISION, "11ad3fa6"),
    _BuiltIn("resnet152", Source.TORCHVISION, "f82ba261"),
)
PROJECTED = ModelChoice(DEFAULT_MODEL, f"{DEFAULT_MODEL}-57934424-cbd6f1b8", Source.PACKAGE)
"""The default model of the versions up to 0.2. It answers in their libraries until the new one has read all photos."""

_TIMM_NAME = re.compile(r"timm/[a-z0-9_]+(\.[a-z0-9_]+)?")


def offered() -> tuple[str, ...]:
    """Return the names of the built-in models, the default first. Any `timm/NAME` can be chosen as well."""
    return tuple(model.name for model in _BUILT_IN)


def choose(name: str, weights: Path | None = None) -> ModelChoice:
    """Return the model with this name. Loading it checks whether timm has a `timm/NAME`.

    Raises:
        ModelError: There is no such model, or the weights file cannot be read.
    """
    source, key = _published(name)
    if weights is not None:
        key = f"{name}-{_digest(weights)[:8]}"
    return ModelChoice(name, key, source, weights)


def predecessor(choice: ModelChoice) -> ModelChoice | None:
    """Return the model that this one has replaced in a newer version of the program, or None."""
    return PROJECTED if choice == choose(DEFAULT_MODEL) else None


def _published(name: str) -> tuple[Source, str]:
    if _TIMM_NAME.fullmatch(name):
        return Source.TIMM, name
    for model in _BUILT_IN:
        if model.name == name:
            return model.source, f"{name}-{model.digest}"
    matches = difflib.get_close_matches(name.lower(), offered())
    suggestion = f" Did you mean {' or '.join(matches)}?" if matches else ""
    raise ModelError(f'There is no model "{name}".{suggestion} Available models: {", ".join(offered())} and timm/NAME.')


def _digest(weights: Path) -> str:
    try:
        with weights.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise ModelError(f"The weights file {weights} cannot be read: {error.strerror}.") from error
