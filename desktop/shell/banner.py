"""A strip at the top of the window that says what is the matter and what to do."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QAccessible, QAccessibleEvent, QAction, QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QSizePolicy, QStyle, QToolButton, QWidget

from desktop.texts import labels
from desktop.widgets import colours

STRIPE = 4


class Banner(QFrame):
    """Shows one message, the newest, with buttons for what can be done about it. Its last button takes it away."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        """Start hidden, under the name that a screen reader says."""
        super().__init__(parent)
        self.setAccessibleName(name)
        self._buttons: dict[QAction, QPushButton] = {}
        self._icon = QLabel()
        self._text = QLabel(wordWrap=True, textFormat=Qt.TextFormat.PlainText)
        self._text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._text.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self._dismiss = QToolButton(autoRaise=True)
        self._dismiss.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._dismiss.setAccessibleName(labels.tr(labels.DISMISS))
        self._dismiss.setToolTip(labels.tr(labels.DISMISS))
        self._dismiss.clicked.connect(self.hide)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(STRIPE + 12, 8, 8, 8)
        self._row.setSpacing(12)
        self._row.addWidget(self._icon)
        self._row.addWidget(self._text)
        self._row.addWidget(self._dismiss, alignment=Qt.AlignmentFlag.AlignTop)
        self._draw_icons()
        self.hide()

    @property
    def text(self) -> str:
        """Return the message."""
        return self._text.text()

    def show_message(self, text: str) -> None:
        """Show a message in the place of the last one and have it read out."""
        self.offer(text)

    def offer(self, text: str, *actions: QAction) -> None:
        """Show a message and a button for each action."""
        self._text.setText(text)
        self.setAccessibleDescription(text)
        for action in actions:
            if action not in self._buttons:
                self._add(action)
        for action, button in self._buttons.items():
            button.setVisible(action in actions)
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

    def _add(self, action: QAction) -> None:
        button = QPushButton()
        button.clicked.connect(action.trigger)

        def follow() -> None:
            button.setText(action.text())
            button.setEnabled(action.isEnabled())

        action.changed.connect(follow)
        follow()
        self._buttons[action] = button
        self._row.insertWidget(self._row.count() - 1, button)

    def _draw_icons(self) -> None:
        style = self.style()
        size = style.pixelMetric(QStyle.PixelMetric.PM_SmallIconSize)
        icon = style.standardIcon(QStyle.StandardPixmap.SP_MessageBoxWarning)
        self._icon.setPixmap(icon.pixmap(size, size))
        self._dismiss.setIcon(style.standardIcon(QStyle.StandardPixmap.SP_TitleBarCloseButton))
