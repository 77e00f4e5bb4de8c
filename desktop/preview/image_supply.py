"""Gives the preview the images of the photo and the query: thumbnails at once, and sharp ones once decoded."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QSize, Signal

from desktop.photos.grid_model import photo_of
from desktop.preview.picture_cache import PictureRequest
from desktop.preview.pictures import Pictures
from desktop.texts import index_messages, messages, preview_messages

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from core.types import Photo
    from desktop.engine_port import EnginePort
    from desktop.photos.grid_model import Item
    from desktop.photos.thumbnails import Thumbnails
    from desktop.preview.comparison import ComparisonView
    from desktop.preview.picture_view import PictureView
    from desktop.tasks import Tasks


class ImageSupply(QObject):
    """Sets the images of two views, and has decoded what they need and what they may need next.

    `changed` is emitted when `supply` has more to give, or is needed because the views have changed.
    """

    changed = Signal()

    def __init__(self, engine: EnginePort, tasks: Tasks, thumbnails: Thumbnails, views: ComparisonView) -> None:
        super().__init__(views)
        self._thumbnails, self._views = thumbnails, views
        self._query: Path | bytes | None = None
        self._pictures = Pictures(engine, tasks, self)
        self._pictures.loaded.connect(self.changed)
        views.needs_changed.connect(self.changed)

    def set_query(self, query: Path | bytes | None) -> None:
        """Set the picture to compare photos with."""
        self._query = query
        self._views.query.show_picture(QSize())

    def supply(self, item: Item, neighbours: Sequence[Item]) -> None:
        """Show the best images that there are, and have better ones decoded, then those of the neighbours."""
        photo = self._views.photo
        is_comparing = self._views.is_comparing
        first = [] if item.remote else [PictureRequest(item.path, photo.side)]
        ahead = [
            PictureRequest(near.path, photo.side_of(size_of(photo_of(near)))) for near in neighbours if not near.remote
        ]
        side = self._views.query.side if is_comparing else photo.side_of(QSize())
        query = [PictureRequest(self._query, side)] if self._query else []
        self._pictures.request([*first, *query, *ahead] if is_comparing else [*first, *ahead, *query])
        if item.remote:
            photo.set_message(index_messages.remote_photo(item.remote))
        else:
            self._show_photo(photo, item, first[0])
        if query:
            self._show_query(query[0])

    def clear(self) -> None:
        """Drop all images."""
        self._query = None
        self._pictures.clear()

    def _show_photo(self, view: PictureView, item: Item, request: PictureRequest) -> None:
        if image := self._pictures.best(request):
            view.set_image(image)
        elif view.image.isNull() and (thumbnail := self._thumbnails.pixmap(item.path)):
            view.set_image(thumbnail.toImage())
        if error := self._pictures.error(item.path):
            view.set_message(preview_messages.not_shown(messages.name(photo_of(item)), error))

    def _show_query(self, request: PictureRequest) -> None:
        if image := self._pictures.best(request):
            self._views.query.set_image(image)
        if error := self._pictures.error(request.source):
            self._views.query.set_message(preview_messages.query_not_shown(error))


def size_of(photo: Photo) -> QSize:
    """Return the full size of a photo, which is empty if it is not known."""
    return QSize(photo.width or 0, photo.height or 0)
