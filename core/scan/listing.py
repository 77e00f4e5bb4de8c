"""The result of scanning one folder."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from core.scan.mounts import Mounts
    from core.types import Failure, PhotoFile


@dataclass(slots=True)
class Listing:
    """The photos found directly in one folder, and what was skipped there.

    - `ignored` counts skipped files, excluded folders, and links to folders or files that are scanned anyway.
    - `closed` has the folders that could not be listed, with the reasons. The state of their photos is unknown.
    - `dangling` has links whose target does not exist, perhaps because its drive is offline.
    - `mounts` covers the complete root. Only the last listing of a walk has it.
    """

    photos: list[PhotoFile] = field(default_factory=list)
    ignored: int = 0
    closed: list[Failure] = field(default_factory=list)
    dangling: list[Path] = field(default_factory=list)
    mounts: Mounts | None = None
