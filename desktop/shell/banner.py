"""A strip at the top of the window with a message and buttons for what to do about it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QAccessible, QAccessibleEvent, QAction, QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QSizePolicy, QStyle, QToolButton, QWidget

from desktop.texts import labels
from desktop.widgets import colours

if TYPE_CHECKING:
    from collections.abc import Sequence

STRIPE = 4


class Banner(QFrame):
    """Shows the most recent message, with a button for each action offered and one that dismisses the message.

    The message is announced to screen readers. `Shell` has three banners: one for errors and hints, one for problems of
    the search index, and one for what the user should know about the library.
    """

    def __init__(self, name: str, parent: QWidget | None = None, *, alert: bool = True) -> None:
        """`name` is the accessible name, which screen readers speak. Without `alert`, the colours and icon are calm."""
        super().__init__(parent)
        self._alert = self._is_alert = alert
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
        """Return the message that is shown."""
        return self._text.text()

    def show_message(self, text: str) -> None:
        """Show a message without buttons, in place of the previous one."""
        self.offer(text)

    def offer(self, text: str, *actions: QAction) -> None:
        """Show a message with a button for each action, in place of the previous one."""
        self._show(text, actions, alert=self._alert)

    def show_hint(self, text: str, *actions: QAction) -> None:
        """Show a message that is not an error, in calm colours, with a button for each action."""
        self._show(text, actions, alert=False)

    def paintEvent(self, _: QPaintEvent) -> None:
        """Draw a tinted background with a stripe in the alert or accent colour."""
        painter = QPainter(self)
        window = self.palette().window().color()
        colour = colours.ALERT if self._is_alert else colours.accent(self.palette())
        painter.fillRect(self.rect(), colours.mix(window, colour, 0.16))
        painter.fillRect(0, 0, STRIPE, self.height(), colour)

    def changeEvent(self, event: QEvent) -> None:
        """Redraw the icons when the style or palette has changed."""
        super().changeEvent(event)
        if event.type() in (QEvent.Type.StyleChange, QEvent.Type.PaletteChange):
            self._draw_icons()

    def _show(self, text: str, actions: Sequence[QAction], *, alert: bool) -> None:
        self._is_alert = alert
        self._draw_icons()
        self.update()
        self._text.setText(text)
        self.setAccessibleDescription(text)
        for action in actions:
            if action not in self._buttons:
                self._add_button(action)
        for action, button in self._buttons.items():
            button.setVisible(action in actions)
        self.show()
        QAccessible.updateAccessibility(QAccessibleEvent(self, QAccessible.Event.Alert))

    def _add_button(self, action: QAction) -> None:
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
        pixmaps = QStyle.StandardPixmap
        icon = pixmaps.SP_MessageBoxWarning if self._is_alert else pixmaps.SP_MessageBoxInformation
        self._icon.setPixmap(style.standardIcon(icon).pixmap(size, size))
        self._dismiss.setIcon(style.standardIcon(QStyle.StandardPixmap.SP_TitleBarCloseButton))
