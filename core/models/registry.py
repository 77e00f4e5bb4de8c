"""Which models there are, and the key under which their embeddings are comparable. Needs no torch."""

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
    """Who builds the network of a model."""

    PACKAGE = "package"
    TORCHVISION = "torchvision"
    TIMM = "timm"


@dataclass(frozen=True, slots=True)
class ModelChoice:
    """A model and its weights. `weights` is a file of the user's own, or None for those that `source` publishes."""

    name: str
    key: str
    source: Source
    weights: Path | None = None


@dataclass(frozen=True, slots=True)
class _Offer:
    """A model on offer. `digest` is how the sha256 of its published weights begins."""

    name: str
    source: Source
    digest: str


_OFFERS = (
    _Offer(DEFAULT_MODEL, Source.PACKAGE, "57934424-cbd6f1b8"),
    _Offer("resnet18", Source.TORCHVISION, "f37072fd"),
    _Offer("resnet34", Source.TORCHVISION, "b627a593"),
    _Offer("resnet50", Source.TORCHVISION, "11ad3fa6"),
    _Offer("resnet152", Source.TORCHVISION, "f82ba261"),
)
_TIMM_NAME = re.compile(r"timm/[a-z0-9_]+(\.[a-z0-9_]+)?")


def offered() -> tuple[str, ...]:
    """Return the names of the models on offer, the default first. Every `timm/NAME` is on offer besides."""
    return tuple(offer.name for offer in _OFFERS)


def choose(name: str, weights: Path | None = None) -> ModelChoice:
    """Return the model of a name. Whether timm knows a `timm/NAME` shows only when it is loaded.

    Raises:
        ModelError: There is no such model, or the file with weights cannot be read.
    """
    source, key = _published(name)
    if weights is not None:
        key = f"{name}-{_digest(weights)[:8]}"
    return ModelChoice(name, key, source, weights)


def _published(name: str) -> tuple[Source, str]:
    if _TIMM_NAME.fullmatch(name):
        return Source.TIMM, name
    for offer in _OFFERS:
        if offer.name == name:
            return offer.source, f"{name}-{offer.digest}"
    close = difflib.get_close_matches(name.lower(), offered())
    guess = f" Did you mean {' or '.join(close)}?" if close else ""
    raise ModelError(f'There is no model "{name}".{guess} On offer: {", ".join(offered())} and timm/NAME.')


def _digest(weights: Path) -> str:
    try:
        with weights.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise ModelError(f"The file with weights {weights} cannot be read: {error.strerror}.") from error
