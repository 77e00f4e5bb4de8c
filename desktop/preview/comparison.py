"""The photo alone, beside the query, or alternating with it in the same place."""

from __future__ import annotations

from enum import Enum, auto
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from desktop.preview.picture_view import PictureView
from desktop.preview.zoom import FIT
from desktop.texts import labels

if TYPE_CHECKING:
    from core.types import SharedScene
    from desktop.preview.zoom import View

GAP = 2


class Mode(Enum):
    """What is shown: the photo alone, both, or one of both while they alternate."""

    PHOTO = auto()
    SIDE_BY_SIDE = auto()
    QUERY_IN_TURN = auto()
    PHOTO_IN_TURN = auto()


class ComparisonView(QWidget):
    """Shows the photo and the query, zoomed and moved together.

    `needs_changed` is emitted when larger images, or those of other pictures, may be needed. `mode_changed` is emitted
    with the new `Mode`.
    """

    needs_changed = Signal()
    mode_changed = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.query, self.photo = PictureView(), PictureView()
        self.query.setAccessibleName(labels.tr(labels.SEARCHED_WITH))
        self.query.set_caption(labels.tr(labels.SEARCHED_WITH))
        self._mode = Mode.PHOTO
        self._shared: SharedScene | None = None
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(GAP)
        for view in (self.query, self.photo):
            row.addWidget(view, stretch=1)
            view.view_changed.connect(self._link)
            view.resized.connect(self.needs_changed)
        self.query.hide()

    @property
    def mode(self) -> Mode:
        """Return what is shown."""
        return self._mode

    @property
    def is_comparing(self) -> bool:
        """Return whether the photo is compared with the query."""
        return self._mode is not Mode.PHOTO

    def show_photo(self, size: QSize, name: str) -> None:
        """Show another photo, completely. It has this full size in pixels, which is empty if it is not known."""
        self.photo.setAccessibleName(name)
        self.photo.show_picture(size)
        self._mark()
        self.reset_zoom()

    def set_mode(self, mode: Mode) -> None:
        """Show something else. Zoom and position stay."""
        if mode is self._mode:
            return
        self._mode = mode
        view = self.photo.view
        self.photo.setVisible(mode is not Mode.QUERY_IN_TURN)
        self.query.setVisible(mode in (Mode.SIDE_BY_SIDE, Mode.QUERY_IN_TURN))
        self._mark()
        self._link(view)
        self.mode_changed.emit(mode)

    def set_regions(self, shared: SharedScene | None) -> None:
        """Set what both pictures show. It is outlined while they are compared."""
        self._shared = shared
        self._mark()

    def toggle_comparison(self) -> None:
        """Show both side by side, or the photo alone if that is so."""
        self.set_mode(Mode.PHOTO if self._mode is Mode.SIDE_BY_SIDE else Mode.SIDE_BY_SIDE)

    def alternate(self) -> None:
        """Show the query in the place of the photo, or the photo again."""
        self.set_mode(Mode.PHOTO_IN_TURN if self._mode is Mode.QUERY_IN_TURN else Mode.QUERY_IN_TURN)

    def reset_zoom(self) -> None:
        """Show complete pictures."""
        self._link(FIT)

    def zoom(self, factor: float) -> None:
        """Zoom about the middle."""
        self._visible_view.zoom(factor)

    def toggle_actual_size(self) -> None:
        """Show each pixel of the photo on one of the screen, or the complete picture again."""
        self._visible_view.toggle_actual_size()

    def move_by(self, right: float, down: float) -> None:
        """Move both pictures by these lengths in pixels."""
        self._visible_view.move_by(right, down)

    @property
    def _visible_view(self) -> PictureView:
        return self.query if self._mode is Mode.QUERY_IN_TURN else self.photo

    def _mark(self) -> None:
        """Say which picture is which and outline what both show, while they are compared."""
        self.photo.set_caption(self.photo.accessibleName() if self.is_comparing else "")
        shared = self._shared if self.is_comparing else None
        self.photo.set_region(shared.region if shared else None)
        self.query.set_region(shared.query_region if shared else None)

    def _link(self, view: View) -> None:
        self.photo.set_view(view)
        self.query.set_view(view)
        self.needs_changed.emit()
