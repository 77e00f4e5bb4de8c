"""Photos as data for other programs, which get them by dragging or through the clipboard."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QMimeData

from desktop.paths import text, to_url

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


def mime_of(photos: Sequence[Path]) -> QMimeData:
    """Return photos as files, and as text with a path on each line."""
    mime = QMimeData()
    mime.setUrls([to_url(photo) for photo in photos])
    mime.setText("\n".join(text(photo) for photo in photos))
    return mime
