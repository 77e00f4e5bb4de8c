"""The hits of a search, in groups, as a Qt model for the grid and screen readers."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum, auto
from itertools import chain
from typing import TYPE_CHECKING, TypeAlias

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal

from core.types import Label
from desktop.texts import messages
from desktop.widgets.tool_tips import tip

if TYPE_CHECKING:
    from collections.abc import Sequence

    from core.types import Hit, Photo
    from desktop.photos.thumbnails import Thumbnails

Index: TypeAlias = QModelIndex | QPersistentModelIndex
HIT_ROLE = Qt.ItemDataRole.UserRole
NO_PARENT = QModelIndex()

USUAL_SHAPE = 4 / 3
"""Width / height of a photo whose size is not known, because its file is on another computer."""


class Group(Enum):
    """Hits that are shown under one heading, from best to worst."""

    SAME_PICTURE = auto()
    SAME_PLACE = auto()
    SIMILAR = auto()
    WEAK = auto()


GROUPS = {
    Label.IDENTICAL: Group.SAME_PICTURE,
    Label.NEAR_DUPLICATE: Group.SAME_PICTURE,
    Label.SAME_PLACE: Group.SAME_PLACE,
    Label.CLOSE: Group.SIMILAR,
    Label.SIMILAR: Group.SIMILAR,
    Label.WEAK: Group.WEAK,
}


@dataclass(frozen=True, slots=True)
class GroupState:
    """A group with the number of its hits, and whether they are or can be folded away."""

    group: Group
    count: int
    can_fold: bool
    is_folded: bool


class GridModel(QAbstractListModel):
    """A list model with one row for each `Hit` that is shown: group by group, and in each of them the best one first.

    Weak hits have no rows while they are folded away. `weak_changed` is emitted when that, or whether it is possible,
    may have changed.
    """

    weak_changed = Signal()

    def __init__(self, thumbnails: Thumbnails, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._hits: tuple[Hit, ...] = ()
        self._groups: tuple[tuple[Group, int], ...] = ()
        self._shows_weak = False
        self._thumbnails = thumbnails

    @property
    def hits(self) -> tuple[Hit, ...]:
        """Return all hits in the order of the grid, including those that are folded away."""
        return self._hits

    @property
    def can_fold(self) -> bool:
        """Return whether there are weak hits and better ones."""
        return len(self._groups) > 1 and self._groups[-1][0] is Group.WEAK

    @property
    def is_folded(self) -> bool:
        """Return whether weak hits are folded away."""
        return self.can_fold and not self._shows_weak

    def group(self, number: int) -> GroupState:
        """Return a group by its place in the grid."""
        group, count = self._groups[number]
        is_weak = group is Group.WEAK
        return GroupState(group, count, is_weak and self.can_fold, is_weak and self.is_folded)

    def shapes(self) -> list[list[float]]:
        """Return the width / height of the photos in each group. A group that is folded away has none."""
        shapes, first = [], 0
        for number, (_, count) in enumerate(self._groups):
            hits = () if self.group(number).is_folded else self._hits[first : first + count]
            shapes.append([_shape(hit.photo) for hit in hits])
            first += count
        return shapes

    def show(self, hits: Sequence[Hit]) -> None:
        """Show these hits instead of the last ones."""
        self.beginResetModel()
        found: dict[Group, list[Hit]] = {group: [] for group in Group}
        for hit in hits:
            found[GROUPS[hit.label]].append(hit)
        self._hits = tuple(chain.from_iterable(found.values()))
        self._groups = tuple((group, len(members)) for group, members in found.items() if members)
        self.endResetModel()
        self.weak_changed.emit()

    def show_weak(self, shown: bool) -> None:
        """Show or fold away weak hits, now and in later searches."""
        if shown == self._shows_weak:
            return
        first = len(self._hits) - self._groups[-1][1] if self.can_fold else 0
        if not self.can_fold:
            self._shows_weak = shown
        elif shown:
            self.beginInsertRows(NO_PARENT, first, len(self._hits) - 1)
            self._shows_weak = shown
            self.endInsertRows()
        else:
            self.beginRemoveRows(NO_PARENT, first, len(self._hits) - 1)
            self._shows_weak = shown
            self.endRemoveRows()
        self.weak_changed.emit()

    def relabel(self, hits: Sequence[Hit]) -> None:
        """Take over the words of the same hits, but neither their order nor their groups."""
        found = {(hit.path, hit.remote): hit for hit in hits}
        known = ((hit, found.get((hit.path, hit.remote), hit)) for hit in self._hits)
        self._hits = tuple(replace(hit, label=new.label, shared=new.shared) for hit, new in known)
        self.dataChanged.emit(self.index(0), self.index(self.rowCount() - 1))

    def row_of(self, photo: Hit) -> int:
        """Return the row with the same photo as a hit of an earlier search, or 0 if it is not shown."""
        key, shown = (photo.path, photo.remote), self._hits[: self.rowCount()]
        return next((row for row, hit in enumerate(shown) if (hit.path, hit.remote) == key), 0)

    def rowCount(self, parent: Index = NO_PARENT) -> int:
        """Return the number of hits that are shown."""
        if parent.isValid():
            return 0
        return len(self._hits) - (self._groups[-1][1] if self.is_folded else 0)

    def flags(self, index: Index) -> Qt.ItemFlag:
        """Return that photos can be dragged, beside what every list allows."""
        return super().flags(index) | Qt.ItemFlag.ItemIsDragEnabled

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


def _shape(photo: Photo) -> float:
    return photo.width / photo.height if photo.width and photo.height else USUAL_SHAPE
