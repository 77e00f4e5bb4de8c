"""Messages about duplicates."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QLocale

from core.types import Advantage, DuplicateKind
from desktop.texts import messages
from desktop.texts.bin_messages import size_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from core.reports import Progress
    from core.types import DuplicateGroup, Photo

translate = QCoreApplication.translate


def kind(value: DuplicateKind) -> str:
    """Return what the photos of a group have in common."""
    match value:
        case DuplicateKind.SAME_FILE:
            return translate("DuplicateMessages", "Same file")
        case DuplicateKind.SAME_PICTURE:
            return translate("DuplicateMessages", "Same picture")
        case DuplicateKind.SAME_SCENE:
            return translate("DuplicateMessages", "Same scene")


def title(group: DuplicateGroup) -> str:
    """Return the heading of a group: what its photos have in common, and the room that all but the best one take."""
    text = translate("DuplicateMessages", "{kind}, {size} besides the best one")
    return text.format(kind=kind(group.kind), size=size_of(group.photos[1:]))


def best(advantage: Advantage) -> str:
    """Return why a photo is the best one of its group."""
    match advantage:
        case Advantage.CAMERA_TAGS:
            return translate("DuplicateMessages", "Best: from the camera")
        case Advantage.UNEDITED:
            return translate("DuplicateMessages", "Best: not edited")
        case Advantage.PIXELS:
            return translate("DuplicateMessages", "Best: most pixels")
        case Advantage.FORMAT:
            return translate("DuplicateMessages", "Best: better format")
        case Advantage.BYTES:
            return translate("DuplicateMessages", "Best: largest file")
        case Advantage.DATE:
            return translate("DuplicateMessages", "Best: taken first")
        case Advantage.PATH:
            return translate("DuplicateMessages", "Best: shortest path")


def facts(photo: Photo) -> str:
    """Return the width and height of a photo, and the size of its file."""
    number = QLocale().toString
    text = translate("DuplicateMessages", "{width} \N{MULTIPLICATION SIGN} {height}, {size}")
    return text.format(width=number(photo.width or 0), height=number(photo.height or 0), size=size_of([photo]))


def heading(groups: Sequence[DuplicateGroup]) -> str:
    """Return the number of groups, and the room that could be won."""
    size = size_of([photo for group in groups for photo in group.photos[1:]])
    if len(groups) == 1:
        return translate("DuplicateMessages", "1 group, {size} besides the best photo").format(size=size)
    text = translate("DuplicateMessages", "%Ln groups, {size} besides the best photos", "", len(groups))
    return text.format(size=size)


def progress(value: Progress) -> str:
    """Return how far the search for duplicates is."""
    number = QLocale().toString
    text = translate("DuplicateMessages", "Comparing photos: {done} of {total}")
    return text.format(done=number(value.done), total=number(value.total))


def nothing_left() -> str:
    """Return the warning that no photo of some group would be left."""
    return translate("DuplicateMessages", "Of at least one group, no photo would be left.")


def spoken(photo: Photo, group: DuplicateGroup, place: int) -> str:
    """Return what a screen reader says of a photo: its name, its place in the group, and whether it is the best."""
    text = translate("DuplicateMessages", "{name}, {kind}, {place} of {count}")
    if place == 1:
        text = translate("DuplicateMessages", "{name}, {kind}, the best one of {count}")
    name = messages.name(photo)
    return text.format(name=name, kind=kind(group.kind), place=place, count=len(group.photos))
