"""Interprets dropped and pasted data as folders to add or a picture to search with."""

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
class DroppedContent:
    """Folders to add, a query to search with, or nothing usable. If the data has both, only the folders are kept."""

    folders: tuple[Path, ...] = ()
    query: Query | None = None


def accepts(mime: QMimeData) -> bool:
    """Return whether a drag may contain a picture or a folder.

    Only the types are checked, because reading the data of a drag can be slow.
    """
    return mime.hasImage() or any(url.isLocalFile() for url in mime.urls())


def from_drop(mime: QMimeData) -> DroppedContent:
    """Return the folders or the query of a drop.

    Files are preferred to an image in the same data, because that image is often only the icon of the file.
    """
    paths = [path for url in mime.urls() if (path := to_path(url))]
    if paths:
        return _from_paths(paths)
    return _from_image(mime, labels.tr(labels.DROPPED_PICTURE))


def from_paste(mime: QMimeData) -> DroppedContent:
    """Return the folders or the query of a paste. Pasted text may also be the path of a file or folder."""
    paths = [path for url in mime.urls() if (path := to_path(url))]
    if paths:
        return _from_paths(paths)
    if mime.hasImage():
        return _from_image(mime, labels.tr(labels.PASTED_PICTURE))
    path = existing_path(mime.text())
    return _from_paths([path]) if path else DroppedContent()


def existing_path(text: str) -> Path | None:
    """Return the path that a text contains, or None if no such file or folder exists.

    The text is an absolute path or a `file:` URL, with or without quotes.
    """
    text = text.strip().strip("\"'")
    try:
        path = to_path(QUrl(text)) if text.startswith("file:") else Path(text).expanduser()
        return path if path and path.is_absolute() and path.exists() else None
    except (OSError, ValueError, RuntimeError):  # too long, contains NUL, or names the home of an unknown user
        return None


def _from_paths(paths: list[Path]) -> DroppedContent:
    folders = tuple(path for path in paths if path.is_dir())
    if folders:
        return DroppedContent(folders=folders)
    types = QMimeDatabase()
    by_name = QMimeDatabase.MatchMode.MatchExtension
    pictures = (path for path in paths if types.mimeTypeForFile(path.name, by_name).name().startswith("image/"))
    return DroppedContent(query=query.of_file(next(pictures, paths[0])))


def _from_image(mime: QMimeData, name: str) -> DroppedContent:
    image = mime.imageData()
    if not isinstance(image, QImage) or image.isNull():
        return DroppedContent()
    return DroppedContent(query=query.of_image(image, name))
