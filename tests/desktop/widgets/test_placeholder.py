from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QLabel, QWidget

from desktop.widgets.placeholder import Placeholder

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot


def test_icon_is_shown_while_there_is_room_for_it(qtbot: QtBot) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    page = Placeholder(window)
    page.show_text("No photos yet", "Add a folder.")
    window.show()
    icon = next(label for label in page.findChildren(QLabel) if not label.pixmap().isNull())

    for height, is_visible in ((400, True), (150, False), (400, True)):
        page.resize(400, height)
        assert icon.isVisible() is is_visible
    assert page.minimumSizeHint().height() < 150
