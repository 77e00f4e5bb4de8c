"""Messages about the progress and the results of indexing runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QLocale

from core.reports import Hold, Stage
from desktop.texts.messages import SEPARATOR, folders_offline, photos

if TYPE_CHECKING:
    from core.reports import IndexReport, Progress

translate = QCoreApplication.translate

MINUTE = 60
HOUR = 3600


def progress(value: Progress) -> str:
    """Return one line on the progress of an indexing run, or on why it is paused."""
    number = QLocale().toString
    match value.stage:
        case Stage.DOWNLOADING:
            return _download(value)
        case Stage.SCANNING if value.hold is not Hold.RUNNING:
            text = translate("RunMessages", "{photos} found").format(photos=photos(value.done))
        case Stage.SCANNING:
            text = translate("RunMessages", "Looking for photos\N{HORIZONTAL ELLIPSIS} {count} found")
            return text.format(count=number(value.done))
        case Stage.COPYING if not value.total:
            return translate("RunMessages", "Updating the search index\N{HORIZONTAL ELLIPSIS}")
        case Stage.STORING if not value.total:
            return translate("RunMessages", "Finishing\N{HORIZONTAL ELLIPSIS}")
        case Stage.COPYING:
            text = translate("RunMessages", "Updating the search index: {done} of {total} photos")
        case Stage.UPGRADING:
            text = translate("RunMessages", "Improving the search: {done} of {total} photos")
        case Stage.READING_METADATA:
            text = translate("RunMessages", "Reading dates and cameras: {done} of {total} photos")
        case Stage.PREVIEWING:
            text = translate("RunMessages", "Reading previews: {done} of {total} photos")
        case _:
            text = translate("RunMessages", "{done} of {total} photos")
    counted = text.format(done=number(value.done), total=number(value.total))
    if value.stage is Stage.PREVIEWING or value.hold is not Hold.RUNNING:
        return SEPARATOR.join([*_pause_reason(value.hold), counted])
    return SEPARATOR.join([counted, *_speed(value)])


def _download(value: Progress) -> str:
    done, total = QLocale().formattedDataSize(value.done), QLocale().formattedDataSize(value.total)
    if not value.total:
        return translate("RunMessages", "Downloading the model: {done}").format(done=done)
    return translate("RunMessages", "Downloading the model: {done} of {total}").format(done=done, total=total)


def _pause_reason(value: Hold) -> list[str]:
    match value:
        case Hold.RUNNING:
            return []
        case Hold.PAUSED:
            return [translate("RunMessages", "Paused")]
        case Hold.ON_BATTERY:
            return [translate("RunMessages", "Paused on battery power")]


def _speed(value: Progress) -> list[str]:
    parts = []
    if value.images_per_second > 0:
        speed = QLocale().toString(value.images_per_second, "f", 0 if value.images_per_second >= 2 else 1)
        parts.append(translate("RunMessages", "{speed} photos/s").format(speed=speed))
    if value.seconds_left is not None:
        parts.append(time_left(value.seconds_left))
    return parts


def time_left(seconds: float) -> str:
    """Return the remaining time, rounded for reading."""
    if seconds < MINUTE:
        return translate("RunMessages", "{seconds} s left").format(seconds=max(1, round(seconds)))
    if seconds < HOUR:
        return translate("RunMessages", "{minutes} min left").format(minutes=round(seconds / MINUTE))
    hours, minutes = divmod(round(seconds / MINUTE), MINUTE)
    return translate("RunMessages", "{hours} h {minutes} min left").format(hours=hours, minutes=minutes)


def report(value: IndexReport, *, offline: int = 0) -> str:
    """Return one line on what an indexing run did. `offline` is the number of folders that are offline."""
    counts = (
        (translate("RunMessages", "{count} indexed"), value.indexed),
        (translate("RunMessages", "{count} already indexed"), value.reused + value.unchanged),
        (translate("RunMessages", "{count} moved"), value.moved),
        (translate("RunMessages", "{count} removed"), value.removed),
        (translate("RunMessages", "{count} could not be read"), len(value.failed)),
        (translate("RunMessages", "{count} waiting for the search index"), value.waiting),
    )
    done = [text.format(count=QLocale().toString(count)) for text, count in counts if count]
    if value.closed:
        done.append(unreadable_folders(len(value.closed)))
    if value.cancelled:
        start = translate("RunMessages", "Stopped")
    elif done:
        start = translate("RunMessages", "Done")
    elif offline:
        start = translate("RunMessages", "Done: no photos found; {offline}").format(offline=folders_offline(offline))
    else:
        start = translate("RunMessages", "Done: no photos found")
    line = f"{start}: {', '.join(done)}" if done else start
    return f"{line}. {_continuation(value.remaining)}" if value.cancelled and value.remaining != 0 else line


def _continuation(remaining: int | None) -> str:
    """Return how many photos a stopped run has left, if known, and what continues it."""
    how = translate("RunMessages", "Update library (F5) continues.")
    if remaining is None:
        return how
    if remaining == 1:
        left = translate("RunMessages", "1 photo is still to be indexed.")
    else:
        left = translate("RunMessages", "%Ln photos are still to be indexed.", "", remaining)
    return f"{left} {how}"


def unreadable_folders(count: int) -> str:
    """Return in words how many folders could not be read."""
    if count == 1:
        return translate("RunMessages", "1 folder could not be read")
    return translate("RunMessages", "%Ln folders could not be read", "", count)
