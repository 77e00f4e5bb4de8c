"""A strip at the top of the window that says what went wrong and what to do."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QAccessible, QAccessibleEvent, QKeySequence, QPainter, QPaintEvent, QShortcut
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QSizePolicy, QStyle, QToolButton, QWidget

from desktop import colours, labels

STRIPE = 4


class Banner(QFrame):
    """Shows one message, the newest. Esc or its button takes it away."""

    def __init__(self, parent: QWidget | None = None) -> None:
        """Start hidden."""
        super().__init__(parent)
        self.setAccessibleName(labels.tr(labels.PROBLEM))
        self._icon = QLabel()
        self._text = QLabel(wordWrap=True, textFormat=Qt.TextFormat.PlainText)
        self._text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._text.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self._button = QToolButton(autoRaise=True)
        self._button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._button.setAccessibleName(labels.tr(labels.DISMISS))
        self._button.setToolTip(labels.tr(labels.DISMISS))
        self._button.clicked.connect(self.hide)
        self._escape = QShortcut(QKeySequence(Qt.Key.Key_Escape), self, self.hide)
        row = QHBoxLayout(self)
        row.setContentsMargins(STRIPE + 12, 8, 8, 8)
        row.setSpacing(12)
        row.addWidget(self._icon)
        row.addWidget(self._text)
        row.addWidget(self._button, alignment=Qt.AlignmentFlag.AlignTop)
        self._draw_icons()
        self.hide()

    @property
    def text(self) -> str:
        """Return the message."""
        return self._text.text()

    def show_message(self, text: str) -> None:
        """Show a message in the place of the last one and have it read out."""
        self._text.setText(text)
        self.setAccessibleDescription(text)
        self.show()
        QAccessible.updateAccessibility(QAccessibleEvent(self, QAccessible.Event.Alert))

    def paintEvent(self, _: QPaintEvent) -> None:
        """Draw a ground that alerts without hiding the text."""
        painter = QPainter(self)
        window = self.palette().window().color()
        painter.fillRect(self.rect(), colours.mix(window, colours.ALERT, 0.16))
        painter.fillRect(0, 0, STRIPE, self.height(), colours.ALERT)

    def changeEvent(self, event: QEvent) -> None:
        """Take the icons of a new style or palette."""
        super().changeEvent(event)
        if event.type() in (QEvent.Type.StyleChange, QEvent.Type.PaletteChange):
            self._draw_icons()

    def _draw_icons(self) -> None:
        style = self.style()
        size = style.pixelMetric(QStyle.PixelMetric.PM_SmallIconSize)
        icon = style.standardIcon(QStyle.StandardPixmap.SP_MessageBoxWarning)
        self._icon.setPixmap(icon.pixmap(size, size))
        self._button.setIcon(style.standardIcon(QStyle.StandardPixmap.SP_TitleBarCloseButton))
