"""The side panel with the query picture and buttons to choose another one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent, QPen, QPixmap
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from desktop.texts import labels
from desktop.widgets import colours
from desktop.widgets.action_button import action_button
from desktop.widgets.elided_label import ElidedLabel
from desktop.widgets.icons import Glyph

if TYPE_CHECKING:
    from PySide6.QtGui import QAction

WIDTH = 264
ROUNDING = 10
PADDING = 10
MIN_SIDE = 140


class QueryPanel(QScrollArea):
    """Shows the query picture and its name, and a button for each of the given actions. Scrolls on a low screen."""

    def __init__(self, open_picture: QAction, paste: QAction) -> None:
        super().__init__(widgetResizable=True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._content = QWidget()
        self._picture = QueryPicture()
        self._name = ElidedLabel()
        self._name.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self._picture.clicked.connect(open_picture.trigger)
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        buttons.addWidget(_button(labels.OPEN_BUTTON, Glyph.IMAGE, open_picture))
        buttons.addWidget(_button(labels.PASTE_BUTTON, Glyph.CLIPBOARD_TEXT, paste))
        column = self._column = QVBoxLayout(self._content)
        column.setContentsMargins(16, 16, 12, 16)
        column.setSpacing(8)
        column.addWidget(self._picture)
        column.addWidget(self._name)
        column.addLayout(buttons)
        column.addStretch()
        self.setWidget(self._content)
        self.clear()

    def add_section(self, title: str, section: QWidget) -> None:
        """Add a part with a title below the buttons."""
        heading = QLabel(title)
        font = heading.font()
        font.setBold(True)
        heading.setFont(font)
        heading.setContentsMargins(0, 8, 0, 0)
        for widget in (heading, section):
            self._column.insertWidget(self._column.count() - 1, widget)

    def sizeHint(self) -> QSize:
        """Return the preferred size, wide enough to recognise the picture."""
        return QSize(WIDTH, self._content.sizeHint().height())

    def minimumSizeHint(self) -> QSize:
        """Return the smallest size: wide enough for the buttons, and as high as the picture at its smallest."""
        return QSize(self._content.minimumSizeHint().width(), MIN_SIDE)

    @property
    def name(self) -> str:
        """Return the name of the query picture, or an empty text."""
        return self._name.text()

    @property
    def pixmap(self) -> QPixmap:
        """Return the query picture, or a null pixmap if none is shown."""
        return self._picture.pixmap

    def show_query(self, name: str) -> None:
        """Show the name of a new query, and no picture until `show_picture` is called."""
        self._name.setText(name)
        self._picture.setAccessibleDescription(name)
        self._picture.show_text("")

    def show_picture(self, pixmap: QPixmap) -> None:
        """Show the query picture. If the pixmap is null, say that the picture cannot be shown."""
        if pixmap.isNull():
            self._picture.show_text(labels.tr(labels.NOT_SHOWN))
        else:
            self._picture.show_pixmap(pixmap)

    def clear(self) -> None:
        """Show that there is no query."""
        self._name.clear()
        self._picture.setAccessibleDescription("")
        self._picture.show_text(labels.tr(labels.NO_QUERY))


class QueryPicture(QWidget):
    """A square tile that shows a picture, or a text while there is none. `clicked` is emitted when it is clicked."""

    clicked = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._pixmap = QPixmap()
        self._text = ""
        self.setAccessibleName(labels.tr(labels.QUERY))
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    @property
    def pixmap(self) -> QPixmap:
        """Return the picture, or a null pixmap if none is shown."""
        return self._pixmap

    def show_pixmap(self, pixmap: QPixmap) -> None:
        """Show a picture instead of the text or the last picture."""
        self._pixmap = pixmap
        self.update()

    def show_text(self, text: str) -> None:
        """Show a text instead of the picture."""
        self._pixmap = QPixmap()
        self._text = text
        self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Emit `clicked`."""
        if event.button() is Qt.MouseButton.LeftButton and self.rect().contains(event.position().toPoint()):
            self.clicked.emit()

    def minimumSizeHint(self) -> QSize:
        """Return the smallest size at which the picture is useful."""
        return QSize(MIN_SIDE, MIN_SIDE)

    def sizeHint(self) -> QSize:
        """Return the preferred size. The layout makes the tile larger."""
        return QSize(MIN_SIDE, MIN_SIDE)

    def heightForWidth(self, width: int) -> int:
        """Return the width, because the tile is square."""
        return width

    def paintEvent(self, _: QPaintEvent) -> None:
        """Draw the tile with the picture or the text."""
        painter = QPainter(self)
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
        empty = self._pixmap.isNull()
        line = Qt.PenStyle.DashLine if empty else Qt.PenStyle.SolidLine
        painter.setPen(QPen(colours.edge(self.palette()), 1.5 if empty else 1, line))
        painter.setBrush(Qt.BrushStyle.NoBrush if empty else colours.tile(self.palette()))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), ROUNDING, ROUNDING)
        inside = self.rect().adjusted(PADDING, PADDING, -PADDING, -PADDING)
        if empty:
            painter.setPen(colours.quiet(self.palette()))
            painter.drawText(inside, Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, self._text)
            return
        size = self._pixmap.size().scaled(inside.size(), Qt.AspectRatioMode.KeepAspectRatio)
        target = QRectF(0, 0, size.width(), size.height())
        target.moveCenter(QRectF(inside).center())
        painter.drawPixmap(target, self._pixmap, QRectF(self._pixmap.rect()))


def _button(text: str, glyph: Glyph, action: QAction) -> QPushButton:
    button = action_button(text, glyph)
    button.setToolTip(action.shortcut().toString(action.shortcut().SequenceFormat.NativeText))
    button.setEnabled(action.isEnabled())
    button.clicked.connect(action.trigger)
    action.enabledChanged.connect(button.setEnabled)
    return button
