"""The list of the folders in the library."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QBrush
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTreeWidget, QTreeWidgetItem

from desktop.paths import shown
from desktop.texts import labels, messages
from desktop.widgets import colours
from desktop.widgets.tool_tips import tip

if TYPE_CHECKING:
    from collections.abc import Sequence

    from core.reports import RootStatus

PATH, PHOTOS, STATE = range(3)
VISIBLE_ROWS = 5
PADDING = 8
COLUMN_GAP = 20


class FolderList(QTreeWidget):
    """Shows one row for each folder: its path, its number of photos, and whether it is online.

    `folder_selected` comes with the uuid of the folder that has been selected. It is empty if there is none.
    """

    folder_selected = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.setColumnCount(3)
        self.setRootIsDecorated(False)
        self.setUniformRowHeights(True)
        self.setHeaderHidden(True)
        self.setAccessibleName(labels.tr(labels.FOLDERS_LIST))
        self.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setAllColumnsShowFocus(True)
        header = self.header()
        header.setStretchLastSection(False)
        header.setMinimumSectionSize(1)
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(PATH, QHeaderView.ResizeMode.Stretch)
        self._items: dict[str, QTreeWidgetItem] = {}
        self._removing: set[str] = set()
        self.currentItemChanged.connect(self._emit_selected)

    def minimumSizeHint(self) -> QSize:
        """Return a size that fits a few rows."""
        return QSize(super().minimumSizeHint().width(), VISIBLE_ROWS * self._line_height() + 2 * self.frameWidth())

    def sizeHint(self) -> QSize:
        """Return a size that fits a few rows. If there are more, the list scrolls."""
        return QSize(super().sizeHint().width(), self.minimumSizeHint().height())

    @property
    def selected_uuid(self) -> str:
        """Return the uuid of the selected folder. It is empty if there is none."""
        return _uuid(self.currentItem())

    def show_folders(self, folders: Sequence[RootStatus]) -> None:
        """Show these folders and keep the selection."""
        uuids = {folder.root.uuid for folder in folders}
        for uuid in self._items.keys() - uuids:
            self.takeTopLevelItem(self.indexOfTopLevelItem(self._items.pop(uuid)))
        for folder in folders:
            self._show(folder)
        if not self.selected_uuid and (first := self.topLevelItem(0)):
            self.setCurrentItem(first)

    def select(self, uuid: str) -> None:
        """Select a folder."""
        self.setCurrentItem(self._items[uuid])

    def is_being_removed(self, uuid: str) -> bool:
        """Return whether a folder is marked as being removed."""
        return uuid in self._removing

    def show_removing(self, uuid: str, *, removing: bool) -> None:
        """Mark a folder as being removed, or clear the mark. Clearing is visible after the next `show_folders`."""
        if removing:
            self._removing.add(uuid)
            self._items[uuid].setText(STATE, labels.tr(labels.REMOVING))
        else:
            self._removing.discard(uuid)

    def _show(self, folder: RootStatus) -> None:
        uuid = folder.root.uuid
        if uuid not in self._items:
            self._items[uuid] = QTreeWidgetItem(self)
            self._items[uuid].setData(PATH, Qt.ItemDataRole.UserRole, uuid)
            self._items[uuid].setTextAlignment(PHOTOS, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        item = self._items[uuid]
        path, photos = shown(folder.root.path), messages.photos(folder.photos)
        state = labels.tr(labels.AVAILABLE if folder.online else labels.NOT_AVAILABLE)
        if uuid in self._removing:
            state = labels.tr(labels.REMOVING)
        for column, text in ((PATH, path), (PHOTOS, photos), (STATE, state)):
            item.setText(column, text)
            item.setSizeHint(
                column, QSize(self.fontMetrics().horizontalAdvance(text) + COLUMN_GAP, self._line_height())
            )
            item.setToolTip(column, tip(path))
        item.setData(PATH, Qt.ItemDataRole.AccessibleTextRole, f"{path}, {photos}, {state}")
        palette = self.palette()
        item.setForeground(STATE, QBrush(colours.quiet(palette) if folder.online else colours.warning(palette)))

    def _line_height(self) -> int:
        return self.fontMetrics().lineSpacing() + PADDING

    def _emit_selected(self, item: QTreeWidgetItem | None) -> None:
        self.folder_selected.emit(_uuid(item))


def _uuid(item: QTreeWidgetItem | None) -> str:
    return str(item.data(PATH, Qt.ItemDataRole.UserRole)) if item else ""
