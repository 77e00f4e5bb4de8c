"""What the window says about photos, the library and troubles, ready to be translated."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from PySide6.QtCore import QCoreApplication, QLocale

from core.types import Label
from desktop.paths import shown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from core.reports import LibraryStatus
    from core.types import Failure, Hit

translate = QCoreApplication.translate

SEPARATOR = " \N{MIDDLE DOT} "


def photos(count: int) -> str:
    """Return a number of photos in words."""
    if count == 1:
        return translate("Messages", "1 photo")
    return translate("Messages", "%Ln photos", "", count)


def quoted(name: str) -> str:
    """Return a name in quotation marks."""
    return f"\N{LEFT DOUBLE QUOTATION MARK}{name}\N{RIGHT DOUBLE QUOTATION MARK}"


def label(value: Label) -> str:
    """Return the word for how close a photo is."""
    match value:
        case Label.IDENTICAL:
            return translate("Messages", "identical")
        case Label.NEAR_DUPLICATE:
            return translate("Messages", "near-duplicate")
        case Label.CLOSE:
            return translate("Messages", "close")
        case Label.SIMILAR:
            return translate("Messages", "similar")
        case Label.WEAK:
            return translate("Messages", "weak")


def closeness(hit: Hit) -> str:
    """Return the word for how close a photo is, and whether that is only a first look at it."""
    word = label(hit.label)
    return translate("Messages", "{word}, at first look").format(word=word) if hit.photo.is_provisional else word


def score(value: float) -> str:
    """Return a similarity with two digits."""
    return QLocale().toString(value, "f", 2)


def spoken(name: str, hit: Hit, count: int) -> str:
    """Return a result as a screen reader says it."""
    if hit.remote:
        text = translate("Messages", "{name}, score {score}, {label}, not on this computer, {rank} of {count}")
    else:
        text = translate("Messages", "{name}, score {score}, {label}, {rank} of {count}")
    return text.format(name=name, score=score(hit.score), label=closeness(hit), rank=hit.rank, count=count)


def results(hits: Sequence[Hit], name: str) -> str:
    """Return the heading of the results, which does not count weak finds as photos that are like the query."""
    weak = sum(hit.label is Label.WEAK for hit in hits)
    if not weak:
        text = translate("Messages", "{photos} like {name}")
    elif weak == len(hits):
        text = translate("Messages", "Nothing close: {weak} for {name}")
    else:
        text = translate("Messages", "{photos} and {weak} like {name}")
    return text.format(photos=photos(len(hits) - weak), weak=weak_finds(weak), name=quoted(name))


def weak_finds(count: int) -> str:
    """Return a number of weak finds in words."""
    if count == 1:
        return translate("Messages", "1 weak find")
    return translate("Messages", "%Ln weak finds", "", count)


def folders_away(count: int) -> str:
    """Return in words how many folders are not there now."""
    if count == 1:
        return translate("Messages", "1 folder is not connected")
    return translate("Messages", "%Ln folders are not connected", "", count)


def failure(value: Failure) -> str:
    """Return in a line why a photo or folder could not be read."""
    return f"{shown(value.path)}: {value.reason}"


def status(value: LibraryStatus, *, away: bool = False, paused: bool = False) -> str:
    """Return the library in a line, which says where the search index is, and whether it is away."""
    parts = [photos(value.photos)]
    if value.searchable != value.photos:
        parts.append(translate("Messages", "{count} searchable").format(count=QLocale().toString(value.searchable)))
    if unreachable := sum(not root.online for root in value.roots):
        parts.append(folders_away(unreachable))
    if paused:
        parts.append(translate("Messages", "indexing is paused"))
    place = back_end(value.uri)
    if away:
        place = translate("Messages", "{place} (away)").format(place=place)
    return SEPARATOR.join([*parts, value.model, place])


def back_end(uri: str) -> str:
    """Return what holds the search index; a password in the address of a server is left out."""
    if uri.startswith(("http://", "https://")):
        parts = urlsplit(uri)
        return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"
    return "Milvus Lite"


def unexpected(error: BaseException) -> str:
    """Return what to tell about an error that nobody foresaw."""
    text = translate(
        "Messages", "Something unexpected went wrong ({error}). Try again; if it comes back, start the program anew."
    )
    return text.format(error=f"{type(error).__name__}: {error}" if str(error) else type(error).__name__)


def unreadable_query(name: str, reason: str) -> str:
    """Return why a picture cannot be searched for."""
    text = translate("Messages", "{name} cannot be searched for. {reason} Try another picture.")
    return text.format(name=quoted(name), reason=reason)


def no_photos_yet() -> str:
    """Return what has to be done before the first search."""
    return translate("Messages", "There are no photos to search yet. Add a folder with photos first, then try again.")


def nothing_to_paste() -> str:
    """Return what can be pasted."""
    return translate("Messages", "The clipboard holds no picture. Copy a picture, a file or the path of one first.")


def missing_photo(path: str) -> str:
    """Return what to do about a photo that is gone."""
    text = translate(
        "Messages", "{path} is not there. Reconnect its drive if it is on one, or update the library (F5)."
    )
    return text.format(path=path)


def no_viewer(path: str) -> str:
    """Return what to do where the system has no program for a photo."""
    text = translate("Messages", "No program opened {path}. Choose one for such files in the settings of your system.")
    return text.format(path=path)
