"""The page with all photos of the library."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from desktop.library.months import sections
from desktop.photos.grid_model import GridModel
from desktop.photos.grid_view import PhotoGrid
from desktop.photos.size_slider import SizeSlider
from desktop.texts import labels, messages
from desktop.widgets.elided_label import ElidedLabel
from desktop.widgets.headings import make_heading
from desktop.widgets.placeholder import Placeholder

if TYPE_CHECKING:
    from collections.abc import Sequence

    from core.types import Photo
    from desktop.photos.thumbnails import Thumbnails


class LibraryPage(QStackedWidget):
    """Shows photos by month in a grid, or a hint while there are none."""

    def __init__(self, thumbnails: Thumbnails) -> None:
        super().__init__()
        self.model = GridModel(thumbnails, self)
        self.view = PhotoGrid(self.model, thumbnails)
        self.view.setAccessibleName(labels.tr(labels.LIBRARY_PHOTOS))
        self._heading = ElidedLabel()
        make_heading(self._heading)
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(12, 12, 4, 0)
        column.setSpacing(4)
        row = QHBoxLayout()
        row.setContentsMargins(8, 0, 8, 0)
        row.addWidget(self._heading, stretch=1)
        row.addWidget(SizeSlider(self.view))
        column.addLayout(row)
        column.addWidget(self.view)
        hint = Placeholder()
        hint.show_text(labels.tr(labels.NO_PHOTOS), labels.tr(labels.NO_PHOTOS_HINT))
        self.addWidget(hint)
        self.addWidget(page)
        self.setFocusProxy(self.view)

    @property
    def heading(self) -> str:
        """Return the text above the photos."""
        return self._heading.text()

    def show_photos(self, photos: Sequence[Photo]) -> None:
        """Show these photos instead of the last ones. The current photo and what is in sight stay where they are."""
        if tuple(photos) == self.model.items:
            return
        current, row = self.view.current(), max(0, self.view.currentIndex().row())
        is_at_top = self.view.verticalScrollBar().value() == 0
        self.model.show_sections(photos, sections(photos))
        self._heading.setText(messages.photos(len(photos)))
        self.setCurrentIndex(1 if photos else 0)
        index = self.model.index(self.model.row_of(current, row))
        self.view.setCurrentIndex(index)
        if is_at_top:
            self.view.scrollToTop()
        else:
            self.view.scrollTo(index, PhotoGrid.ScrollHint.PositionAtCenter)
