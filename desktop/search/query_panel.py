"""The side panel with the query picture and buttons to choose another one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from desktop.search.query_picture import QueryPicture
from desktop.texts import labels
from desktop.widgets.elided_label import ElidedLabel

if TYPE_CHECKING:
    from PySide6.QtGui import QAction, QPixmap

WIDTH = 264
EXTRA_BUTTON_HEIGHT = 8


class QueryPanel(QWidget):
    """Shows the query picture and its name, and a button for each of the given actions."""

    def __init__(self, open_picture: QAction, paste: QAction, add_folder: QAction, update: QAction) -> None:
        super().__init__()
        self._picture = QueryPicture()
        self._name = ElidedLabel()
        self._name.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 12, 16)
        column.setSpacing(8)
        column.addWidget(self._picture)
        column.addWidget(self._name)
        column.addWidget(_button(labels.OPEN_BUTTON, open_picture))
        column.addWidget(_button(labels.PASTE_BUTTON, paste))
        column.addStretch()
        column.addWidget(_button(labels.ADD_FOLDER, add_folder))
        column.addWidget(_button(labels.UPDATE_LIBRARY, update))
        self.clear()

    def sizeHint(self) -> QSize:
        """Return the preferred size, wide enough to recognise the picture."""
        return QSize(WIDTH, super().sizeHint().height())

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


def _button(text: str, action: QAction) -> QPushButton:
    button = QPushButton(labels.tr(text))
    button.setMinimumHeight(button.sizeHint().height() + EXTRA_BUTTON_HEIGHT)
    button.setToolTip(action.shortcut().toString(action.shortcut().SequenceFormat.NativeText))
    button.setEnabled(action.isEnabled())
    button.clicked.connect(action.trigger)
    action.enabledChanged.connect(button.setEnabled)
    return button
