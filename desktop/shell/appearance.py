"""Whether the window is light or dark: as the system is, or as the user chooses."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QAction, QActionGroup, QGuiApplication
from PySide6.QtWidgets import QApplication, QMenu

from desktop.shell.flat_style import FlatStyle
from desktop.shell.palettes import palette
from desktop.texts import labels

if TYPE_CHECKING:
    from PySide6.QtWidgets import QMainWindow

    from desktop.shell.window_state import WindowState


class Theme(StrEnum):
    """What the user has chosen."""

    SYSTEM = "system"
    LIGHT = "light"
    DARK = "dark"


SCHEMES = {
    Theme.SYSTEM: Qt.ColorScheme.Unknown,
    Theme.LIGHT: Qt.ColorScheme.Light,
    Theme.DARK: Qt.ColorScheme.Dark,
}
LABELS = {
    Theme.SYSTEM: labels.AS_THE_SYSTEM,
    Theme.LIGHT: labels.LIGHT,
    Theme.DARK: labels.DARK,
}


class Appearance(QObject):
    """Gives the program its style and colours, and has the menu to choose between light and dark."""

    def __init__(self, window: QMainWindow, window_state: WindowState) -> None:
        super().__init__(window)
        self._state = window_state
        self.menu = QMenu(labels.tr(labels.APPEARANCE), window)
        self._group = QActionGroup(self)
        theme = self._saved()
        for value, label in LABELS.items():
            self._add(value, label).setChecked(value is theme)
        hints = QGuiApplication.styleHints()
        hints.setColorScheme(SCHEMES[theme])
        hints.colorSchemeChanged.connect(self._paint)
        if not isinstance(QApplication.style(), FlatStyle):
            QApplication.setStyle(FlatStyle())
        self._paint(hints.colorScheme())

    def choose(self, theme: Theme) -> None:
        """Change the colours at once, and keep the choice."""
        self._state.theme = theme
        hints = QGuiApplication.styleHints()
        hints.setColorScheme(SCHEMES[theme])
        self._paint(hints.colorScheme())

    def _add(self, theme: Theme, label: str) -> QAction:
        action = self.menu.addAction(labels.tr(label))
        action.setCheckable(True)
        action.triggered.connect(lambda: self.choose(theme))
        self._group.addAction(action)
        return action

    def _saved(self) -> Theme:
        known = {theme.value: theme for theme in Theme}
        return known.get(self._state.theme, Theme.SYSTEM)

    def _paint(self, system: Qt.ColorScheme) -> None:
        theme = self._saved()
        is_dark = theme is Theme.DARK or (theme is Theme.SYSTEM and system is Qt.ColorScheme.Dark)
        QApplication.setPalette(palette(dark=is_dark))
