"""The grid of found photos."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QModelIndex, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QContextMenuEvent, QKeyEvent, QPalette, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QAbstractItemView, QFrame, QListView, QMenu, QStyle, QToolTip, QWidget

from desktop.photos.grid_delegate import GridDelegate
from desktop.photos.grid_model import HIT_ROLE
from desktop.texts import labels

if TYPE_CHECKING:
    from core.types import Hit
    from desktop.photos.grid_model import GridModel
    from desktop.photos.thumbnails import Thumbnails

THUMBNAIL_DELAY_MS = 30

TOUCHES = {
    QEvent.Type.MouseButtonPress,
    QEvent.Type.TouchBegin,
    QEvent.Type.Wheel,
    QEvent.Type.ContextMenu,
}
"""Events that say that the user does something with the grid."""

MODIFIERS = {Qt.Key.Key_Control, Qt.Key.Key_Shift, Qt.Key.Key_Alt, Qt.Key.Key_AltGr, Qt.Key.Key_Meta}


class PhotoGrid(QListView):
    """Shows hits in columns that fill the width, and requests thumbnails for the visible ones.

    `is_touched` says that the user has used it since that was last set to False.
    `current_changed` comes with the `Hit` that has become current, or None if there is none.
    """

    current_changed = Signal(object)

    def __init__(self, model: GridModel, thumbnails: Thumbnails, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._thumbnails = thumbnails
        self._delegate = GridDelegate(self)
        self._menu = QMenu(self)
        self._columns = 1
        self.is_touched = False
        self.setAccessibleName(labels.tr(labels.RESULTS))
        self.setItemDelegate(self._delegate)
        self.setFlow(QListView.Flow.LeftToRight)
        self.setWrapping(True)
        self.setUniformItemSizes(True)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setMouseTracking(True)
        self.viewport().setBackgroundRole(QPalette.ColorRole.Window)
        self.setModel(model)
        self._thumbnail_timer = QTimer(self, singleShot=True, interval=THUMBNAIL_DELAY_MS)
        self._thumbnail_timer.timeout.connect(self.request_thumbnails)
        self.verticalScrollBar().valueChanged.connect(self._request_thumbnails_soon)
        self.verticalScrollBar().actionTriggered.connect(self.note_touch)
        thumbnails.cleared.connect(self.request_thumbnails)
        model.modelAboutToBeReset.connect(QToolTip.hideText)  # it names a photo that may be gone from under the cursor
        model.modelReset.connect(self._request_thumbnails_soon)
        self.selectionModel().currentChanged.connect(self._emit_current)

    def menu(self) -> QMenu:
        """Return the context menu of a photo."""
        return self._menu

    def current(self) -> Hit | None:
        """Return the current hit, or None if there is none."""
        hit: Hit | None = self.currentIndex().data(HIT_ROLE)
        return hit

    def request_thumbnails(self) -> None:
        """Request the thumbnails of the visible photos, then of as many photos below them.

        Earlier requests for other photos are dropped. Photos on other computers have no thumbnails. A hidden grid
        requests nothing, because that would drop the requests of the visible one.
        """
        if not self.isVisible():
            return
        rows = self._visible_rows()
        ahead = range(rows.stop, min(rows.stop + len(rows), self.model().rowCount()))
        self._thumbnails.set_device_pixel_ratio(self.devicePixelRatioF())
        hits = (self._hit(row) for row in (*rows, *ahead))
        self._thumbnails.request([hit.path for hit in hits if not hit.remote])

    def minimumSizeHint(self) -> QSize:
        """Return a size that fits one column."""
        cell = self._delegate.cell_size(self.fontMetrics())
        return QSize(cell.width() + self._scroll_bar_width(), super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Divide the width into as many columns as fit."""
        cell = self._delegate.cell_size(self.fontMetrics())
        width = self.width() - self._scroll_bar_width()
        self._columns = max(1, width // cell.width())
        self.setGridSize(QSize(max(cell.width(), width // self._columns), cell.height()))
        super().resizeEvent(event)
        self._request_thumbnails_soon()

    def showEvent(self, event: QShowEvent) -> None:
        """Request the thumbnails that could not be requested while the grid was hidden."""
        super().showEvent(event)
        self._request_thumbnails_soon()

    def moveCursor(self, action: QAbstractItemView.CursorAction, modifiers: Qt.KeyboardModifier) -> QModelIndex:
        """Return where a key leads. Page Up and Page Down lead as many rows on as are completely visible."""
        page = self._columns * max(1, self.viewport().height() // self.gridSize().height())
        match action:
            case QAbstractItemView.CursorAction.MovePageUp:
                step = -page
            case QAbstractItemView.CursorAction.MovePageDown:
                step = page
            case _:
                return super().moveCursor(action, modifiers)
        last = self.model().rowCount() - 1
        return self.model().index(max(0, min(self.currentIndex().row() + step, last)), 0)

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

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Open the context menu for the photo under the cursor, or for the current one if a key was used."""
        if event.reason() == QContextMenuEvent.Reason.Keyboard:
            index, position = self.currentIndex(), self.visualRect(self.currentIndex()).center()
        else:
            index, position = self.indexAt(event.pos()), event.pos()
        if index.isValid():
            self.setCurrentIndex(index)
            self._menu.popup(self.viewport().mapToGlobal(position))

    def _request_thumbnails_soon(self) -> None:
        self._thumbnail_timer.start()  # connected directly, the scroll position would become the interval

    def _scroll_bar_width(self) -> int:
        """Return the width to reserve for the scroll bar.

        It is reserved even while the scroll bar is hidden, so that the columns do not change when it appears.
        """
        return self.style().pixelMetric(QStyle.PixelMetric.PM_ScrollBarExtent) + 2

    def _visible_rows(self) -> range:
        viewport = self.viewport().rect()
        model = self.model()
        rows = [row for row in range(model.rowCount()) if self.visualRect(model.index(row, 0)).intersects(viewport)]
        return range(rows[0], rows[-1] + 1) if rows else range(0)

    def _hit(self, row: int) -> Hit:
        hit: Hit = self.model().index(row, 0).data(HIT_ROLE)
        return hit

    def _emit_current(self, index: QModelIndex) -> None:
        self.current_changed.emit(index.data(HIT_ROLE))
