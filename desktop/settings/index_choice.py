"""The options of a search index that the settings dialog edits, and their text form."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from core.library.settings import IndexSettings
    from core.types import IndexType


@dataclass(frozen=True, slots=True)
class IndexOptions:
    """The settings of a search index and the token to sign in with.

    If the token is empty, the one in the system's keyring is used.
    """

    index: IndexSettings
    token: str = field(default="", repr=False)


def parse_type(text: str) -> tuple[str, dict[str, int]]:
    """Return the name and the parameters of an index type that is written as in settings, e.g. `HNSW,M=32`."""
    name, *rest = text.split(",")
    pairs = (setting.partition("=") for setting in rest)
    return name.upper(), {parameter: int(value) for parameter, _, value in pairs if value.isdecimal()}


def format_type(index_type: IndexType, values: Mapping[str, int]) -> str:
    """Return an index type as it is written in settings. Parameters that have their default value are left out."""
    defaults = (*index_type.build, *index_type.search)
    changed = [f"{name}={values[name]}" for name, default in defaults if values[name] != default]
    return ",".join([index_type.name, *changed])
