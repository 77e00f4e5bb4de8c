"""The strip above the photo: what it is, and the buttons."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QHBoxLayout, QToolButton, QVBoxLayout, QWidget

from desktop.widgets import colours
from desktop.widgets.elided_label import ElidedLabel

if TYPE_CHECKING:
    from PySide6.QtGui import QAction

    from desktop.preview.actions import PreviewActions


LEAST_SIDE = 32


class Strip(QWidget):
    """Shows the name of the photo above its details, and a button for each of the most important actions."""

    def __init__(self, actions: PreviewActions, palette: QPalette) -> None:
        super().__init__()
        self.title, self.details = ElidedLabel(), ElidedLabel()
        font = self.title.font()
        font.setBold(True)
        self.title.setFont(font)
        quiet = QPalette(palette)
        quiet.setColor(QPalette.ColorRole.WindowText, colours.quiet(palette))
        self.details.setPalette(quiet)
        texts = QVBoxLayout()
        texts.setSpacing(2)
        texts.addWidget(self.title)
        texts.addWidget(self.details)
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 8, 8, 8)
        row.setSpacing(4)
        row.addLayout(texts, stretch=1)
        arrows = {actions.previous: Qt.ArrowType.LeftArrow, actions.next: Qt.ArrowType.RightArrow}
        for action in (
            actions.previous,
            actions.next,
            actions.actual_size,
            actions.compare,
            actions.alternate,
            actions.full_screen,
            actions.close,
        ):
            row.addWidget(_button(action, arrows.get(action, Qt.ArrowType.NoArrow)))


def _button(action: QAction, arrow: Qt.ArrowType) -> QToolButton:
    button = QToolButton(autoRaise=True)
    button.setDefaultAction(action)
    button.setArrowType(arrow)
    button.setMinimumSize(LEAST_SIDE, LEAST_SIDE)
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)  # a click leaves the focus, and with it the keys, to the preview
    button.setAccessibleName(action.toolTip())
    return button
