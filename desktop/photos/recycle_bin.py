"""Asks whether photos are to be moved to the recycle bin, and moves them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QMessageBox

from desktop.texts import bin_messages, labels

if TYPE_CHECKING:
    from collections.abc import Sequence

    from core.types import Photo
    from desktop.engine_port import EnginePort
    from desktop.shell.shell import Shell
    from desktop.tasks import Tasks

TASK = "recycle bin"


class RecycleBin(QObject):
    """Moves photos to the recycle bin once the user has confirmed it.

    `moved` is emitted when some were moved, `failed` when some were not, and the window says why.
    """

    moved = Signal()
    failed = Signal()

    def __init__(self, engine: EnginePort, shell: Shell, tasks: Tasks) -> None:
        super().__init__()
        self._engine, self._shell, self._tasks = engine, shell, tasks

    def ask(self, photos: Sequence[Photo], warning: str = "") -> None:
        """Ask whether to move photos. `warning` is a further sentence to consider."""
        box = QMessageBox(self._shell.window)
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        box.setIcon(QMessageBox.Icon.Question)
        box.setTextFormat(Qt.TextFormat.PlainText)
        box.setText(bin_messages.question(photos))
        box.setInformativeText(bin_messages.consequence(photos, warning))
        move = box.addButton(labels.tr(labels.MOVE_TO_BIN).replace("&", ""), QMessageBox.ButtonRole.AcceptRole)
        box.addButton(QMessageBox.StandardButton.Cancel)
        box.setDefaultButton(move)
        move.clicked.connect(lambda: self._tasks.start(TASK, self._move(photos)))
        box.open()

    async def _move(self, photos: Sequence[Photo]) -> None:
        report = await self._engine.move_to_bin([photo.path for photo in photos])
        if report.failed:
            self._shell.banner.show_message(bin_messages.failures(report))
            self.failed.emit()
        else:
            self._shell.banner.show_hint(bin_messages.done(len(report.moved)))
        if report.moved:
            self.moved.emit()
