"""The settings that the folders dialog edits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from core.library.settings import IndexingSettings
    from core.types import Root, Rules


@dataclass(frozen=True, slots=True)
class FolderSettings:
    """The changed rules, each with its root, and the indexing settings. Roots with unchanged rules are left out."""

    rules: tuple[tuple[Root, Rules], ...]
    indexing: IndexingSettings
