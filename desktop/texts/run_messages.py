"""What the window says about indexing runs: how far they are, and what they did."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QLocale

from core.reports import Hold, Stage
from desktop.texts.messages import SEPARATOR, folders_away, photos

if TYPE_CHECKING:
    from core.reports import IndexReport, Progress

translate = QCoreApplication.translate

MINUTE = 60
HOUR = 3600


def progress(value: Progress) -> str:
    """Return how far an indexing run has come, or why it stands still."""
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
            return translate("RunMessages", "Bringing the search index up to date\N{HORIZONTAL ELLIPSIS}")
        case Stage.STORING if not value.total:
            return translate("RunMessages", "Finishing\N{HORIZONTAL ELLIPSIS}")
        case Stage.COPYING:
            text = translate("RunMessages", "Bringing the search index up to date: {done} of {total} photos")
        case Stage.PREVIEWING:
            text = translate("RunMessages", "First look: {done} of {total} photos")
        case _:
            text = translate("RunMessages", "{done} of {total} photos")
    counted = text.format(done=number(value.done), total=number(value.total))
    if value.stage is Stage.PREVIEWING or value.hold is not Hold.RUNNING:
        return SEPARATOR.join([*_hold(value.hold), counted])
    return SEPARATOR.join([counted, *_speed(value)])


def _download(value: Progress) -> str:
    done, total = QLocale().formattedDataSize(value.done), QLocale().formattedDataSize(value.total)
    if not value.total:
        return translate("RunMessages", "Downloading the model: {done}").format(done=done)
    return translate("RunMessages", "Downloading the model: {done} of {total}").format(done=done, total=total)


def _hold(value: Hold) -> list[str]:
    match value:
        case Hold.RUNNING:
            return []
        case Hold.PAUSED:
            return [translate("RunMessages", "Paused")]
        case Hold.ON_BATTERY:
            return [translate("RunMessages", "Paused while the computer runs on battery")]


def _speed(value: Progress) -> list[str]:
    parts = []
    if value.images_per_second > 0:
        speed = QLocale().toString(value.images_per_second, "f", 0 if value.images_per_second >= 2 else 1)
        parts.append(translate("RunMessages", "{speed} photos/s").format(speed=speed))
    if value.seconds_left is not None:
        parts.append(time_left(value.seconds_left))
    return parts


def time_left(seconds: float) -> str:
    """Return a duration as rough as one wants to read it."""
    if seconds < MINUTE:
        return translate("RunMessages", "{seconds} s left").format(seconds=max(1, round(seconds)))
    if seconds < HOUR:
        return translate("RunMessages", "{minutes} min left").format(minutes=round(seconds / MINUTE))
    hours, minutes = divmod(round(seconds / MINUTE), MINUTE)
    return translate("RunMessages", "{hours} h {minutes} min left").format(hours=hours, minutes=minutes)


def report(value: IndexReport, *, away: int = 0) -> str:
    """Return in a line what an indexing run did, while `away` folders of the library are not connected."""
    counts = (
        (translate("RunMessages", "{count} indexed"), value.indexed),
        (translate("RunMessages", "{count} known already"), value.reused + value.unchanged),
        (translate("RunMessages", "{count} moved"), value.moved),
        (translate("RunMessages", "{count} removed"), value.removed),
        (translate("RunMessages", "{count} could not be read"), len(value.failed)),
        (translate("RunMessages", "{count} wait for the search index"), value.waiting),
    )
    done = [text.format(count=QLocale().toString(count)) for text, count in counts if count]
    if value.closed:
        done.append(folders_closed(len(value.closed)))
    if value.cancelled:
        start = translate("RunMessages", "Stopped; what was done is kept")
    elif done:
        start = translate("RunMessages", "Done")
    elif away:
        start = translate("RunMessages", "Done: no photos were found; {away}").format(away=folders_away(away))
    else:
        start = translate("RunMessages", "Done: there are no photos in this folder")
    return f"{start}: {', '.join(done)}" if done else start


def folders_closed(count: int) -> str:
    """Return in words how many folders could not be looked into."""
    if count == 1:
        return translate("RunMessages", "1 folder could not be looked into")
    return translate("RunMessages", "%Ln folders could not be looked into", "", count)
