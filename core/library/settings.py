"""What the user chose, kept as JSON in the library folder, and where that folder is."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING

import platformdirs

from core.errors import LibraryError

if TYPE_CHECKING:
    from collections.abc import Mapping

DEFAULT_MODEL = "efficientnet-lite0"
FILE_NAME = "settings.json"


@dataclass(frozen=True, slots=True)
class Settings:
    """The choices that a library remembers. An empty `uri` means Milvus Lite inside the library folder.

    `weights` is a file with weights of the user's own for `model`, or empty. `database` and `ca_file` belong to a
    server: an empty database is the server's default one, and without a file of certificates of authorities those
    count that are known everywhere. `index` and `metric` are as `core.vectors.schema.parse` reads them; empty ones are
    chosen by Semblance. A token is never kept here.

    `gentle` indexing does one thing at a time, and with `pause_on_battery` it waits for the mains. With `watch` the
    library is kept current while the program runs.
    """

    model: str = DEFAULT_MODEL
    weights: str = ""
    uri: str = ""
    database: str = ""
    ca_file: str = ""
    index: str = ""
    metric: str = ""
    gentle: bool = False
    pause_on_battery: bool = False
    watch: bool = True


def default_library(environment: Mapping[str, str] = os.environ) -> Path:
    """Return the library of `SEMBLANCE_LIBRARY`, or the one in the user's data folder."""
    chosen = environment.get("SEMBLANCE_LIBRARY")
    return Path(chosen) if chosen else platformdirs.user_data_path("Semblance", appauthor=False)


def load(library: Path) -> Settings:
    """Return the settings saved in a library, or the defaults where nothing was saved. Unknown keys are left out.

    Raises:
        LibraryError: The file is there but cannot be read as settings.
    """
    file = library / FILE_NAME
    try:
        saved = json.loads(file.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        return Settings()
    except (OSError, ValueError) as error:
        raise LibraryError(f"The settings in {file} cannot be read ({error}). Mend or delete that file.") from error
    types = {field.name: type(field.default) for field in fields(Settings)}
    if not isinstance(saved, dict) or not all(isinstance(saved[name], types[name]) for name in types.keys() & saved):
        raise LibraryError(f"The settings in {file} are not of the expected form. Mend or delete that file.")
    return Settings(**{name: saved[name] for name in types.keys() & saved})


def save(library: Path, settings: Settings) -> None:
    """Write the settings so that a program cut off in the middle leaves the old ones whole.

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
