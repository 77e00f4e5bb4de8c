"""The query: the picture that the user wants to find similar photos for."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, Qt, QUrl
from PySide6.QtGui import QImageWriter

from desktop.paths import shown

if TYPE_CHECKING:
    from PySide6.QtGui import QImage

MAX_SIDE = 1536
"""In pixels. It is more than a model uses, and such a picture can still be encoded between two frames."""

FAST_PNG = 90
"""The quality that makes `QImageWriter` compress PNG fast instead of well."""


@dataclass(frozen=True, slots=True)
class Query:
    """A picture to search with.

    `source` is a file or the bytes of one, and `name` is what the window shows. `picture` is the decoded picture, if
    the window has it already. With an `address`, the picture must be fetched from there first. If it `is_photo` of the
    library, it is left out of its own results.
    """

    source: Path | bytes
    name: str
    picture: QImage | None = None
    address: str = ""
    is_photo: bool = False


def of_file(path: Path) -> Query:
    """Return the query for a picture file, named after the file."""
    return Query(path, shown(Path(path.name)))


def of_photo(path: Path) -> Query:
    """Return the query for more photos like one of the library."""
    return replace(of_file(path), is_photo=True)


def of_address(address: str) -> Query:
    """Return the query for a picture on the web, named after its file, or else its server."""
    url = QUrl(address)
    return Query(b"", url.fileName() or url.host(), address=address)


def of_image(image: QImage, name: str) -> Query:
    """Return the query for a picture in memory, scaled down to `MAX_SIDE` if it is larger."""
    if max(image.width(), image.height()) > MAX_SIDE:
        image = image.scaled(
            MAX_SIDE,
            MAX_SIDE,
            Qt.AspectRatioMode.KeepAspectRatio,
            Qt.TransformationMode.SmoothTransformation,
        )
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    writer = QImageWriter(buffer, QByteArray(b"png"))
    writer.setQuality(FAST_PNG)
    writer.write(image)
    return Query(bytes(buffer.data().data()), name, image)
