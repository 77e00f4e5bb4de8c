"""What a look into a folder finds."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from core.scan.mounts import Mounts
    from core.types import Failure, PhotoFile


@dataclass(slots=True)
class Listing:
    """What was found directly in one folder.

    `ignored` counts the files that are passed over, and with them excluded folders, and links to what is looked into
    anyway. `closed`: folders whose content could not be listed, and why; nobody knows what became of their photos.
    `dangling`: links that lead nowhere now; their drive may be away. `mounts`: those of the whole root, told at the end
    of a walk.
    """

    photos: list[PhotoFile] = field(default_factory=list)
    ignored: int = 0
    closed: list[Failure] = field(default_factory=list)
    dangling: list[Path] = field(default_factory=list)
    mounts: Mounts | None = None
