"""Messages of the preview."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QDateTime, QLocale, QTimeZone

from core.errors import SemblanceError, UnreadableError
from desktop.texts import messages

if TYPE_CHECKING:
    from core.types import Hit, Photo

translate = QCoreApplication.translate


def with_key(text: str, key: str) -> str:
    """Return what a button does, with the key that does the same."""
    return translate("PreviewMessages", "{text} ({key})").format(text=text, key=key)


def details(hit: Hit, row: int, rows: int) -> str:
    """Return one line with the place of a photo among those found, and what is known of it."""
    number = QLocale().toString
    place = translate("PreviewMessages", "{row} of {rows}").format(row=number(row), rows=number(rows))
    likeness = translate("PreviewMessages", "{word}, score {score}").format(
        word=messages.closeness(hit), score=messages.score(hit)
    )
    edits = messages.edits(hit) if hit.shared and hit.shared.edits else ""
    parts = (place, _date(hit.photo), _pixels(hit.photo), hit.photo.metadata.camera, likeness, edits)
    return messages.SEPARATOR.join(part for part in parts if part)


def not_shown(name: str, error: Exception) -> str:
    """Return why a photo cannot be shown, and what to do."""
    if isinstance(error, UnreadableError):
        advice = translate("PreviewMessages", "Connect its drive if it is on one, or update the library (F5).")
    elif isinstance(error, SemblanceError):
        advice = translate("PreviewMessages", "Try another program, or restore the file from a backup.")
    else:
        return messages.unexpected(error)
    text = translate("PreviewMessages", "{name} cannot be shown. {reason} {advice}")
    return text.format(name=messages.quoted(name), reason=error, advice=advice)


def query_not_shown(error: Exception) -> str:
    """Return why the picture that was searched with cannot be shown."""
    text = translate("PreviewMessages", "The picture that you searched with cannot be shown. {reason}")
    return text.format(reason=error if isinstance(error, SemblanceError) else messages.unexpected(error))


def _date(photo: Photo) -> str:
    """Return when a photo was taken, in the time of the camera."""
    if photo.metadata.taken_at is None:
        return ""
    moment = QDateTime.fromSecsSinceEpoch(photo.metadata.taken_at, QTimeZone.utc())
    return QLocale().toString(moment, QLocale.FormatType.ShortFormat)


def _pixels(photo: Photo) -> str:
    if not (photo.width and photo.height):
        return ""
    number = QLocale().toString
    text = translate("PreviewMessages", "{width} \N{MULTIPLICATION SIGN} {height} pixels")
    return text.format(width=number(photo.width), height=number(photo.height))
