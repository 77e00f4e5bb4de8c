"""A widget that shows one picture, which can be zoomed and moved with the mouse."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QImage, QMouseEvent, QPainter, QPaintEvent, QPalette, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QWidget

from desktop.preview import painting
from desktop.preview.zoom import FIT, Frame, View
from desktop.widgets import colours

if TYPE_CHECKING:
    from core.types import Box

WHEEL_STEP = 120
"""The angle of one step of the wheel, in eighths of a degree."""

ZOOM_STEP = 1.25
LARGEST_SIDE = 8000
"""The most pixels that are decoded on a side. Qt refuses images of more than 256 MB."""

SHAPE_TOLERANCE = 2.0
"""Pixels by which the rounded sides of an image may be off the shape of the picture."""


class PictureView(QWidget):
    """Shows a picture in the middle of a dark area, or in its place what is known: its shape and a message.

    `view_changed` comes with the new `View` when the user has zoomed or moved the picture, and `resized` is emitted
    when the widget has another size.
    """

    view_changed = Signal(object)
    resized = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._size = QSize()
        self._is_size_known = False
        self._image = QImage()
        self._view = FIT
        self._region: Box | None = None
        self._caption = self._message = ""
        self._grip: QPoint | None = None

    @property
    def view(self) -> View:
        """Return how the picture is zoomed and moved."""
        return self._view

    @property
    def image(self) -> QImage:
        """Return what is shown of the picture. It is null as long as there is nothing."""
        return self._image

    @property
    def region(self) -> Box | None:
        """Return the part of the picture that is outlined."""
        return self._region

    @property
    def caption(self) -> str:
        """Return the text in the corner."""
        return self._caption

    @property
    def message(self) -> str:
        """Return the text in place of the picture, or below it."""
        return self._message

    def show_picture(self, size: QSize) -> None:
        """Show another picture. It has this full size in pixels, which is empty if it is not known."""
        self._size, self._is_size_known = size, not size.isEmpty()
        self._image, self._message = QImage(), ""
        self.update()

    def set_image(self, image: QImage) -> None:
        """Show the picture itself, in any size."""
        if image.isNull() or image.cacheKey() == self._image.cacheKey():
            return
        if not _has_shape(image, self._size):  # the size was not known, or the file has changed since
            self._size, self._is_size_known = image.size(), False
        elif not self._is_size_known:
            self._size = self._size.expandedTo(image.size())
        self._image = image
        self.update()

    def set_caption(self, caption: str) -> None:
        """Show a text in the corner, or none."""
        self._caption = caption
        self.update()

    def set_message(self, message: str) -> None:
        """Show a message, for example why there is no picture."""
        self._message = message
        self.update()

    def set_region(self, region: Box | None) -> None:
        """Outline a part of the picture."""
        self._region = region
        self.update()

    def set_view(self, view: View) -> None:
        """Zoom and move the picture, as far as that is possible here."""
        self._view = self.frame.clamped(view) if self.frame else view
        self.update()

    @property
    def frame(self) -> Frame | None:
        """Return the picture in the area of this widget, or None if its size is not known."""
        if self._size.isEmpty() or self.size().isEmpty():
            return None
        ratio = self.devicePixelRatioF()
        return Frame(self._size.width(), self._size.height(), self.width() * ratio, self.height() * ratio)

    @property
    def is_actual_size(self) -> bool:
        """Return whether each pixel of the picture takes one of the screen."""
        return bool(self.frame and self.frame.is_actual_size(self._view))

    @property
    def side(self) -> int:
        """Return the length in pixels that the longer side of the image needs to be sharp."""
        size = self._size if self._is_size_known else QSize()
        if self._view.zoom > 1:  # at once as large as possible, because the user may zoom further
            return min(LARGEST_SIDE, max(size.width(), size.height())) if self._is_size_known else LARGEST_SIDE
        return self.side_of(size)

    def side_of(self, size: QSize) -> int:
        """Return the length that the longer side of another picture would need, if shown completely."""
        area = self.size() * self.devicePixelRatioF()
        if size.isEmpty() or area.isEmpty():
            return max(1, area.width(), area.height())
        return Frame(size.width(), size.height(), area.width(), area.height()).side(FIT)

    def zoom(self, factor: float, point: QPointF | None = None) -> None:
        """Zoom about a point of the widget, or its middle."""
        if frame := self.frame:
            self._change(frame.zoomed(self._view, factor, *self._device_point(point)))

    def toggle_actual_size(self, point: QPointF | None = None) -> None:
        """Show each pixel of the picture on one of the screen, or the complete picture again."""
        if frame := self.frame:
            self._change(frame.toggled(self._view, *self._device_point(point)))

    def move_by(self, right: float, down: float) -> None:
        """Move the picture by these lengths in pixels of the widget."""
        if frame := self.frame:
            ratio = self.devicePixelRatioF()
            self._change(frame.moved(self._view, right * ratio, down * ratio))

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom about the cursor."""
        self.zoom(ZOOM_STEP ** (event.angleDelta().y() / WHEEL_STEP), event.position())
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Take hold of the picture."""
        if event.button() is Qt.MouseButton.LeftButton:
            self._grip = event.position().toPoint()
            self.setCursor(Qt.CursorShape.ClosedHandCursor)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Move the picture with the mouse."""
        if self._grip is not None:
            position = event.position().toPoint()
            way, self._grip = position - self._grip, position
            self.move_by(way.x(), way.y())

    def mouseReleaseEvent(self, _: QMouseEvent) -> None:
        """Let the picture go."""
        self._grip = None
        self.unsetCursor()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Show each pixel of the picture on one of the screen, or the complete picture again."""
        if event.button() is Qt.MouseButton.LeftButton:
            self.toggle_actual_size(event.position())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the picture within the new size."""
        super().resizeEvent(event)
        self.set_view(self._view)
        self.resized.emit()

    def paintEvent(self, _: QPaintEvent) -> None:
        """Draw the picture, its outlined part, and the texts."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), self.palette().color(QPalette.ColorRole.Dark))
        if frame := self.frame:
            ratio = self.devicePixelRatioF()
            painter.scale(1 / ratio, 1 / ratio)
            self._draw_picture(painter, frame, ratio)
            painter.resetTransform()
        if self._caption:
            corner = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop
            painting.draw_text(painter, self.rect(), self._caption, corner, self.palette())
        if self._message:
            down = Qt.AlignmentFlag.AlignVCenter if self._image.isNull() else Qt.AlignmentFlag.AlignBottom
            middle = down | Qt.AlignmentFlag.AlignHCenter
            painting.draw_text(painter, self.rect(), self._message, middle, self.palette())

    def _draw_picture(self, painter: QPainter, frame: Frame, ratio: float) -> None:
        place = QRectF(*frame.place(self._view))
        if self._image.isNull():
            painter.fillRect(place, colours.blank(self.palette()))
        else:
            area = QRectF(0, 0, frame.area_width, frame.area_height)
            painting.draw_image(painter, self._image, place, area)
        if self._region:
            painting.draw_outline(painter, place, self._region, self.palette(), ratio)

    def _change(self, view: View) -> None:
        if view != self._view:
            self.set_view(view)
            self.view_changed.emit(self._view)

    def _device_point(self, point: QPointF | None) -> tuple[float, float]:
        point = (point or QRectF(self.rect()).center()) * self.devicePixelRatioF()
        return point.x(), point.y()


def _has_shape(image: QImage, size: QSize) -> bool:
    """Return whether an image has the shape of a picture of this size, apart from rounding."""
    if size.isEmpty():
        return False
    scale = max(image.width(), image.height()) / max(size.width(), size.height())
    across, down = size.width() * scale - image.width(), size.height() * scale - image.height()
    return max(abs(across), abs(down)) <= SHAPE_TOLERANCE
