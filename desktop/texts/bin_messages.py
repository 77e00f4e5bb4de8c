"""Messages about moving photos to the recycle bin."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QLocale

from desktop.texts import messages

if TYPE_CHECKING:
    from collections.abc import Sequence

    from core.reports import BinReport
    from core.types import Photo

translate = QCoreApplication.translate


def question(photos: Sequence[Photo]) -> str:
    """Return the question whether to move photos."""
    if len(photos) == 1:
        text = translate("BinMessages", "Move {name} to the recycle bin?")
        return text.format(name=messages.quoted(messages.name(photos[0])))
    return translate("BinMessages", "Move %Ln photos to the recycle bin?", "", len(photos))


def consequence(photos: Sequence[Photo], warning: str) -> str:
    """Return how large the photos are, and that they can be restored, with a further warning."""
    size = size_of(photos)
    text = translate("BinMessages", "{size}. You can restore them from there until it is emptied.")
    if len(photos) == 1:
        text = translate("BinMessages", "{size}. You can restore it from there until it is emptied.")
    return "\n\n".join(part for part in (text.format(size=size), warning) if part)


def size_of(photos: Sequence[Photo]) -> str:
    """Return how much room photos take."""
    total = sum(photo.size or 0 for photo in photos)
    return QLocale().formattedDataSize(total, 1, QLocale.DataSizeFormat.DataSizeTraditionalFormat)


def done(count: int) -> str:
    """Return what happened to the photos, and how to get them back."""
    if count == 1:
        return translate("BinMessages", "1 photo is in the recycle bin now. You can restore it until that is emptied.")
    return translate(
        "BinMessages", "%Ln photos are in the recycle bin now. You can restore them until that is emptied.", "", count
    )


def failures(report: BinReport) -> str:
    """Return how many photos were not moved, and why the first one was not."""
    text = translate("BinMessages", "{photos} could not be moved to the recycle bin. {failure}")
    return text.format(photos=messages.photos(len(report.failed)), failure=messages.failure(report.failed[0]))
