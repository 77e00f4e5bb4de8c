"""The picture that the user wants to see others like."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, Qt
from PySide6.QtGui import QImageWriter

from desktop.paths import shown

if TYPE_CHECKING:
    from PySide6.QtGui import QImage

LONGEST_SIDE = 1536  # more than a model sees, and little enough to be encoded between two frames
FAST_PNG = 90


@dataclass(frozen=True, slots=True)
class Query:
    """A picture to search for, as a file or as the bytes of one, with a name to show and, for bytes, the picture."""

    source: Path | bytes
    name: str
    picture: QImage | None = None


def of_file(path: Path) -> Query:
    """Return the query for a file."""
    return Query(path, shown(Path(path.name)))


def of_image(image: QImage, name: str) -> Query:
    """Return the query for a picture that is no file, shrunk where it is large."""
    if max(image.width(), image.height()) > LONGEST_SIDE:
        image = image.scaled(
            LONGEST_SIDE,
            LONGEST_SIDE,
            Qt.AspectRatioMode.KeepAspectRatio,
            Qt.TransformationMode.SmoothTransformation,
        )
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    writer = QImageWriter(buffer, QByteArray(b"png"))
    writer.setQuality(FAST_PNG)
    writer.write(image)
    return Query(bytes(buffer.data().data()), name, image)
