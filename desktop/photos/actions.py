"""The actions for a found photo: preview it, open it, show its folder, copy its path, find similar photos."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from PySide6.QtCore import QDir, QObject, QProcess, Qt, Signal
from PySide6.QtGui import QAction, QGuiApplication, QKeySequence

from desktop.opening import open_url
from desktop.paths import shown, text, to_url
from desktop.photos.grid_model import photo_of
from desktop.texts import labels, messages

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from desktop.photos.grid_model import Item
    from desktop.photos.grid_view import PhotoGrid


class PhotoActions(QObject):
    """The actions for the current photo of a grid, or for all selected ones.

    They are added to each grid that is attached and to its menu, and act on the one that is visible.

    Signals:
        preview_requested: The user wants to see the photo large. Comes with the view.
        failed: An action failed. Comes with a message for the user.
        copy_requested: The user copies the selected photos. Comes with their paths, without photos on other computers.
        bin_requested: The user wants the selected photos in the recycle bin. Comes with these `Photo`s, without those
            on other computers.
        search_requested: The user wants to find photos like this one. Comes with its path.
        remote_photo_requested: An action needs the file of a photo that is on another computer. Comes with its
            `RemoteFolder`.
        locate_requested: The user wants to set where a folder of another computer is on this one. Comes with the
            `RemoteFolder`.
    """

    preview_requested = Signal(object)
    failed = Signal(str)
    copy_requested = Signal(object)
    bin_requested = Signal(object)
    search_requested = Signal(object)
    remote_photo_requested = Signal(object)
    locate_requested = Signal(object)

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._views: list[PhotoGrid] = []
        self._all: list[QAction] = []
        key = Qt.Key
        self.preview = self._add(labels.PREVIEW, self._preview, key.Key_Space)
        self.open = self._add(labels.OPEN_PHOTO, self._open, key.Key_Return, key.Key_Enter)
        self.show = self._add(labels.SHOW_IN_FOLDER, self._show, QKeySequence("Ctrl+E"))
        self.copy = self._add(labels.COPY_PHOTO, self._copy, QKeySequence.StandardKey.Copy)
        self.copy_path = self._add(labels.COPY_PATH, self._copy_path, QKeySequence("Ctrl+Shift+C"))
        self.more = self._add(labels.MORE_LIKE_THIS, self._search, QKeySequence("Ctrl+L"))
        self.bin = self._add(labels.MOVE_TO_BIN, self._bin, QKeySequence(key.Key_Delete))
        self.locate = self._add(labels.LOCATE, self._locate, QKeySequence("Ctrl+Shift+O"))
        self._update()

    def all(self) -> list[QAction]:
        """Return all actions in the order of the menu."""
        return self._all

    def attach(self, view: PhotoGrid) -> None:
        """Offer the actions for the photos of a grid too."""
        self._views.append(view)
        view.addActions(self._all)
        view.menu().addActions(self._all)
        view.doubleClicked.connect(self._open)
        view.current_changed.connect(self._update)
        view.visibility_changed.connect(self._update)
        view.model().modelReset.connect(self._update)

    def _add(
        self, label: str, slot: Callable[[], None], *keys: Qt.Key | QKeySequence | QKeySequence.StandardKey
    ) -> QAction:
        action = QAction(labels.tr(label), self)
        action.setShortcuts([QKeySequence(key) for key in keys])
        action.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
        action.triggered.connect(slot)
        self._all.append(action)
        return action

    @property
    def _view(self) -> PhotoGrid | None:
        """Return the grid that the user sees. Under the preview, it counts as seen."""
        return next((view for view in self._views if view.isVisible()), None)

    def _current(self) -> Item | None:
        return self._view.current() if self._view else None

    def _selected(self) -> list[Item]:
        return self._view.selected() if self._view else []

    def _update(self) -> None:
        item = self._current()
        for action in self._all:
            action.setEnabled(item is not None)
        self.locate.setVisible(item is not None and item.remote is not None)

    def _preview(self) -> None:
        if self._view:
            self.preview_requested.emit(self._view)

    def _open(self) -> None:
        if (photo := self._local_photo()) and not open_url(to_url(photo)):
            self.failed.emit(messages.no_viewer(shown(photo)))

    def _show(self) -> None:
        if photo := self._local_photo():
            show_in_folder(photo)

    def _copy(self) -> None:
        if photos := [item.path for item in self._selected() if not item.remote]:
            self.copy_requested.emit(photos)
        else:
            self._local_photo()

    def _copy_path(self) -> None:
        QGuiApplication.clipboard().setText("\n".join(map(_full_path, self._selected())))

    def _bin(self) -> None:
        if photos := [photo_of(item) for item in self._selected() if not item.remote]:
            self.bin_requested.emit(photos)

    def _search(self) -> None:
        if photo := self._local_photo():
            self.search_requested.emit(photo)

    def _locate(self) -> None:
        if (item := self._current()) and item.remote:
            self.locate_requested.emit(item.remote)

    def _local_photo(self) -> Path | None:
        """Return the path of the current photo, or None after reporting why its file is not available."""
        item = self._current()
        if item and item.remote:
            self.remote_photo_requested.emit(item.remote)
            return None
        if item and not item.path.exists():
            self.failed.emit(messages.missing_photo(shown(item.path)))
            return None
        return item.path if item else None


def _full_path(item: Item) -> str:
    path = text(item.path)
    return f"{item.remote.origin}: {path}" if item.remote else path


def show_in_folder(photo: Path) -> None:
    """Open the folder of a photo in the file manager. Windows and macOS also select the photo."""
    if sys.platform == "win32":
        QProcess.startDetached("explorer", ["/select,", QDir.toNativeSeparators(str(photo))])
    elif sys.platform == "darwin":
        QProcess.startDetached("open", ["-R", str(photo)])
    else:
        open_url(to_url(photo.parent))
