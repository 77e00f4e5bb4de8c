"""The hits of a search as a Qt model for the grid and screen readers."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, TypeAlias

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from desktop.texts import messages
from desktop.widgets.tool_tips import tip

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from core.types import Hit
    from desktop.photos.thumbnails import Thumbnails

Index: TypeAlias = QModelIndex | QPersistentModelIndex
HIT_ROLE = Qt.ItemDataRole.UserRole
NO_PARENT = QModelIndex()


class GridModel(QAbstractListModel):
    """A list model with one row for each `Hit`, best first."""

    def __init__(self, thumbnails: Thumbnails, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._hits: tuple[Hit, ...] = ()
        self._thumbnails = thumbnails
        thumbnails.loaded.connect(self._redraw)

    @property
    def hits(self) -> tuple[Hit, ...]:
        """Return the hits that are shown."""
        return self._hits

    def show(self, hits: Sequence[Hit]) -> None:
        """Show these hits instead of the last ones."""
        self.beginResetModel()
        self._hits = tuple(hits)
        self.endResetModel()

    def relabel(self, hits: Sequence[Hit]) -> None:
        """Take over the words of the same hits, but not their order."""
        found = {(hit.path, hit.remote): hit for hit in hits}
        known = ((hit, found.get((hit.path, hit.remote), hit)) for hit in self._hits)
        self._hits = tuple(replace(hit, label=new.label, shared=new.shared) for hit, new in known)
        self.dataChanged.emit(self.index(0), self.index(len(self._hits) - 1))

    def row_of(self, photo: Hit) -> int:
        """Return the row with the same photo as a hit of an earlier search, or 0 if it was not found again."""
        key = (photo.path, photo.remote)
        return next((row for row, hit in enumerate(self._hits) if (hit.path, hit.remote) == key), 0)

    def rowCount(self, parent: Index = NO_PARENT) -> int:
        """Return the number of hits."""
        return 0 if parent.isValid() else len(self._hits)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Return the data of a row for a role. `HIT_ROLE` gives the `Hit` itself."""
        if not 0 <= index.row() < len(self._hits):
            return None
        hit = self._hits[index.row()]
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return messages.name(hit)
            case Qt.ItemDataRole.DecorationRole:
                return None if hit.remote else self._thumbnails.pixmap(hit.path)
            case Qt.ItemDataRole.ToolTipRole:
                return tip(messages.details(hit))
            case Qt.ItemDataRole.AccessibleTextRole:
                return messages.spoken(messages.name(hit), hit, len(self._hits))
            case _ if role == HIT_ROLE:
                return hit
        return None

    def _redraw(self, photo: Path) -> None:
        for row, hit in enumerate(self._hits):
            if hit.path == photo:
                index = self.index(row)
                self.dataChanged.emit(index, index, [Qt.ItemDataRole.DecorationRole])
