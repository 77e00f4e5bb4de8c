"""A list view that shows photos in justified lines, under the headings of their groups."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from PySide6.QtCore import QItemSelection, QItemSelectionModel, QModelIndex, QPersistentModelIndex, QPoint, QRect, Qt
from PySide6.QtGui import QCursor, QPainter, QPaintEvent, QPalette, QRegion, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QAbstractItemView, QFrame, QListView, QStyle, QStyleOptionViewItem

from desktop.photos import group_heading
from desktop.photos.grid_layout import GAP, GridLayout, arrange

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from PySide6.QtWidgets import QWidget

    from desktop.photos.grid_layout import Line
    from desktop.photos.grid_model import GridModel

Index: TypeAlias = QModelIndex | QPersistentModelIndex
Move = QAbstractItemView.CursorAction
Scroll = QAbstractItemView.ScrollHint

STEPS_PER_LINE = 4
"""How many steps of the scroll bar make a line of photos."""


class JustifiedView(QListView):
    """Arranges the photos of a `GridModel`, and does what `QListView` does by its own layout: places, keys, painting.

    It is a `QListView` so that screen readers get a list.
    """

    def __init__(self, model: GridModel, row_height: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._photos = model
        self._layout = GridLayout()
        self._row_height = row_height
        self._width = 0
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setMouseTracking(True)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.viewport().setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.viewport().setBackgroundRole(QPalette.ColorRole.Window)
        self.setModel(model)

    @property
    def row_height(self) -> int:
        """Return the greatest height of a line of photos in pixels."""
        return self._row_height

    def set_row_height(self, height: int) -> None:
        """Set the greatest height of a line. The photo in the middle of the grid stays there."""
        middle = self.verticalOffset() + self.viewport().height() // 2
        below = self._layout.lines_between(middle, self._layout.height)
        self._row_height = height
        self.doItemsLayout()
        if below and self.verticalOffset():
            self.scrollTo(self._photos.index(below[0].first), Scroll.PositionAtCenter)

    def visible_rows(self) -> range:
        """Return the rows of the model that are at least partly visible."""
        self.executeDelayedItemsLayout()
        lines = self._visible_lines()
        return range(lines[0].first, lines[-1].end) if lines else range(0)

    def doItemsLayout(self) -> None:
        """Arrange the photos for the present width."""
        width = self._width = self.width() - self._scroll_bar_width()
        heading = group_heading.height(self.fontMetrics())
        self._layout = arrange(self._photos.shapes(), width, self._row_height, heading)
        QAbstractItemView.doItemsLayout(self)

    def updateGeometries(self) -> None:
        """Tell the scroll bar how high all lines are together."""
        bar, page = self.verticalScrollBar(), self.viewport().height()
        bar.setRange(0, max(0, self._layout.height - page))
        bar.setPageStep(page)
        bar.setSingleStep(self._row_height // STEPS_PER_LINE)
        QAbstractItemView.updateGeometries(self)

    def scrollContentsBy(self, _: int, __: int) -> None:
        """Repaint everything. `QListView` would repaint only what its own layout contains, which is nothing."""
        self.viewport().update()

    def dataChanged(self, first: Index, last: Index, roles: Sequence[int] = ()) -> None:
        """Repaint photos. Their places stay the same."""
        QAbstractItemView.dataChanged(self, first, last, roles)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Arrange the photos for the new width. Another height, or a scroll bar that appears, moves none."""
        QAbstractItemView.resizeEvent(self, event)
        if self.width() - self._scroll_bar_width() != self._width:
            self.doItemsLayout()
        else:
            self.updateGeometries()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Scroll."""
        QAbstractItemView.wheelEvent(self, event)

    def visualRect(self, index: Index) -> QRect:
        """Return the place of a photo in the viewport."""
        self.executeDelayedItemsLayout()
        if not 0 <= index.row() < self._layout.count:
            return QRect()
        return self._layout.cell(index.row()).translated(0, -self.verticalOffset())

    def indexAt(self, point: QPoint) -> QModelIndex:
        """Return the photo at a point of the viewport."""
        self.executeDelayedItemsLayout()
        row = self._layout.at(point + QPoint(0, self.verticalOffset()))
        return QModelIndex() if row is None else self._photos.index(row)

    def heading_at(self, point: QPoint) -> int | None:
        """Return the number of the group whose heading is at a point of the viewport, or None."""
        place = point + QPoint(0, self.verticalOffset())
        return next((n for n, heading in enumerate(self._layout.headings) if heading.contains(place)), None)

    def scrollTo(self, index: Index, hint: QAbstractItemView.ScrollHint = Scroll.EnsureVisible) -> None:
        """Scroll until a photo is visible, for the first line of a group together with its heading."""
        self.executeDelayedItemsLayout()
        if not 0 <= index.row() < self._layout.count:
            return
        cell, bar, page = self._layout.cell(index.row()), self.verticalScrollBar(), self.viewport().height()
        headings = (heading.top() for heading in self._layout.headings if heading.bottom() + 1 == cell.top())
        top, bottom = next(headings, cell.top() - GAP), cell.bottom() + GAP
        match hint:
            case Scroll.PositionAtTop:
                bar.setValue(top)
            case Scroll.PositionAtBottom:
                bar.setValue(bottom - page)
            case Scroll.PositionAtCenter:
                bar.setValue((top + bottom - page) // 2)
            case _:
                bar.setValue(min(max(bar.value(), bottom - page), top))

    def horizontalOffset(self) -> int:
        """Return 0: no line is wider than the viewport."""
        return 0

    def verticalOffset(self) -> int:
        """Return by how many pixels the photos are scrolled."""
        return self.verticalScrollBar().value()

    def isIndexHidden(self, _: Index) -> bool:
        """Return False: photos that are folded away have no row in the model."""
        return False

    def setSelection(self, area: QRect, command: QItemSelectionModel.SelectionFlag) -> None:
        """Select from one photo to another one if they are at the corners of the area, or else the photos in it."""
        scrolled = QPoint(0, self.verticalOffset())
        first, last = (self._layout.at(corner + scrolled) for corner in (area.topLeft(), area.bottomRight()))
        selection = QItemSelection()
        if first is not None and last is not None:
            selection.select(self._photos.index(min(first, last)), self._photos.index(max(first, last)))
        else:
            touched = area.normalized().translated(scrolled)
            for row in self._layout.rows_in(touched):
                selection.select(self._photos.index(row), self._photos.index(row))
        self.selectionModel().select(selection, command)

    def visualRegionForSelection(self, selection: QItemSelection) -> QRegion:
        """Return the area of the viewport that selected photos take."""
        region = QRegion()
        for row, place in self._visible_places():
            if selection.contains(self._photos.index(row)):
                region += place
        return region

    def moveCursor(self, action: QAbstractItemView.CursorAction, _: Qt.KeyboardModifier) -> QModelIndex:
        """Return where a key leads. Up and Down lead to the nearest photo of another line."""
        self.executeDelayedItemsLayout()
        row, last = self.currentIndex().row(), self._photos.rowCount() - 1
        if row < 0:
            return self._photos.index(0)
        line = self._layout.line_of(row)
        match action:
            case Move.MoveHome:
                row = 0
            case Move.MoveEnd:
                row = last
            case Move.MoveLeft | Move.MovePrevious:
                row = max(0, row - 1)
            case Move.MoveRight | Move.MoveNext:
                row = min(row + 1, last)
            case Move.MoveUp:
                row = self._beside(row, line - 1)
            case Move.MoveDown:
                row = self._beside(row, line + 1)
            case Move.MovePageUp:
                row = self._beside(row, min(line - 1, self._a_page_from(line, -1)))
            case Move.MovePageDown:
                row = self._beside(row, max(line + 1, self._a_page_from(line, 1)))
        return self._photos.index(row)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the visible headings and photos."""
        painter = QPainter(self.viewport())
        for number, heading in enumerate(self._layout.headings):
            place = heading.translated(0, -self.verticalOffset())
            if place.intersects(event.rect()):
                group_heading.draw(painter, place, self, self._photos.sections[number])
        pointer = self.viewport().mapFromGlobal(QCursor.pos())
        hovered = self.indexAt(pointer) if self.viewport().underMouse() else QModelIndex()
        for row, place in self._visible_places():
            if place.intersects(event.rect()):
                self._paint_photo(painter, place, self._photos.index(row), hovered)

    def _paint_photo(self, painter: QPainter, place: QRect, index: QModelIndex, hovered: QModelIndex) -> None:
        option = QStyleOptionViewItem()
        self.initViewItemOption(option)
        option.rect = place
        option.state = QStyle.StateFlag.State_Enabled
        if self.selectionModel().isSelected(index):
            option.state |= QStyle.StateFlag.State_Selected
        if index == hovered:
            option.state |= QStyle.StateFlag.State_MouseOver
        self.itemDelegate().paint(painter, option, index)

    def _visible_lines(self) -> list[Line]:
        top = self.verticalOffset()
        return list(self._layout.lines_between(top, top + self.viewport().height()))

    def _visible_places(self) -> Iterator[tuple[int, QRect]]:
        """Yield the row and the place in the viewport of each visible photo."""
        for line in self._visible_lines():
            for row in range(line.first, line.end):
                yield row, self._layout.cell(row).translated(0, -self.verticalOffset())

    def _beside(self, row: int, line: int) -> int:
        """Return the row of the photo in a line that is nearest to another one, or that one without such a line."""
        if not 0 <= line < self._layout.line_count:
            return row
        return self._layout.nearest(line, self._layout.cell(row).center().x())

    def _a_page_from(self, line: int, direction: int) -> int:
        """Return the number of the line that is the height of the viewport above (-1) or below (1) another one."""
        layout = self._layout
        target = layout.tops[line] + direction * self.viewport().height()
        candidates = range(line, layout.line_count) if direction > 0 else range(line, -1, -1)
        last = line
        for last in candidates:
            if (layout.tops[last] - target) * direction >= 0:
                break
        return last

    def _scroll_bar_width(self) -> int:
        """Return the width to reserve for the scroll bar.

        It is reserved even while the scroll bar is hidden, so that photos do not move when it appears.
        """
        return self.style().pixelMetric(QStyle.PixelMetric.PM_ScrollBarExtent) + 2
