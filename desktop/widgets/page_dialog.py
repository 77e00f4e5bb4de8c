"""A dialog with one page, which scrolls if the screen is too small for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QFrame, QScrollArea, QVBoxLayout, QWidget

from desktop.texts import labels

if TYPE_CHECKING:
    from PySide6.QtGui import QShowEvent

MIN_WIDTH = 560
MAX_HEIGHT_SHARE = 0.85
"""The largest share of the screen's height that the dialog takes."""


class PageDialog(QDialog):
    """Shows a page above two buttons, one to confirm and one to cancel.

    Emits `confirmed` when the user presses the first, and stays open until its owner calls `accept`. Show it with
    `open`: `exec` would block the event loop.
    """

    confirmed = Signal()

    def __init__(self, parent: QWidget, title: str, page: QWidget, confirmation: str) -> None:
        """`confirmation` is the text of the button that confirms."""
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)  # so that no typed password stays in memory
        self.setWindowTitle(title)
        self._page = page
        self._area = QScrollArea(widgetResizable=True)
        self._area.setFrameShape(QFrame.Shape.NoFrame)
        self._area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._area.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # it scrolls to the field that has the focus
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
        """Return the size that the complete page needs, limited by the screen."""
        margins = self._column.contentsMargins()
        scroll_bar = self._area.verticalScrollBar().sizeHint().width()
        width = max(MIN_WIDTH, self.minimumSizeHint().width())
        available = width - margins.left() - margins.right() - scroll_bar
        page = (
            self._page.heightForWidth(available) if self._page.hasHeightForWidth() else self._page.sizeHint().height()
        )
        rest = self._column.sizeHint().height() - self._area.sizeHint().height()
        return QSize(width, min(page + rest, round(MAX_HEIGHT_SHARE * self.screen().availableGeometry().height())))

    def showEvent(self, event: QShowEvent) -> None:
        """Size the dialog to its page before it appears."""
        # The area scrolls only vertically, so it must be wide enough for every row.
        scroll_bar = self._area.verticalScrollBar().sizeHint().width()
        self._area.setMinimumWidth(self._page.minimumSizeHint().width() + scroll_bar)
        self.resize(self.sizeHint())
        super().showEvent(event)

    def make_room(self) -> None:
        """Enlarge the dialog if its page needs more space than before."""
        if self.isVisible():
            self.resize(self.size().expandedTo(self.sizeHint()))
