"""What the user chooses about folders and indexing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from core.library.settings import IndexingSettings
    from core.types import Root, Rules


@dataclass(frozen=True, slots=True)
class FoldersChoice:
    """New rules for those folders that get other ones, and how photos are indexed."""

    rules: tuple[tuple[Root, Rules], ...]
    indexing: IndexingSettings
