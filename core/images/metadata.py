"""Reads what a camera recorded about a photo: EXIF tags, and the XMP packet where they say nothing."""

from __future__ import annotations

import math
import re
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from PIL import Image
from PIL.ExifTags import GPS, IFD, Base

from core.types import Metadata

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import BinaryIO, SupportsFloat

EXIF_DATE = "%Y:%m:%d %H:%M:%S"
EXIF_DIGITS = len("2000:01:01 00:00:00")  # some programs add fractions of a second or a time zone

MOST_XMP = 1 << 20
"""A larger packet, in bytes, holds edits or a second picture, and takes long to parse."""

LONGEST_NAME = 100

_XMP_DATE = re.compile(r"[12]\d{3}-\d{2}-\d{2}")
_XMP_DEGREES = re.compile(r"(\d+),(\d+(?:\.\d+)?)(?:,(\d+(?:\.\d+)?))?([NSEW])")


def read_metadata(image: Image.Image) -> Metadata:
    """Return the metadata of an opened picture. What is missing or damaged is None.

    Only a PNG without EXIF in front of its picture is decoded, because the tags may follow. Edited and scanned pictures
    often have dates in XMP only. A date of digitisation counts if there is no other.
    """
    return _metadata(_Tags(image.getexif, image))


def read_tiff_metadata(file: BinaryIO) -> Metadata:
    """Return the metadata of a file with the directories of a TIFF file, as most RAW files have them."""

    def load() -> Image.Exif:
        exif = Image.Exif()
        file.seek(0)
        exif.load_from_fp(file)
        return exif

    return _metadata(_Tags(load, None))


def orientation_tag(image: Image.Image) -> int | None:
    """Return the EXIF orientation of a picture, or None if it has no valid one."""
    try:
        # Pillow's exif_transpose would rewrite all tags and fail if one of them is invalid.
        value = image.getexif()[Base.Orientation]
        return value[0] if isinstance(value, bytes) else int(value)  # some programs write a byte, against the standard
    except Exception:  # noqa: BLE001 - a photo stays searchable, even if not upright, when its tags are damaged
        return None


class _Tags:
    """The tags of one picture. XMP is parsed only when something is missing in EXIF."""

    def __init__(self, load: Callable[[], Image.Exif], image: Image.Image | None) -> None:
        """`load` returns the EXIF tags. `image` may have XMP."""
        self._image = image
        self._main, self._photo, self._gps = (_directory(load, ifd) for ifd in (None, IFD.Exif, IFD.GPSInfo))
        self._parsed: dict[str, str] | None = None

    def taken(self) -> datetime | None:
        """Return when the photo was taken in the camera's local time, with the time zone if that is known."""
        return (
            self._exif_date(Base.DateTimeOriginal, Base.OffsetTimeOriginal)
            or self._xmp_date("DateTimeOriginal")
            or self._xmp_date("DateCreated")
            or self._exif_date(Base.DateTimeDigitized, Base.OffsetTimeDigitized)
            or self._xmp_date("CreateDate")
        )

    def camera(self) -> str | None:
        """Return the make and the model of the camera. Many models begin with the make, which is not repeated."""
        make = self._exif_text(Base.Make) or self._xmp("Make")
        model = self._exif_text(Base.Model) or self._xmp("Model")
        is_repeated = model and any(word.casefold() in model.casefold().split() for word in make.split())
        name = model if is_repeated else f"{make} {model}"
        return " ".join(name.split())[:LONGEST_NAME] or None

    def place(self) -> tuple[float, float] | None:
        """Return the latitude and the longitude in degrees, north and east positive."""
        place = self._exif_place() or self._xmp_place()
        # Cameras without reception write zeros.
        is_place = place and abs(place[0]) <= 90 and abs(place[1]) <= 180 and place != (0, 0)
        return place if is_place else None

    def _exif_text(self, tag: Base) -> str:
        return _printable(self._main.get(tag, ""))

    def _exif_date(self, date_tag: Base, offset_tag: Base) -> datetime | None:
        try:
            date = datetime.strptime(_printable(self._photo.get(date_tag, ""))[:EXIF_DIGITS], EXIF_DATE)
        except ValueError:
            return None
        with suppress(ValueError):
            offset = _printable(self._photo.get(offset_tag, ""))
            return date.replace(tzinfo=datetime.fromisoformat(f"2000-01-01T00:00{offset}").tzinfo)
        return date

    def _exif_place(self) -> tuple[float, float] | None:
        tags = self._gps
        latitude = _degrees(tags.get(GPS.GPSLatitude), tags.get(GPS.GPSLatitudeRef))
        longitude = _degrees(tags.get(GPS.GPSLongitude), tags.get(GPS.GPSLongitudeRef))
        return None if latitude is None or longitude is None else (latitude, longitude)

    def _xmp_date(self, name: str) -> datetime | None:
        with suppress(ValueError):
            text = self._xmp(name)
            # There are also dates without a month or a day, and for some programs no date is 0001-01-01.
            if _XMP_DATE.match(text):
                return datetime.fromisoformat(text)
        return None

    def _xmp_place(self) -> tuple[float, float] | None:
        latitude, longitude = (_XMP_DEGREES.fullmatch(self._xmp(name)) for name in ("GPSLatitude", "GPSLongitude"))
        if not latitude or not longitude:
            return None
        north, east = (
            _degrees([float(part or 0) for part in match.groups()[:3]], match[4]) for match in (latitude, longitude)
        )
        return None if north is None or east is None else (north, east)

    def _xmp(self, name: str) -> str:
        if self._parsed is None:
            self._parsed = {}
            with suppress(Exception):  # a damaged packet
                if self._image and len(self._image.info["xmp"]) <= MOST_XMP:
                    self._parsed = dict(_texts(self._image.getxmp()))
        return self._parsed.get(name, "")


def _metadata(tags: _Tags) -> Metadata:
    taken = tags.taken()
    latitude, longitude = tags.place() or (None, None)
    return Metadata(_seconds(taken), _utc_offset(taken), tags.camera(), latitude, longitude)


def _directory(load: Callable[[], Image.Exif], ifd: IFD | None) -> dict[int, Any]:
    with suppress(Exception):  # damaged tags
        exif = load()
        return dict(exif) if ifd is None else exif.get_ifd(ifd)
    return {}


def _texts(packet: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield the names and values of the properties in an XMP packet that are texts."""
    # The element around the description is optional.
    content = packet.get("RDF") or next(iter(packet.values()))["RDF"]
    descriptions = content["Description"]
    for description in descriptions if isinstance(descriptions, list) else [descriptions]:
        for name, value in description.items() if isinstance(description, dict) else ():
            if isinstance(value, str):
                yield name, _printable(value)


def _printable(value: object) -> str:
    text = value.decode("latin-1") if isinstance(value, bytes) else str(value)
    return "".join(character if character.isprintable() else " " for character in text.partition("\0")[0]).strip()


def _degrees(parts: Iterable[SupportsFloat] | None, direction: object) -> float | None:
    """Return degrees, minutes and seconds as degrees. South and west are negative."""
    with suppress(TypeError, ValueError, ZeroDivisionError):
        degrees, minutes, seconds = map(float, parts or ())
        angle = degrees + minutes / 60 + seconds / 3600
        if math.isfinite(angle):
            return -angle if _printable(direction) in {"S", "W"} else angle
    return None


def _seconds(taken: datetime | None) -> int | None:
    return None if taken is None else int(taken.replace(tzinfo=UTC).timestamp())


def _utc_offset(taken: datetime | None) -> int | None:
    offset = taken.utcoffset() if taken else None
    return None if offset is None else offset // timedelta(minutes=1)
