"""The window's global actions, with their shortcuts and menus."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction, QKeySequence

from desktop.texts import labels

if TYPE_CHECKING:
    from PySide6.QtWidgets import QMenuBar

    from core.reports import LibraryStatus


class Actions(QObject):
    """The actions that are available on every page: for the library, for starting a search, settings and quitting.

    Features connect to the `triggered` signal of the actions that they carry out. `Shell` keeps the actions enabled
    according to the state of the library.
    """

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.add_folder = self._action(labels.ADD_FOLDER, "Ctrl+O")
        self.update_library = self._action(labels.UPDATE_LIBRARY, "F5")
        self.pause = self._action(labels.PAUSE_INDEXING, "Ctrl+P")
        self.stop = self._action(labels.STOP_INDEXING, "Ctrl+.")
        self.folders = self._action(labels.FOLDERS, "Ctrl+Shift+F")
        self.open_picture = self._action(labels.OPEN_PICTURE, "Ctrl+F")
        self.paste = self._action(labels.PASTE_PICTURE, "Ctrl+V")
        self.settings = self._action(labels.SETTINGS, "Ctrl+,")
        self.settings.setMenuRole(QAction.MenuRole.PreferencesRole)
        self.go_on = QAction(labels.tr(labels.GO_ON), self)
        self.quit = self._action(labels.QUIT, "Ctrl+Q")
        self.quit.setMenuRole(QAction.MenuRole.QuitRole)
        self._paused = False
        self.show_paused(paused=False)
        self.set_enabled(None, indexing=False, moving=False)
        self.quit.setEnabled(True)

    def show_paused(self, *, paused: bool) -> None:
        """Make the pause action read "Pause" or "Resume". Its icon text is the short form for a button."""
        self._paused = paused
        self.pause.setText(labels.tr(labels.RESUME_INDEXING if paused else labels.PAUSE_INDEXING))
        self.pause.setIconText(labels.tr(labels.RESUME if paused else labels.PAUSE))

    def set_enabled(
        self, status: LibraryStatus | None, *, indexing: bool, moving: bool, read_only: bool = False
    ) -> None:
        """Enable the actions that make sense in the given state. `status` is None while the library is not open.

        Actions that change the library make no sense if it is read-only.

        Pasting is possible without photos, because it may add the first folder. Pausing is possible without an indexing
        run, because it applies to the runs that changes in the folders start.
        """
        opened = status is not None
        writable = opened and not read_only
        self.add_folder.setEnabled(writable)
        has_folders = status is not None and bool(status.roots) and writable
        self.update_library.setEnabled(has_folders and not indexing)
        self.pause.setEnabled(has_folders or indexing or self._paused)
        self.stop.setEnabled(indexing)
        self.folders.setEnabled(writable)
        self.settings.setEnabled(writable and not moving)
        self.paste.setEnabled(opened)
        self.open_picture.setEnabled(status is not None and (status.photos > 0 or indexing))

    def fill(self, bar: QMenuBar) -> None:
        """Add the menus with these actions to the menu bar."""
        file = bar.addMenu(labels.tr(labels.FILE_MENU))
        file.addActions([self.add_folder, self.update_library, self.pause, self.stop])
        file.addSeparator()
        file.addActions([self.folders, self.settings])
        file.addSeparator()
        file.addAction(self.quit)
        bar.addMenu(labels.tr(labels.SEARCH_MENU)).addActions([self.open_picture, self.paste])

    def _action(self, label: str, shortcut: str) -> QAction:
        action = QAction(labels.tr(label), self)
        action.setShortcut(QKeySequence(shortcut))
        return action
