"""Opens the preview over a grid, and walks through its photos."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Qt

from desktop.photos.grid_model import ITEM_ROLE, photo_of
from desktop.preview.comparison import Mode
from desktop.preview.image_supply import ImageSupply
from desktop.preview.overlay import PreviewOverlay

if TYPE_CHECKING:
    from pathlib import Path

    from PySide6.QtCore import QModelIndex

    from desktop.engine_port import EnginePort
    from desktop.photos.grid_model import Item
    from desktop.photos.grid_view import PhotoGrid
    from desktop.photos.thumbnails import Thumbnails
    from desktop.shell.shell import Shell
    from desktop.tasks import Tasks

PAGE = 10
"""How many photos Page Up and Page Down skip."""


class PreviewController(QObject):
    """Shows the current photo of a grid over the whole window. Walking changes which photo of the grid is current."""

    def __init__(self, engine: EnginePort, shell: Shell, tasks: Tasks, thumbnails: Thumbnails) -> None:
        super().__init__(shell)
        self._window = shell.window
        self._grid: PhotoGrid | None = None
        self._shown: Item | None = None
        self._direction = 1
        self._is_full_screen = False
        self._overlay = PreviewOverlay(shell.window)
        self._images = ImageSupply(engine, tasks, thumbnails, self._overlay.pictures)
        self._connect()
        shell.closing.connect(self.close)

    def open(self, grid: PhotoGrid, query: Path | bytes | None) -> None:
        """Show the current photo of a grid. `query` is the picture to compare its photos with, if there is one."""
        if self._grid or not grid.current():
            return
        self._grid, self._direction = grid, 1
        self._images.set_query(query)
        self._overlay.controls.set_comparable(query is not None)
        grid.current_changed.connect(self._update)
        grid.model().dataChanged.connect(self._update)
        grid.model().modelReset.connect(self._close_if_empty)
        grid.installEventFilter(self)
        self._overlay.addActions(grid.menu().actions())
        self._overlay.cover()
        self._update()

    def close(self) -> None:
        """Show the grid again. Its current photo is the one that was seen last."""
        if not (grid := self._grid):
            return
        self._grid = self._shown = None
        grid.current_changed.disconnect(self._update)
        grid.model().dataChanged.disconnect(self._update)
        grid.model().modelReset.disconnect(self._close_if_empty)
        grid.removeEventFilter(self)
        for action in grid.menu().actions():
            self._overlay.removeAction(action)
        self._leave_full_screen()
        self._overlay.hide()
        self._overlay.pictures.set_mode(Mode.PHOTO)
        self._images.clear()
        grid.scrollTo(grid.currentIndex())
        grid.setFocus()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Close the preview when another page takes the place of the grid."""
        if watched is self._grid and event.type() == QEvent.Type.Hide and not event.spontaneous():
            self.close()
        return super().eventFilter(watched, event)

    def _connect(self) -> None:
        controls = self._overlay.controls
        controls.next.triggered.connect(lambda: self._walk(1))
        controls.previous.triggered.connect(lambda: self._walk(-1))
        controls.ten_on.triggered.connect(lambda: self._walk(PAGE))
        controls.ten_back.triggered.connect(lambda: self._walk(-PAGE))
        controls.first.triggered.connect(lambda: self._go_to(0))
        controls.last.triggered.connect(lambda: self._go_to(self._rows - 1))
        controls.step_out.triggered.connect(self._step_out)
        controls.close.triggered.connect(self.close)
        controls.full_screen.triggered.connect(self._toggle_full_screen)
        self._images.changed.connect(self._update)

    @property
    def _rows(self) -> int:
        return self._grid.model().rowCount() if self._grid else 0

    def _index(self, row: int) -> QModelIndex:
        assert self._grid
        return self._grid.model().index(row, 0)

    def _walk(self, steps: int) -> None:
        if self._grid:
            self._direction = 1 if steps > 0 else -1
            self._go_to(self._grid.currentIndex().row() + steps)

    def _go_to(self, row: int) -> None:
        if self._grid:
            self._grid.setCurrentIndex(self._index(max(0, min(row, self._rows - 1))))

    def _update(self) -> None:
        """Show the current photo of the grid and what is known of it by now."""
        if not (self._grid and (item := self._grid.current())):
            return
        row = self._grid.currentIndex().row()
        before, self._shown = self._shown, item
        if before is None or photo_of(item) != photo_of(before):
            self._overlay.show_photo(photo_of(item))
            self._overlay.announce(self._index(row).data(Qt.ItemDataRole.AccessibleTextRole))
        self._overlay.show_details(item, row + 1, self._rows)
        self._overlay.controls.set_place(row, self._rows)
        neighbours = (self._index(row + self._direction), self._index(row - self._direction))
        self._images.supply(item, [index.data(ITEM_ROLE) for index in neighbours if index.isValid()])
        self._overlay.explain(self._overlay.pictures.photo.message)

    def _close_if_empty(self) -> None:
        if not self._rows:
            self.close()

    def _step_out(self) -> None:
        """End the comparison, then full screen, then the preview."""
        if self._overlay.pictures.is_comparing:
            self._overlay.pictures.set_mode(Mode.PHOTO)
        elif self._is_full_screen:
            self._leave_full_screen()
        else:
            self.close()

    def _toggle_full_screen(self) -> None:
        if self._is_full_screen:
            self._leave_full_screen()
        else:
            self._set_full_screen(True)

    def _leave_full_screen(self) -> None:
        if self._is_full_screen:
            self._set_full_screen(False)

    def _set_full_screen(self, full: bool) -> None:
        self._is_full_screen = full
        self._window.setWindowState(self._window.windowState() ^ Qt.WindowState.WindowFullScreen)
        self._overlay.controls.full_screen.setChecked(full)
