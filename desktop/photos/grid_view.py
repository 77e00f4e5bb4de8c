"""The grid of found photos, with its context menu, its zoom and its requests for thumbnails."""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QItemSelectionModel, QModelIndex, QPoint, QSize, Qt, QTimer, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QDrag,
    QHideEvent,
    QKeyEvent,
    QMouseEvent,
    QPixmap,
    QResizeEvent,
    QShowEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QAbstractItemView, QMenu, QToolTip

from desktop.photos.grid_delegate import GridDelegate
from desktop.photos.grid_model import ITEM_ROLE
from desktop.photos.justified_view import JustifiedView
from desktop.photos.transfer import mime_of
from desktop.texts import labels

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from PySide6.QtWidgets import QWidget

    from desktop.photos.grid_model import GridModel, Index, Item
    from desktop.photos.thumbnails import Thumbnails

THUMBNAIL_DELAY_MS = 30
LOWEST, USUAL, HIGHEST = 96, 176, 320
"""Heights of a line of photos in pixels."""

WHEEL_STEP = 16
"""How much higher or lower lines become with each step of the wheel."""

DRAGGED = QSize(128, 128)
"""The largest size of the picture under the cursor while photos are dragged."""

USUAL_SHAPE = 1.5
"""Width / height of most photos. The thumbnails of wider ones are slightly soft."""

TOUCHES = {
    QEvent.Type.MouseButtonPress,
    QEvent.Type.TouchBegin,
    QEvent.Type.Wheel,
    QEvent.Type.ContextMenu,
}
"""Events that say that the user does something with the grid."""

MODIFIERS = {Qt.Key.Key_Control, Qt.Key.Key_Shift, Qt.Key.Key_Alt, Qt.Key.Key_AltGr, Qt.Key.Key_Meta}


class PhotoGrid(JustifiedView):
    """Shows photos in justified lines, and requests thumbnails for the visible ones.

    `is_touched` says that the user has used it since that was last set to False. Selected photos can be dragged to
    other programs.

    Signals:
        current_changed: Another photo is current. Comes with its item, or None without any.
        selected_changed: Other photos are selected. Comes with their number.
        end_near: One of the last photos is, or soon will be, in sight.
        visibility_changed: The grid has appeared or disappeared.
        row_height_changed: Lines have another height. Comes with that in pixels.
    """

    current_changed = Signal(object)
    selected_changed = Signal(int)
    end_near = Signal()
    visibility_changed = Signal()
    row_height_changed = Signal(int)

    def __init__(self, model: GridModel, thumbnails: Thumbnails, parent: QWidget | None = None) -> None:
        super().__init__(model, USUAL, parent)
        self._thumbnails = thumbnails
        self._menu = QMenu(self)
        self.is_touched = False
        self.setAccessibleName(labels.tr(labels.RESULTS))
        self.setItemDelegate(GridDelegate(self))
        self._thumbnail_timer = QTimer(self, singleShot=True, interval=THUMBNAIL_DELAY_MS)
        self._thumbnail_timer.timeout.connect(self.request_thumbnails)
        self.verticalScrollBar().valueChanged.connect(self._request_thumbnails_soon)
        self.verticalScrollBar().actionTriggered.connect(self.note_touch)
        thumbnails.loaded.connect(self._redraw)
        thumbnails.cleared.connect(self.request_thumbnails)
        model.modelAboutToBeReset.connect(QToolTip.hideText)  # it names a photo that may be gone from under the cursor
        model.modelReset.connect(self._request_thumbnails_soon)
        model.rowsInserted.connect(self._request_thumbnails_soon)
        model.modelReset.connect(self._emit_selected)
        self.selectionModel().currentChanged.connect(self._emit_current)
        self.selectionModel().selectionChanged.connect(self._emit_selected)
        self.setDragEnabled(True)
        self.setDragDropMode(QAbstractItemView.DragDropMode.DragOnly)

    def set_row_height(self, height: int) -> None:
        """Set the greatest height of a line, within the limits. The photo in the middle of the grid stays there."""
        height = max(LOWEST, min(height, HIGHEST))
        if height != self.row_height:
            super().set_row_height(height)
            self._request_thumbnails_soon()
            self.row_height_changed.emit(height)

    def menu(self) -> QMenu:
        """Return the context menu of a photo."""
        return self._menu

    def current(self) -> Item | None:
        """Return the current photo, or None if there is none."""
        item: Item | None = self.currentIndex().data(ITEM_ROLE)
        return item

    def selected(self) -> list[Item]:
        """Return the selected photos in the order of the grid."""
        parts = sorted((part.top(), part.bottom()) for part in self.selectionModel().selection().toList())
        return [hit for top, bottom in parts for hit in self._photos.items[top : bottom + 1]]

    def setCurrentIndex(self, index: Index) -> None:
        """Make a photo the current one and select it alone, whatever keys the user presses at the time."""
        self.selectionModel().setCurrentIndex(index, QItemSelectionModel.SelectionFlag.ClearAndSelect)

    def select(self, current: Item | None, selected: Sequence[Item]) -> None:
        """Make a photo the current one, or the first one if it is not shown any more, and select it and others."""
        flags, selection = QItemSelectionModel.SelectionFlag, self.selectionModel()
        self.setCurrentIndex(self._photos.index(self._photos.row_of(current)))
        keys = {(item.path, item.remote) for item in selected} if len(selected) > 1 else set()
        for row, item in enumerate(self._photos.items[: self._photos.rowCount()] if keys else ()):
            if (item.path, item.remote) in keys:
                selection.select(self._photos.index(row), flags.Select)

    def request_thumbnails(self) -> None:
        """Request the thumbnails of the visible photos, then of as many photos below them.

        Earlier requests for other photos are dropped. Photos on other computers have no thumbnails. A hidden grid
        requests nothing, because that would drop the requests of the visible one.
        """
        if not self.isVisible():
            return
        rows = self.visible_rows()
        count = self._photos.rowCount()
        end = min(rows.stop + len(rows), count)
        hits = self._photos.items[rows.start : end]
        side = ceil(self.row_height * USUAL_SHAPE * self.devicePixelRatioF())
        self._thumbnails.request([hit.path for hit in hits if not hit.remote], side)
        if rows and end == count:
            self.end_near.emit()

    def minimumSizeHint(self) -> QSize:
        """Return a width at which photos can be recognised."""
        return QSize(2 * LOWEST + self._scroll_bar_width(), super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Request the thumbnails that come into sight."""
        super().resizeEvent(event)
        self._request_thumbnails_soon()

    def showEvent(self, event: QShowEvent) -> None:
        """Request the thumbnails that could not be requested while the grid was hidden."""
        super().showEvent(event)
        self._request_thumbnails_soon()
        self.visibility_changed.emit()

    def hideEvent(self, event: QHideEvent) -> None:
        """Note that there is nothing to act on."""
        super().hideEvent(event)
        self.visibility_changed.emit()

    def note_touch(self) -> None:
        """Note that the user does something with a photo."""
        self.is_touched = True

    def viewportEvent(self, event: QEvent) -> bool:
        """Note that the user touches the grid."""
        if event.type() in TOUCHES:
            self.note_touch()
        return super().viewportEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Note that the user touches the grid, unless a key such as Ctrl is pressed that may begin a shortcut."""
        if event.key() not in MODIFIERS:
            self.note_touch()
        super().keyPressEvent(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Scroll or, with Ctrl, make the photos larger or smaller."""
        turned = event.angleDelta().y()
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier and turned:
            self.set_row_height(self.row_height + (WHEEL_STEP if turned > 0 else -WHEEL_STEP))
            event.accept()
        else:
            super().wheelEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Fold away or show the photos under the heading that is pressed, or press a photo."""
        if event.button() is Qt.MouseButton.LeftButton and self._is_fold(event.position().toPoint()):
            self._photos.toggle_fold()
        else:
            super().mousePressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Show where a click folds."""
        super().mouseMoveEvent(event)
        on_fold = self._is_fold(event.position().toPoint())
        self.viewport().setCursor(Qt.CursorShape.PointingHandCursor if on_fold else Qt.CursorShape.ArrowCursor)

    def startDrag(self, _: Qt.DropAction) -> None:
        """Drag the selected photos as files, except those on other computers."""
        photos = [hit.path for hit in self.selected() if not hit.remote]
        if not photos:
            return
        drag = QDrag(self)
        drag.setMimeData(mime_of(photos))
        thumbnail = self.currentIndex().data(Qt.ItemDataRole.DecorationRole)
        if isinstance(thumbnail, QPixmap) and not thumbnail.isNull():
            drag.setPixmap(thumbnail.scaled(DRAGGED, Qt.AspectRatioMode.KeepAspectRatio))
        drag.exec(Qt.DropAction.CopyAction)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Open the context menu for the photo under the cursor, or for the current one if a key was used."""
        if event.reason() == QContextMenuEvent.Reason.Keyboard:
            index, position = self.currentIndex(), self.visualRect(self.currentIndex()).center()
        else:
            index, position = self.indexAt(event.pos()), event.pos()
        if index.isValid():
            if self.selectionModel().isSelected(index):
                self.selectionModel().setCurrentIndex(index, QItemSelectionModel.SelectionFlag.NoUpdate)
            else:
                self.setCurrentIndex(index)
            self._menu.popup(self.viewport().mapToGlobal(position))

    def _is_fold(self, point: QPoint) -> bool:
        number = self.heading_at(point)
        return number is not None and self._photos.sections[number].can_fold

    def _request_thumbnails_soon(self) -> None:
        self._thumbnail_timer.start()  # connected directly, the scroll position would become the interval

    def _redraw(self, photo: Path) -> None:
        for row in self.visible_rows():
            if self._photos.items[row].path == photo:
                self.update(self._photos.index(row))

    def _emit_selected(self) -> None:
        self.selected_changed.emit(sum(part.height() for part in self.selectionModel().selection().toList()))

    def _emit_current(self, index: QModelIndex) -> None:
        self.current_changed.emit(index.data(ITEM_ROLE))
