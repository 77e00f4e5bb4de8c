"""Messages about photos, search results, the library and errors, prepared for translation."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from PySide6.QtCore import QCoreApplication, QDateTime, QLocale, QTimeZone

from core.types import Edit, Label
from desktop.paths import one_line, shown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from core.reports import LibraryStatus
    from core.types import Failure, Hit, Photo

translate = QCoreApplication.translate

MANY = 1000
SEPARATOR = " \N{MIDDLE DOT} "


def photos(count: int) -> str:
    """Return a number of photos in words, for example "3 photos"."""
    if count == 1:
        return translate("Messages", "1 photo")
    return translate("Messages", "%Ln photos", "", count)


def quoted(name: str) -> str:
    """Return a name in quotation marks."""
    return f"\N{LEFT DOUBLE QUOTATION MARK}{name}\N{RIGHT DOUBLE QUOTATION MARK}"


def label(value: Label) -> str:
    """Return the word for a degree of similarity."""
    match value:
        case Label.IDENTICAL:
            return translate("Messages", "identical")
        case Label.NEAR_DUPLICATE:
            return translate("Messages", "near-duplicate")
        case Label.SAME_PLACE:
            return translate("Messages", "same place")
        case Label.CLOSE:
            return translate("Messages", "close")
        case Label.SIMILAR:
            return translate("Messages", "similar")
        case Label.WEAK:
            return translate("Messages", "weak")


def closeness(hit: Hit) -> str:
    """Return the word for how similar a photo is, marked if only its embedded preview has been compared."""
    word = label(hit.label)
    return translate("Messages", "{word} (preview only)").format(word=word) if hit.photo.is_provisional else word


def badge(hit: Hit) -> str:
    """Return what is shown on a photo: how it was edited, the word for the same picture, or how close it is.

    The percentile says more than the score, which depends on the model. Small libraries have only the score.
    """
    if hit.shared and hit.shared.edits:
        return ", ".join(edit(value) for value in hit.shared.edits)
    if hit.label in (Label.IDENTICAL, Label.NEAR_DUPLICATE):
        return closeness(hit)
    return percentile(hit) or score(hit)


def percentile(hit: Hit) -> str:
    """Return how many percent of the photos are less similar, or an empty text if that is not known."""
    if (value := hit.rounded_percentile()) is None:
        return ""
    digits = -int(value.as_tuple().exponent)
    number = QLocale().toString(float(value), "f", digits)
    return translate("Messages", "{number} %").format(number=number)


def score(hit: Hit) -> str:
    """Return the score of a photo with two decimal places."""
    return QLocale().toString(hit.score_to(2), "f", 2)


def spoken(hit: Hit, count: int) -> str:
    """Return the text that a screen reader speaks for a result."""
    if hit.remote:
        text = translate("Messages", "{name}, score {score}, {label}, not on this computer, {rank} of {count}")
    else:
        text = translate("Messages", "{name}, score {score}, {label}, {rank} of {count}")
    return text.format(name=name(hit.photo), score=score(hit), label=closeness(hit), rank=hit.rank, count=count)


def results(hits: Sequence[Hit], name: str) -> str:
    """Return the heading of the results of a query called `name`. It counts weak matches separately."""
    weak = sum(hit.label is Label.WEAK for hit in hits)
    if not weak:
        text = translate("Messages", "{photos} like {name}")
    elif weak == len(hits):
        text = translate("Messages", "Only {weak} for {name}")
    else:
        text = translate("Messages", "{photos} and {weak} like {name}")
    return text.format(photos=photos(len(hits) - weak), weak=weak_matches(weak), name=quoted(name))


def weak_matches(count: int) -> str:
    """Return a number of weak matches in words."""
    if count == 1:
        return translate("Messages", "1 weak match")
    return translate("Messages", "%Ln weak matches", "", count)


def folders_offline(count: int) -> str:
    """Return in words how many folders are offline."""
    if count == 1:
        return translate("Messages", "1 folder is not available")
    return translate("Messages", "%Ln folders are not available", "", count)


def failure(value: Failure) -> str:
    """Return one line that says why a photo or folder could not be read."""
    return f"{shown(value.path)}: {value.reason}"


def status(
    value: LibraryStatus, *, index_unreachable: bool = False, paused: bool = False, read_only: bool = False
) -> str:
    """Return the status line: the number of photos, and everything that keeps them from being found.

    `index_unreachable` says that the search index is unreachable, `paused` that the user has paused indexing, and
    `read_only` that the library can only be read.
    """
    parts = [photos(value.photos)]
    if (waiting := value.photos - value.searchable - value.failed) > 0:
        parts.append(translate("Messages", "{count} not searchable yet").format(count=QLocale().toString(waiting)))
    if value.failed:
        parts.append(translate("Messages", "{count} could not be read").format(count=QLocale().toString(value.failed)))
    if offline := sum(not root.online for root in value.roots):
        parts.append(folders_offline(offline))
    if paused:
        parts.append(translate("Messages", "indexing paused"))
    if read_only:
        parts.append(translate("Messages", "read-only"))
    if index_unreachable:
        parts.append(translate("Messages", "search index not reachable"))
    return SEPARATOR.join(parts)


def back_end(uri: str) -> str:
    """Return the name of what holds the search index: Milvus Lite, or the server's address without a password in it."""
    if uri.startswith(("http://", "https://")):
        parts = urlsplit(uri)
        return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"
    return "Milvus Lite"


def unexpected(error: BaseException) -> str:
    """Return the message about an unexpected error, which is a bug."""
    text = translate(
        "Messages", "Something unexpected went wrong ({error}). Try again. If it happens again, restart Semblance."
    )
    return text.format(error=f"{type(error).__name__}: {error}" if str(error) else type(error).__name__)


def unreadable_query(name: str, reason: str) -> str:
    """Return why a picture cannot be used for a search."""
    text = translate("Messages", "Semblance cannot search with {name}. {reason} Try another picture.")
    return text.format(name=quoted(name), reason=reason)


def no_photos_yet(name: str) -> str:
    """Return what the user must do before the search with the picture called `name` can run."""
    text = translate(
        "Messages",
        "There are no photos to search yet. Add a folder with photos first. The search with {name} then starts.",
    )
    return text.format(name=quoted(name))


def nothing_to_paste() -> str:
    """Return the message for a paste without a picture, which says what can be pasted."""
    return translate("Messages", "The clipboard contains no picture. Copy a picture, a picture file or its path first.")


def nothing_to_drop() -> str:
    """Return the message for a drop without a picture or folder, which says what can be dropped."""
    return translate("Messages", "This contains no picture. Drop a picture, a picture file, a folder or its path.")


def no_path() -> str:
    """Return the message for a text that is not the path of a file or folder on this computer."""
    return translate("Messages", "This text is not the path of a picture or folder on this computer.")


def fetching(name: str) -> str:
    """Return what is shown while a picture is fetched from the web."""
    return translate("Messages", "Fetching {name} from the web\N{HORIZONTAL ELLIPSIS}").format(name=quoted(name))


def first_of(count: int) -> str:
    """Return the hint that a search uses only the first of several pictures."""
    return translate("Messages", "Searching with the first of %Ln pictures.", "", count)


def missing_photo(path: str) -> str:
    """Return what to do about a photo whose file does not exist."""
    text = translate("Messages", "{path} was not found. Connect its drive if it is on one, or update the library (F5).")
    return text.format(path=path)


def no_viewer(path: str) -> str:
    """Return what to do if no program on this system opens a photo."""
    text = translate(
        "Messages", "No program could open {path}. Choose a program for this type of file in your system settings."
    )
    return text.format(path=path)


def location(photo: Photo) -> str:
    """Return the path of a photo, preceded by its computer and folder if it is on another computer."""
    return f"{one_line(photo.remote.origin)}: {shown(photo.path)}" if photo.remote else shown(photo.path)


def photo_details(photo: Photo) -> str:
    """Return the path of a photo, when it was taken, its size and its camera, each in a line."""
    parts = (location(photo), date(photo), pixels(photo), photo.metadata.camera)
    return "\n".join(part for part in parts if part)


def date(photo: Photo) -> str:
    """Return when a photo was taken, in the time of the camera, or an empty text if that is not known."""
    if photo.metadata.taken_at is None:
        return ""
    moment = QDateTime.fromSecsSinceEpoch(photo.metadata.taken_at, QTimeZone.utc())
    return QLocale().toString(moment, QLocale.FormatType.ShortFormat)


def pixels(photo: Photo) -> str:
    """Return the width and height of a photo, or an empty text if they are not known."""
    if not (photo.width and photo.height):
        return ""
    number = QLocale().toString
    text = translate("Messages", "{width} \N{MULTIPLICATION SIGN} {height} pixels")
    return text.format(width=number(photo.width), height=number(photo.height))


def details(hit: Hit) -> str:
    """Return the path, the word and score, how much closer it is than others, and how it was edited, each in a line."""
    lines = [location(hit.photo)]
    text = translate("Messages", "{word}, score {score}")
    lines.append(text.format(word=closeness(hit).capitalize(), score=score(hit)))
    if percent := percentile(hit):
        lines.append(translate("Messages", "Closer than {percent} of your photos").format(percent=percent))
    if hit.shared and hit.shared.edits:
        lines.append(edits(hit))
    return "\n".join(lines)


def edits(hit: Hit) -> str:
    """Return in words how another version of the query was edited."""
    words = [edit(value) for value in hit.shared.edits] if hit.shared else []
    return translate("Messages", "Same picture: {edits}").format(edits=", ".join(words))


def edit(value: Edit) -> str:
    """Return the word for what was done to a picture."""
    match value:
        case Edit.CROPPED:
            return translate("Messages", "cropped")
        case Edit.FRAMED:
            return translate("Messages", "framed")
        case Edit.MIRRORED:
            return translate("Messages", "mirrored")
        case Edit.RECOLOURED:
            return translate("Messages", "recoloured")
        case Edit.TURNED:
            return translate("Messages", "turned")


def name(photo: Photo) -> str:
    """Return the file name of a photo."""
    return shown(Path(photo.path.name))


def spoken_photo(photo: Photo, number: int, count: int) -> str:
    """Return the text that a screen reader speaks for a photo that is shown without a search."""
    text = translate("Messages", "{name}, {number} of {count}")
    return text.format(name=name(photo), number=number, count=count)


def selected(count: int) -> str:
    """Return how many photos are selected, for example "3 selected"."""
    return translate("Messages", "{count} selected").format(count=QLocale().toString(count))


def with_shortcut(text: str, shortcut: str) -> str:
    """Return what a button does with its shortcut, if it has one, in brackets."""
    if not shortcut:
        return text
    return translate("Messages", "{text} ({shortcut})").format(text=text, shortcut=shortcut)


def counted(name: str, count: int) -> str:
    """Return a name with the number of things it stands for, as a screen reader says it."""
    return translate("Messages", "{name}, {count}").format(name=name, count=QLocale().toString(count))


def short_count(count: int) -> str:
    """Return a number in at most four characters."""
    return QLocale().toString(count) if count < MANY else f"{QLocale().toString(MANY - 1)}+"
