"""Photos in groups, as a Qt model for the grid and screen readers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from core.types import Hit
from desktop.texts import messages
from desktop.widgets.tool_tips import tip

if TYPE_CHECKING:
    from collections.abc import Sequence

    from core.types import Photo
    from desktop.photos.thumbnails import Thumbnails

Index: TypeAlias = QModelIndex | QPersistentModelIndex
ITEM_ROLE = Qt.ItemDataRole.UserRole
BADGE_ROLE = Qt.ItemDataRole.UserRole + 1
NO_PARENT = QModelIndex()

USUAL_SHAPE = 4 / 3
"""Width / height of a photo whose size is not known, because its file is on another computer."""


Item: TypeAlias = "Hit | Photo"
"""What the grid shows: the hits of a search, or photos without one."""


@dataclass(frozen=True, slots=True)
class Section:
    """A group with its title and the number of its photos, and whether they can be folded away and are."""

    title: str
    count: int
    can_fold: bool = False
    is_folded: bool = False


class GridModel(QAbstractListModel):
    """A list model with one row for each photo that is shown, section by section.

    Photos of a section that is folded away, which may only be the last one, have no rows.
    """

    def __init__(self, thumbnails: Thumbnails, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._items: tuple[Item, ...] = ()
        self._sections: tuple[Section, ...] = ()
        self._row_count = 0
        self._thumbnails = thumbnails

    @property
    def items(self) -> tuple[Item, ...]:
        """Return all photos in the order of the grid, including those that are folded away."""
        return self._items

    @property
    def sections(self) -> tuple[Section, ...]:
        """Return the sections from top to bottom."""
        return self._sections

    def shapes(self) -> list[list[float]]:
        """Return the width / height of the photos in each section. A section that is folded away has none."""
        shapes, first = [], 0
        for section in self._sections:
            items = () if section.is_folded else self._items[first : first + section.count]
            shapes.append([_shape(photo_of(item)) for item in items])
            first += section.count
        return shapes

    def show_sections(self, items: Sequence[Item], sections: Sequence[Section]) -> None:
        """Show these photos instead of the last ones. The counts of the sections add up to their number."""
        self.beginResetModel()
        self._items = tuple(items)
        self._set_sections(sections)
        self.endResetModel()

    def toggle_fold(self) -> None:
        """Fold away the last section, or show it."""

    def row_of(self, item: Item | None, otherwise: int = 0) -> int:
        """Return the row with the same photo as an item shown earlier, or else a row as near to another as there is."""
        nearest = min(otherwise, self.rowCount() - 1)
        if item is None:
            return nearest
        key, shown = (item.path, item.remote), self._items[: self.rowCount()]
        return next((row for row, each in enumerate(shown) if (each.path, each.remote) == key), nearest)

    def rowCount(self, parent: Index = NO_PARENT) -> int:
        """Return the number of photos that are shown."""
        if parent.isValid():
            return 0
        return self._row_count

    def flags(self, index: Index) -> Qt.ItemFlag:
        """Return that photos can be dragged, beside what every list allows."""
        return super().flags(index) | Qt.ItemFlag.ItemIsDragEnabled

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Return the data of a row for a role: `ITEM_ROLE` gives the `Item` itself, `BADGE_ROLE` the text on it."""
        if not 0 <= index.row() < len(self._items):
            return None
        item = self._items[index.row()]
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return messages.name(photo_of(item))
            case Qt.ItemDataRole.DecorationRole:
                return None if item.remote else self._thumbnails.pixmap(item.path)
            case Qt.ItemDataRole.ToolTipRole:
                return tip(self.details(index.row()))
            case Qt.ItemDataRole.AccessibleTextRole:
                return self.spoken(index.row())
            case _ if role == ITEM_ROLE:
                return item
            case _ if role == BADGE_ROLE:
                return self.badge(index.row())
        return None

    def badge(self, _: int) -> str:
        """Return the text on the photo of a row, or an empty one."""
        return ""

    def details(self, row: int) -> str:
        """Return the lines of the tool tip for the photo of a row."""
        return messages.photo_details(photo_of(self._items[row]))

    def _set_sections(self, sections: Sequence[Section]) -> None:
        """Set the sections of the present photos. Qt asks for the number of rows so often that it is kept."""
        self._sections = tuple(sections)
        self._row_count = sum(section.count for section in sections if not section.is_folded)

    def spoken(self, row: int) -> str:
        """Return what a screen reader says of the photo of a row."""
        return messages.spoken_photo(photo_of(self._items[row]), row + 1, self.rowCount())


def photo_of(item: Item) -> Photo:
    """Return the photo that an item is or has."""
    return item.photo if isinstance(item, Hit) else item


def _shape(photo: Photo) -> float:
    return photo.width / photo.height if photo.width and photo.height else USUAL_SHAPE
