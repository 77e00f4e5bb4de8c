"""The actions of the preview, with the keys that trigger them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QKeyCombination, QObject, Qt
from PySide6.QtGui import QAction, QKeySequence

from desktop.texts import labels, preview_messages

if TYPE_CHECKING:
    from PySide6.QtGui import QKeyEvent

Key = Qt.Key
NEXT = (Key.Key_Right, Key.Key_Down)
PREVIOUS = (Key.Key_Left, Key.Key_Up)
REPEATED = {
    *NEXT,
    *PREVIOUS,
    Key.Key_PageUp,
    Key.Key_PageDown,
    Key.Key_Plus,
    Key.Key_Minus,
}
"""Keys that can be held."""

IGNORED = Qt.KeyboardModifier.KeypadModifier | Qt.KeyboardModifier.ShiftModifier
"""Modifiers that may be needed to type a character such as +."""


class PreviewActions(QObject):
    """Actions to close, walk, zoom and compare.

    Their keys are those of the window too, which would be ambiguous as shortcuts. So the preview passes the keys that
    it gets to `of`.
    """

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._by_key: dict[QKeyCombination, QAction] = {}
        self.step_out = self._action(labels.CLOSE, Key.Key_Escape)
        self.close = self._action(labels.CLOSE, Key.Key_Space)
        self.previous = self._action(labels.PREVIOUS_PHOTO, *PREVIOUS)
        self.next = self._action(labels.NEXT_PHOTO, *NEXT)
        self.first = self._action(labels.FIRST_PHOTO, Key.Key_Home)
        self.last = self._action(labels.LAST_PHOTO, Key.Key_End)
        self.ten_back = self._action(labels.TEN_PHOTOS_BACK, Key.Key_PageUp)
        self.ten_on = self._action(labels.TEN_PHOTOS_ON, Key.Key_PageDown)
        self.zoom_in = self._action(labels.ZOOM_IN, Key.Key_Plus, Key.Key_Equal)
        self.zoom_out = self._action(labels.ZOOM_OUT, Key.Key_Minus)
        self.actual_size = self._action(labels.ACTUAL_SIZE, Key.Key_1, Key.Key_Z, checkable=True)
        self.fit = self._action(labels.FIT, Key.Key_0)
        self.compare = self._action(labels.COMPARE, Key.Key_C, checkable=True)
        self.alternate = self._action(labels.ALTERNATE, Key.Key_B, checkable=True)
        self.full_screen = self._action(labels.FULL_SCREEN, Key.Key_F11, checkable=True)

    def set_place(self, row: int, rows: int) -> None:
        """Enable the actions that lead from a row to another one of `rows`."""
        for action in (self.previous, self.first, self.ten_back):
            action.setEnabled(row > 0)
        for action in (self.next, self.last, self.ten_on):
            action.setEnabled(row < rows - 1)

    def set_comparable(self, comparable: bool) -> None:
        """Enable the actions that compare the photo with the query, if there is one."""
        self.compare.setEnabled(comparable)
        self.alternate.setEnabled(comparable)

    def of(self, event: QKeyEvent) -> QAction | None:
        """Return the action that a key triggers, or None."""
        return self._by_key.get(QKeyCombination(event.modifiers() & ~IGNORED, Key(event.key())))

    def _action(self, label: str, *keys: Qt.Key, checkable: bool = False) -> QAction:
        action = QAction(labels.tr(label), self, checkable=checkable)
        name = QKeySequence(keys[0]).toString(QKeySequence.SequenceFormat.NativeText)
        action.setAutoRepeat(keys[0] in REPEATED)
        action.setToolTip(preview_messages.with_key(action.text(), name))
        self._by_key.update({QKeyCombination(key): action for key in keys})
        return action
