"""The state of the library as the window shows it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

if TYPE_CHECKING:
    from core.reports import LibraryStatus


class LibraryState(QObject):
    """Holds what the library contains and which work on it is under way. Emits `changed` after every change.

    Controllers set the state through the `set_` methods. The status line, the actions and the pages read it and follow
    `changed`, so that no feature has to know which others depend on it.
    """

    changed = Signal()

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._status: LibraryStatus | None = None
        self._is_indexing = self._is_indexing_in_background = self._is_paused = False
        self._is_moving = self._is_index_unreachable = self._is_read_only = False

    @property
    def status(self) -> LibraryStatus | None:
        """Return what the library contains, or None before it is open."""
        return self._status

    @property
    def is_indexing(self) -> bool:
        """Return whether an indexing run is under way. A background run counts only while it is shown."""
        return self._is_indexing or self._is_indexing_in_background

    @property
    def is_paused(self) -> bool:
        """Return whether the user has paused indexing."""
        return self._is_paused

    @property
    def is_moving(self) -> bool:
        """Return whether another search index is being built."""
        return self._is_moving

    @property
    def is_index_unreachable(self) -> bool:
        """Return whether the search index cannot be reached."""
        return self._is_index_unreachable

    @property
    def is_read_only(self) -> bool:
        """Return whether the library can only be read."""
        return self._is_read_only

    @property
    def can_search(self) -> bool:
        """Return whether there are photos to search, or soon will be."""
        return self.is_indexing or bool(self._status and self._status.photos)

    def set_status(self, status: LibraryStatus) -> None:
        """Set what the library contains."""
        self._status = status
        self.changed.emit()

    def set_indexing(self, is_indexing: bool) -> None:
        """Set whether an indexing run of the user is under way."""
        self._is_indexing = is_indexing
        self.changed.emit()

    def set_indexing_in_background(self, is_indexing: bool) -> None:
        """Set whether a background run is under way and shown."""
        self._is_indexing_in_background = is_indexing
        self.changed.emit()

    def set_paused(self, is_paused: bool) -> None:
        """Set whether the user has paused indexing."""
        self._is_paused = is_paused
        self.changed.emit()

    def set_moving(self, is_moving: bool) -> None:
        """Set whether another search index is being built."""
        self._is_moving = is_moving
        self.changed.emit()

    def set_index_unreachable(self, is_unreachable: bool) -> None:
        """Set whether the search index cannot be reached."""
        self._is_index_unreachable = is_unreachable
        self.changed.emit()

    def set_read_only(self, is_read_only: bool) -> None:
        """Set whether the library can only be read."""
        self._is_read_only = is_read_only
        self.changed.emit()
