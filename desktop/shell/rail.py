"""The rail at the left edge of the window, which switches between the pages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QAction, QPainter, QPaintEvent, QPalette, QResizeEvent
from PySide6.QtWidgets import QButtonGroup, QFrame, QSizePolicy, QToolButton, QVBoxLayout

from desktop.texts import labels, messages
from desktop.widgets import colours
from desktop.widgets.icons import icon

if TYPE_CHECKING:
    from collections.abc import Sequence

    from desktop.widgets.icons import Glyph

ICON_SIDE = 24
MIN_WIDTH = 76
PADDING = 10
MARK_WIDTH = 3
BADGE_SCALE = 0.8


class Rail(QFrame):
    """A column with a button for each page, and buttons for some actions at its foot."""

    def __init__(self, actions: Sequence[QAction]) -> None:
        super().__init__()
        self._group = QButtonGroup(self, exclusive=True)
        self._buttons: dict[QAction, RailButton] = {}
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(4, 8, 4, 8)
        self._column.setSpacing(4)
        self._column.addStretch()
        self._foot = [RailButton(action) for action in actions]
        for button in self._foot:
            self._column.addWidget(button)
        self.setAccessibleName(labels.tr(labels.PAGES))
        self.setBackgroundRole(QPalette.ColorRole.AlternateBase)
        self.setAutoFillBackground(True)

    def add_page(self, action: QAction, glyph: Glyph) -> None:
        """Add a button below the last one. It triggers the action, and is pressed while the action is checked."""
        action.setIcon(icon(glyph))
        button = self._buttons[action] = RailButton(action)
        button.setCheckable(True)
        action.toggled.connect(button.setChecked)
        self._group.addButton(button)
        self._column.insertWidget(len(self._buttons) - 1, button)
        self.setTabOrder(self._foot[0], button)  # without this, the next line would leave the button at the end
        self.setTabOrder(button, self._foot[0])

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Show only icons if there is no room for the texts."""
        super().resizeEvent(event)
        buttons = self.findChildren(RailButton)
        margins = self._column.contentsMargins()
        spacing = len(buttons) * self._column.spacing() + margins.top() + margins.bottom()
        is_low = self.height() < sum(button.full_height for button in buttons) + spacing
        for button in buttons:
            button.set_compact(is_low)

    def set_count(self, action: QAction, count: int) -> None:
        """Show on the button of a page how many things wait there. 0 shows nothing."""
        self._buttons[action].set_count(count)


class RailButton(QToolButton):
    """A button for an action, with the icon above the text, and a number in its corner.

    `full_height` is the height in pixels that it needs for both.
    """

    def __init__(self, action: QAction) -> None:
        super().__init__()
        self._count = 0
        self._text = action.text().replace("&", "").rstrip("\N{HORIZONTAL ELLIPSIS}")
        self.setText(self._text)
        self.setAccessibleName(self._text)
        self.setIcon(action.icon())
        self.setIconSize(QSize(ICON_SIDE, ICON_SIDE))
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextUnderIcon)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        self.setAutoRaise(True)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        shortcut = action.shortcut().toString(action.shortcut().SequenceFormat.NativeText)
        self.setToolTip(messages.with_shortcut(self._text, shortcut))
        self.full_height = self.sizeHint().height()
        self.setEnabled(action.isEnabled())
        self.clicked.connect(action.trigger)
        action.enabledChanged.connect(self.setEnabled)

    @property
    def count(self) -> int:
        """Return the number in the corner, or 0 if there is none."""
        return self._count

    def set_count(self, count: int) -> None:
        """Set the number in the corner."""
        self._count = count
        self.setAccessibleName(messages.counted(self._text, count) if count else self._text)
        self.update()

    def set_compact(self, is_compact: bool) -> None:
        """Show only the icon, or the text below it too."""
        style = Qt.ToolButtonStyle
        self.setToolButtonStyle(style.ToolButtonIconOnly if is_compact else style.ToolButtonTextUnderIcon)

    def sizeHint(self) -> QSize:
        """Return a size with some room round the icon and the text."""
        hint = super().sizeHint()
        return QSize(max(MIN_WIDTH, hint.width()), hint.height() + PADDING)

    def minimumSizeHint(self) -> QSize:
        """Return a size that is high enough for the icon."""
        return QSize(self.sizeHint().width(), ICON_SIDE + PADDING)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the button, a mark at its edge while it is pressed, and the number."""
        super().paintEvent(event)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colours.accent(self.palette()))
        if self.isChecked():
            painter.drawRoundedRect(QRectF(0, PADDING, MARK_WIDTH, self.height() - 2 * PADDING), 1.5, 1.5)
        if self._count:
            self._draw_count(painter)

    def _draw_count(self, painter: QPainter) -> None:
        font = self.font()
        font.setPointSizeF(font.pointSizeF() * BADGE_SCALE)
        painter.setFont(font)
        text, metrics = messages.short_count(self._count), painter.fontMetrics()
        height = metrics.height()
        badge = QRectF(0, 0, max(height, metrics.horizontalAdvance(text) + height / 2), height)
        badge.moveCenter(QPointF(self.width() / 2 + ICON_SIDE / 2, PADDING / 2 + height / 2))
        painter.drawRoundedRect(badge, height / 2, height / 2)
        painter.setPen(self.palette().color(QPalette.ColorRole.HighlightedText))
        painter.drawText(badge, Qt.AlignmentFlag.AlignCenter, text)
