"""Messages of the preview."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QLocale

from core.errors import SemblanceError, UnreadableError
from desktop.texts import messages

if TYPE_CHECKING:
    from core.types import Hit, Photo

translate = QCoreApplication.translate


def with_key(text: str, key: str) -> str:
    """Return what a button does, with the key that does the same."""
    return translate("PreviewMessages", "{text} ({key})").format(text=text, key=key)


def details(photo: Photo, hit: Hit | None, row: int, rows: int) -> str:
    """Return one line with the place of a photo among those shown, and what is known of it.

    `hit` is None if it was not found by a search.
    """
    number = QLocale().toString
    place = translate("PreviewMessages", "{row} of {rows}").format(row=number(row), rows=number(rows))
    parts = [place, messages.date(photo), messages.pixels(photo), photo.metadata.camera]
    if hit:
        likeness = translate("PreviewMessages", "{word}, score {score}")
        parts.append(likeness.format(word=messages.closeness(hit), score=messages.score(hit)))
        parts.append(messages.edits(hit) if hit.shared and hit.shared.edits else "")
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
