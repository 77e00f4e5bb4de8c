"""The user's settings, kept as JSON in the library folder, and the location of that folder."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import platformdirs

from core.errors import LibraryError

if TYPE_CHECKING:
    from collections.abc import Mapping

DEFAULT_MODEL = "efficientnet-lite0"
FILE_NAME = "settings.json"

S = TypeVar("S", "ModelSettings", "IndexSettings", "IndexingSettings")


@dataclass(frozen=True, slots=True)
class ModelSettings:
    """The embedding model. `weights` is a file with the user's own weights for it, or empty."""

    name: str = DEFAULT_MODEL
    weights: str = ""


@dataclass(frozen=True, slots=True)
class IndexSettings:
    """Where the search index is and how it is built.

    An empty `uri` means Milvus Lite inside the library folder. `database` and `ca_file` apply to a server: an empty
    database is the server's default one; without a CA file the usual certificate authorities are trusted. `type` and
    `metric` are in the syntax of `core.vectors.schema.parse`; Semblance chooses empty ones. The token is never stored
    here.
    """

    uri: str = ""
    database: str = ""
    ca_file: str = ""
    type: str = ""
    metric: str = ""


@dataclass(frozen=True, slots=True)
class IndexingSettings:
    """How photos are indexed: one task at a time, not on battery power, and whether folders are watched."""

    gentle: bool = False
    pause_on_battery: bool = False
    watch: bool = True


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of a library, by subject."""

    model: ModelSettings = field(default_factory=ModelSettings)
    index: IndexSettings = field(default_factory=IndexSettings)
    indexing: IndexingSettings = field(default_factory=IndexingSettings)


_FLAT = {
    "model": ("model", "name"),
    "weights": ("model", "weights"),
    "uri": ("index", "uri"),
    "database": ("index", "database"),
    "ca_file": ("index", "ca_file"),
    "index": ("index", "type"),
    "metric": ("index", "metric"),
    "gentle": ("indexing", "gentle"),
    "pause_on_battery": ("indexing", "pause_on_battery"),
    "watch": ("indexing", "watch"),
}
"""The sections of the settings that version 0.1 saved as one flat list."""


def default_library(environment: Mapping[str, str] = os.environ) -> Path:
    """Return the library of `SEMBLANCE_LIBRARY`, or the one in the user's data folder."""
    chosen = environment.get("SEMBLANCE_LIBRARY")
    return Path(chosen) if chosen else platformdirs.user_data_path("Semblance", appauthor=False)


def cached_models() -> Path:
    """Return the folder in the user's cache for models that a read-only library lacks."""
    return platformdirs.user_cache_path("Semblance", appauthor=False) / "models"


def load(library: Path) -> Settings:
    """Return the settings saved in a library, or the defaults. Unknown keys are ignored.

    Raises:
        LibraryError: The file exists but does not contain settings.
    """
    file = library / FILE_NAME
    try:
        saved = json.loads(file.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        return Settings()
    except (OSError, ValueError) as error:
        raise LibraryError(f"The settings in {file} cannot be read ({error}). Repair or delete that file.") from error
    try:
        sections = _sections(saved)
        return Settings(
            _section(ModelSettings, sections["model"]),
            _section(IndexSettings, sections["index"]),
            _section(IndexingSettings, sections["indexing"]),
        )
    except TypeError as error:
        raise LibraryError(
            f"The settings in {file} have an unexpected form. If a newer version of Semblance wrote them, update the "
            "program. Otherwise repair or delete that file."
        ) from error


def save(library: Path, settings: Settings) -> None:
    """Write the settings. An interrupted write leaves the old ones intact.

    Raises:
        LibraryError: The library folder cannot be written.
    """
    file = library / FILE_NAME
    draft = file.with_suffix(".new")
    try:
        draft.write_text(json.dumps(asdict(settings), indent=2) + "\n", encoding="utf-8")
        draft.replace(file)
    except OSError as error:
        raise LibraryError(f"The settings cannot be saved in {library}: {error.strerror}.") from error


def _sections(saved: object) -> dict[str, dict[str, object]]:
    """Return saved settings by section. Also accepts the flat list of version 0.1."""
    if not isinstance(saved, dict):
        raise TypeError
    sections: dict[str, dict[str, object]] = {each.name: {} for each in fields(Settings)}
    for key, value in saved.items():
        if isinstance(value, dict) and key in sections:
            sections[key] |= value
        elif key in _FLAT:
            section, name = _FLAT[key]
            sections[section].setdefault(name, value)
        elif key in sections:
            raise TypeError
    return sections


def _section(kind: type[S], saved: Mapping[str, object]) -> S:
    defaults = kind()
    names = {each.name for each in fields(kind)} & saved.keys()
    if any(type(saved[name]) is not type(getattr(defaults, name)) for name in names):
        raise TypeError
    return kind(**{name: saved[name] for name in names})  # type: ignore[arg-type]  # checked above
