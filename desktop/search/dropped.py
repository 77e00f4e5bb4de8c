"""What the user dropped or pasted: folders to add, or a picture to search for."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QMimeData, QMimeDatabase, QUrl
from PySide6.QtGui import QImage

from desktop.paths import to_path
from desktop.search import query
from desktop.texts import labels

if TYPE_CHECKING:
    from desktop.search.query import Query


@dataclass(frozen=True, slots=True)
class Dropped:
    """Folders or a query; folders come first where both were meant."""

    folders: tuple[Path, ...] = ()
    query: Query | None = None


def is_welcome(mime: QMimeData) -> bool:
    """Tell from the types alone whether a drop can be taken: the data of a drag may be slow to come."""
    return mime.hasImage() or any(url.isLocalFile() for url in mime.urls())


def dropped(mime: QMimeData) -> Dropped:
    """Return what a drop means. A file says more than the image that may come with it, often only its icon."""
    paths = [path for url in mime.urls() if (path := to_path(url))]
    if paths:
        return _of_paths(paths)
    return _of_image(mime, labels.tr(labels.DROPPED_PICTURE))


def pasted(mime: QMimeData) -> Dropped:
    """Return what a paste means: as a drop, or a path given as text."""
    paths = [path for url in mime.urls() if (path := to_path(url))]
    if paths:
        return _of_paths(paths)
    if mime.hasImage():
        return _of_image(mime, labels.tr(labels.PASTED_PICTURE))
    path = path_in(mime.text())
    return _of_paths([path]) if path else Dropped()


def path_in(text: str) -> Path | None:
    """Return the existing file or folder that a text names, quoted or not, as a path or a URL."""
    text = text.strip().strip("\"'")
    try:
        path = to_path(QUrl(text)) if text.startswith("file:") else Path(text).expanduser()
        return path if path and path.is_absolute() and path.exists() else None
    except (OSError, ValueError, RuntimeError):  # too long, a NUL in it, or the home of an unknown user
        return None


def _of_paths(paths: list[Path]) -> Dropped:
    folders = tuple(path for path in paths if path.is_dir())
    if folders:
        return Dropped(folders=folders)
    types = QMimeDatabase()
    by_name = QMimeDatabase.MatchMode.MatchExtension
    pictures = (path for path in paths if types.mimeTypeForFile(path.name, by_name).name().startswith("image/"))
    return Dropped(query=query.of_file(next(pictures, paths[0])))


def _of_image(mime: QMimeData, name: str) -> Dropped:
    image = mime.imageData()
    return Dropped(query=query.of_image(image, name)) if isinstance(image, QImage) and not image.isNull() else Dropped()
