"""A page that is shown while there is no content yet, and says what to do."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QIcon, QResizeEvent
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

ICON = Path(__file__).parents[2] / "resources" / "icons" / "semblance.svg"
ICON_SIDE = 112
TITLE_SCALE = 1.6
SPACING = 16


class Placeholder(QWidget):
    """Shows the program's icon, a title and a sentence in the centre, and any widgets added below them.

    Without room for the icon, it is hidden.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        centre = Qt.AlignmentFlag.AlignCenter
        self._icon = QLabel(alignment=centre)
        self._icon.setPixmap(QIcon(str(ICON)).pixmap(QSize(ICON_SIDE, ICON_SIDE), self.devicePixelRatioF()))
        self._title = QLabel(alignment=centre, wordWrap=True)
        font = self._title.font()
        font.setPointSizeF(font.pointSizeF() * TITLE_SCALE)
        font.setBold(True)
        self._title.setFont(font)
        self._sentence = QLabel(alignment=centre, wordWrap=True, textFormat=Qt.TextFormat.PlainText)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(24, 24, 24, 24)
        self._column.setSpacing(SPACING)
        self._column.addStretch(2)
        for widget in (self._icon, self._title, self._sentence):
            self._column.addWidget(widget)
        self._column.addStretch(3)

    def show_text(self, title: str, sentence: str) -> None:
        """Set the title and the sentence."""
        self._title.setText(title)
        self._sentence.setText(sentence)

    def minimumSizeHint(self) -> QSize:
        """Return the smallest size, without the icon."""
        size = super().minimumSizeHint()
        return size if self._icon.isHidden() else size - QSize(0, ICON_SIDE + SPACING)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Show the icon if there is room for it."""
        super().resizeEvent(event)
        needed = self._column.totalHeightForWidth(self.width())
        if self._icon.isHidden():
            needed += ICON_SIDE + SPACING
        self._icon.setVisible(self.height() >= needed)

    def add(self, widget: QWidget) -> None:
        """Add a widget below the sentence."""
        self._column.insertWidget(self._column.count() - 1, widget, alignment=Qt.AlignmentFlag.AlignHCenter)
