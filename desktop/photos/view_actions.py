"""The actions that change how a grid shows its photos: larger, smaller, with or without weaker matches."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction, QKeySequence

from desktop.photos.grid_view import HIGHEST, LOWEST
from desktop.texts import labels

if TYPE_CHECKING:
    from desktop.photos.grid_view import PhotoGrid
    from desktop.photos.hits_model import HitsModel

STEP = 32


class ViewActions(QObject):
    """Actions for a grid and its model. They are enabled while they have an effect."""

    def __init__(self, view: PhotoGrid, model: HitsModel) -> None:
        super().__init__(view)
        self._view, self._model = view, model
        self.larger = self._action(labels.LARGER, QKeySequence("Ctrl++"), QKeySequence("Ctrl+="))
        self.smaller = self._action(labels.SMALLER, QKeySequence("Ctrl+-"))
        self.show_weaker = self._action(labels.SHOW_WEAKER, QKeySequence("Ctrl+Shift+M"))
        self.show_weaker.setCheckable(True)
        self.larger.triggered.connect(lambda: view.set_row_height(view.row_height + STEP))
        self.smaller.triggered.connect(lambda: view.set_row_height(view.row_height - STEP))
        self.show_weaker.triggered.connect(model.show_weak)
        view.row_height_changed.connect(self._update)
        model.weak_changed.connect(self._update)
        self._update()

    def all(self) -> list[QAction]:
        """Return all actions in the order of the menu."""
        return [self.larger, self.smaller, self.show_weaker]

    def _action(self, label: str, *keys: QKeySequence) -> QAction:
        action = QAction(labels.tr(label), self)
        action.setShortcuts(list(keys))
        return action

    def _update(self) -> None:
        self.larger.setEnabled(self._view.row_height < HIGHEST)
        self.smaller.setEnabled(self._view.row_height > LOWEST)
        self.show_weaker.setEnabled(self._model.can_fold)
        self.show_weaker.setChecked(self._model.can_fold and not self._model.is_folded)
