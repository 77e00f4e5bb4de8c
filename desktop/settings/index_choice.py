"""What the settings dialog asks for: a search index in some place, built in some way."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from core.library.settings import IndexSettings
    from core.types import IndexType


@dataclass(frozen=True, slots=True)
class IndexChoice:
    """Settings, and a token where one was given; an empty one is the one that the system's keyring has."""

    index: IndexSettings
    token: str = field(default="", repr=False)


def values_in(text: str) -> tuple[str, dict[str, int]]:
    """Return the index type that settings name, and the parameters that are given with it."""
    name, *rest = text.split(",")
    pairs = (setting.partition("=") for setting in rest)
    return name.upper(), {parameter: int(value) for parameter, _, value in pairs if value.isdecimal()}


def text_of(kind: IndexType, values: Mapping[str, int]) -> str:
    """Return an index type as settings name it, with the parameters that are not as usual."""
    usual = (*kind.build, *kind.search)
    return ",".join([kind.name, *(f"{name}={values[name]}" for name, value in usual if values[name] != value)])
