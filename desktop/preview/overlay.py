"""The widget that covers the window with the preview."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent, QKeyEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from core.types import Hit
from desktop.photos.grid_model import photo_of
from desktop.preview.actions import PreviewActions
from desktop.preview.comparison import ComparisonView, Mode
from desktop.preview.image_supply import size_of
from desktop.preview.picture_view import ZOOM_STEP
from desktop.preview.strip import Strip
from desktop.shell.palettes import palette
from desktop.texts import messages, preview_messages

if TYPE_CHECKING:
    from core.types import Photo
    from desktop.photos.grid_model import Item

MOVES = {
    Qt.Key.Key_Left: (1, 0),
    Qt.Key.Key_Right: (-1, 0),
    Qt.Key.Key_Up: (0, 1),
    Qt.Key.Key_Down: (0, -1),
}
"""Where the picture goes when Shift and an arrow move what is seen of it."""

MOVE = 0.1
"""The part of the widget's size by which such a key moves the picture."""


class PreviewOverlay(QWidget):
    """Covers its parent, a window, and stays as large. It is dark in light windows too, as a light table is.

    It takes the keys of its actions, which then are no shortcuts of the window, and keeps Tab inside.
    """

    def __init__(self, window: QWidget) -> None:
        super().__init__(window, Qt.WindowType.SubWindow)  # or Tab would lead to what is covered
        self._window = window
        self._is_held = False
        self.controls = PreviewActions(self)
        dark = palette(dark=True)
        self.setPalette(dark)
        self.setAutoFillBackground(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.strip = Strip(self.controls, dark)
        self.pictures = ComparisonView()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.strip)
        column.addWidget(self.pictures, stretch=1)
        self._connect()
        window.installEventFilter(self)
        self.hide()

    def cover(self) -> None:
        """Cover the window and take the focus."""
        self.setGeometry(self._window.rect())
        self.raise_()
        self.show()
        self.setFocus()

    def show_photo(self, photo: Photo) -> None:
        """Show another photo: its name, and its shape until it has an image."""
        name = messages.name(photo)
        self.strip.title.setText(name)
        self.pictures.show_photo(size_of(photo), name)

    def show_details(self, item: Item, place: int, count: int) -> None:
        """Show what is known of the photo, which is number `place` of `count`, and what it shares with the query."""
        hit = item if isinstance(item, Hit) else None
        self.strip.details.setText(preview_messages.details(photo_of(item), hit, place, count))
        self.pictures.set_regions(hit.shared if hit else None)

    def announce(self, text: str) -> None:
        """Have screen readers speak a text, which is also the name of this widget from now on."""
        self.setAccessibleName(text)
        self._speak(text)

    def explain(self, message: str) -> None:
        """Have screen readers speak why there is no photo. An empty text says that there is nothing to explain."""
        if message != self.accessibleDescription():
            self.setAccessibleDescription(message)
            self._speak(message)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Stay as large as the window."""
        if watched is self._window and event.type() == QEvent.Type.Resize:
            self.setGeometry(self._window.rect())
        return super().eventFilter(watched, event)

    def event(self, event: QEvent) -> bool:
        """Claim the keys that are not to be shortcuts of the window."""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.ShortcutOverride and self.controls.of(event):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Carry out the action of a key, or move what is seen of the picture with Shift and an arrow."""
        action = self.controls.of(event)
        if event.modifiers() & Qt.KeyboardModifier.ShiftModifier and event.key() in MOVES:
            right, down = MOVES[Qt.Key(event.key())]
            self.pictures.move_by(right * MOVE * self.width(), down * MOVE * self.height())
        elif not action:
            super().keyPressEvent(event)
        elif not event.isAutoRepeat() or action.autoRepeat():
            action.trigger()
        elif action is self.controls.alternate:
            self._is_held = True

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        """Show the first picture again when the key that alternates them was held."""
        if self._is_held and not event.isAutoRepeat() and self.controls.of(event) is self.controls.alternate:
            self._is_held = False
            self.pictures.alternate()
        super().keyReleaseEvent(event)

    def _speak(self, text: str) -> None:
        if text:
            QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self, text))

    def _connect(self) -> None:
        controls, pictures = self.controls, self.pictures
        controls.zoom_in.triggered.connect(lambda: pictures.zoom(ZOOM_STEP))
        controls.zoom_out.triggered.connect(lambda: pictures.zoom(1 / ZOOM_STEP))
        controls.actual_size.triggered.connect(pictures.toggle_actual_size)
        controls.fit.triggered.connect(pictures.reset_zoom)
        controls.compare.triggered.connect(pictures.toggle_comparison)
        controls.alternate.triggered.connect(pictures.alternate)
        pictures.needs_changed.connect(self._update_controls)
        pictures.mode_changed.connect(self._update_controls)

    def _update_controls(self) -> None:
        mode = self.pictures.mode
        self.controls.actual_size.setChecked(self.pictures.photo.is_actual_size)
        self.controls.compare.setChecked(mode is Mode.SIDE_BY_SIDE)
        self.controls.alternate.setChecked(mode is Mode.QUERY_IN_TURN)
