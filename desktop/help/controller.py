"""Adds the Help menu."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction

from desktop.help.about_dialog import AboutDialog
from desktop.help.licences_dialog import LicencesDialog, frozen_licences
from desktop.texts import help_messages, labels

if TYPE_CHECKING:
    from pathlib import Path

    from desktop.help.updates import UpdateCheck
    from desktop.shell.shell import Shell


class HelpController(QObject):
    """Opens the dialogs of the Help menu."""

    def __init__(self, shell: Shell, updates: UpdateCheck, library: Path) -> None:
        super().__init__()
        self._shell, self._library = shell, library
        self.licences = QAction(labels.tr(labels.LICENCES), self)
        self.licences.triggered.connect(self._show_licences)
        self.about = QAction(labels.tr(labels.ABOUT), self)
        self.about.setMenuRole(QAction.MenuRole.AboutRole)
        self.about.triggered.connect(self._show_about)
        shell.add_menu(
            labels.tr(labels.HELP_MENU),
            [self.licences, _line(self), updates.check_now, updates.automatic, _line(self), self.about],
        )

    def _show_about(self) -> None:
        AboutDialog(self._shell.window, self._library, self._shell.library.status).open()

    def _show_licences(self) -> None:
        if folder := frozen_licences():
            LicencesDialog(self._shell.window, folder).open()
        else:
            self._shell.banner.show_hint(help_messages.no_licences())


def _line(parent: QObject) -> QAction:
    line = QAction(parent)
    line.setSeparator(True)
    return line
