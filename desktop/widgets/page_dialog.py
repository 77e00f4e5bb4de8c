"""A dialog of one page, which scrolls where the screen has no room for all of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QFrame, QScrollArea, QVBoxLayout, QWidget

from desktop.texts import labels

if TYPE_CHECKING:
    from PySide6.QtGui import QShowEvent

WIDTH = 560
SHARE = 0.85
"""How much of the screen's height it takes at most."""


class PageDialog(QDialog):
    """A page over two buttons: `confirmed` says that its choices are to be taken over. To be opened, not executed."""

    confirmed = Signal()

    def __init__(self, parent: QWidget, title: str, page: QWidget, confirmation: str) -> None:
        """Show a page, with these words on the button that takes its choices over."""
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)  # and with it what was typed of a password
        self.setWindowTitle(title)
        self._page = page
        self._area = QScrollArea(widgetResizable=True)
        self._area.setFrameShape(QFrame.Shape.NoFrame)
        self._area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._area.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # it follows the field that the keyboard is on
        self._area.setWidget(page)
        buttons = QDialogButtonBox()
        self.confirm_button = buttons.addButton(confirmation, QDialogButtonBox.ButtonRole.AcceptRole)
        buttons.addButton(labels.tr(labels.CANCEL), QDialogButtonBox.ButtonRole.RejectRole)
        buttons.accepted.connect(self.confirmed)
        buttons.rejected.connect(self.reject)
        self._column = QVBoxLayout(self)
        self._column.addWidget(self._area)
        self._column.addWidget(buttons)
        self.confirm_button.setDefault(True)

    def sizeHint(self) -> QSize:
        """Return the room for the whole page, as far as the screen has it."""
        margins = self._column.contentsMargins()
        edge = self._area.verticalScrollBar().sizeHint().width()
        width = max(WIDTH, self.minimumSizeHint().width())
        room = width - margins.left() - margins.right() - edge
        page = self._page.heightForWidth(room) if self._page.hasHeightForWidth() else self._page.sizeHint().height()
        rest = self._column.sizeHint().height() - self._area.sizeHint().height()
        return QSize(width, min(page + rest, round(SHARE * self.screen().availableGeometry().height())))

    def showEvent(self, event: QShowEvent) -> None:
        """Take the room that the page needs."""
        # All of a row stays in sight, whatever is scrolled.
        edge = self._area.verticalScrollBar().sizeHint().width()
        self._area.setMinimumWidth(self._page.minimumSizeHint().width() + edge)
        self.resize(self.sizeHint())
        super().showEvent(event)

    def make_room(self) -> None:
        """Grow where the page has come to need more room."""
        if self.isVisible():
            self.resize(self.size().expandedTo(self.sizeHint()))
