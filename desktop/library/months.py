"""Photos in sections, one for each month."""

from __future__ import annotations

from itertools import groupby
from time import gmtime, localtime
from typing import TYPE_CHECKING

from PySide6.QtCore import QDate, QLocale

from desktop.photos.grid_model import Section
from desktop.texts import labels

if TYPE_CHECKING:
    from collections.abc import Iterable

    from core.types import Photo


def sections(photos: Iterable[Photo]) -> list[Section]:
    """Return a section for each month in a row. Photos whose month is not known form one without a date."""
    return [Section(_title(month), sum(1 for _ in found)) for month, found in groupby(photos, month_of)]


def month_of(photo: Photo) -> tuple[int, int] | None:
    """Return the year and month in which a photo was taken or, if that is not known, its file was changed.

    The first is in the time of the camera, the other in that of this computer. It is None for a file on another
    computer and for a time outside the calendar.
    """
    try:
        if photo.metadata.taken_at is not None:
            return gmtime(photo.metadata.taken_at)[:2]
        return None if photo.modified_at is None else localtime(photo.modified_at)[:2]
    except (ValueError, OverflowError, OSError):
        return None


def _title(month: tuple[int, int] | None) -> str:
    if month is None:
        return labels.tr(labels.NO_DATE)
    year, number = month
    return QLocale().toString(QDate(year, number, 1), "MMMM yyyy")
