"""The grid of photos found."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QContextMenuEvent, QPalette, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QFrame, QListView, QMenu, QStyle, QWidget

from desktop.photos.grid_delegate import GridDelegate
from desktop.photos.grid_model import HIT_ROLE
from desktop.texts import labels

if TYPE_CHECKING:
    from core.types import Hit
    from desktop.photos.grid_model import GridModel
    from desktop.photos.thumbnails import Thumbnails

SETTLING_MS = 30


class PhotoGrid(QListView):
    """Shows results in columns that fill the width, and asks for the thumbnails of those in sight."""

    chosen = Signal(object)

    def __init__(self, model: GridModel, thumbnails: Thumbnails, parent: QWidget | None = None) -> None:
        """Show a model."""
        super().__init__(parent)
        self._thumbnails = thumbnails
        self._delegate = GridDelegate(self)
        self._menu = QMenu(self)
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
        self._settling = QTimer(self, singleShot=True, interval=SETTLING_MS)
        self._settling.timeout.connect(self.request_thumbnails)
        self.verticalScrollBar().valueChanged.connect(self._settling.start)
        model.modelReset.connect(self._settling.start)
        self.selectionModel().currentChanged.connect(self._choose)

    def menu(self) -> QMenu:
        """Return the menu that opens over a photo."""
        return self._menu

    def current(self) -> Hit | None:
        """Return the photo that the keyboard is on."""
        hit: Hit | None = self.currentIndex().data(HIT_ROLE)
        return hit

    def request_thumbnails(self) -> None:
        """Ask for the thumbnails in sight, then for as many below, and for no other; only this computer's have some."""
        rows = self._rows_in_sight()
        ahead = range(rows.stop, min(rows.stop + len(rows), self.model().rowCount()))
        self._thumbnails.set_device_pixel_ratio(self.devicePixelRatioF())
        hits = (self._hit(row) for row in (*rows, *ahead))
        self._thumbnails.want([hit.path for hit in hits if not hit.remote])

    def minimumSizeHint(self) -> QSize:
        """Return a width that one column fits into."""
        cell = self._delegate.cell(self.fontMetrics())
        return QSize(cell.width() + self._edge(), super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Share the width among as many columns as fit."""
        cell = self._delegate.cell(self.fontMetrics())
        width = self.width() - self._edge()
        columns = max(1, width // cell.width())
        self.setGridSize(QSize(max(cell.width(), width // columns), cell.height()))
        super().resizeEvent(event)
        self._settling.start()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Open the menu over a photo."""
        if event.reason() == QContextMenuEvent.Reason.Keyboard:
            index, place = self.currentIndex(), self.visualRect(self.currentIndex()).center()
        else:
            index, place = self.indexAt(event.pos()), event.pos()
        if index.isValid():
            self.setCurrentIndex(index)
            self._menu.popup(self.viewport().mapToGlobal(place))

    def _edge(self) -> int:
        """Return the width of the scroll bar, also while it is away: its coming must not change the columns."""
        return self.style().pixelMetric(QStyle.PixelMetric.PM_ScrollBarExtent) + 2

    def _rows_in_sight(self) -> range:
        seen = self.viewport().rect()
        model = self.model()
        rows = [row for row in range(model.rowCount()) if self.visualRect(model.index(row, 0)).intersects(seen)]
        return range(rows[0], rows[-1] + 1) if rows else range(0)

    def _hit(self, row: int) -> Hit:
        hit: Hit = self.model().index(row, 0).data(HIT_ROLE)
        return hit

    def _choose(self, index: QModelIndex) -> None:
        self.chosen.emit(index.data(HIT_ROLE))
