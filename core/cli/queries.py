"""The query pictures of the command `search`."""

from __future__ import annotations

import codecs
import math
import os
from argparse import ArgumentTypeError
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from core.errors import DecodeError
from core.images.formats import extensions
from core.search.web_address import is_web_address, without_credentials
from core.search_request import QueryPicture
from core.types import Box

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from core.engine import Engine

UNLIKE_WEIGHT = 0.5
"""What a picture of --unlike subtracts if nothing else is said. With 1, little is left of two similar pictures."""


@dataclass(frozen=True, slots=True)
class WebPicture:
    """A query picture that is to be fetched from a web address."""

    address: str
    weight: float = 1.0
    crop: Box | None = None


@dataclass(frozen=True, slots=True)
class CommandQuery:
    """The pictures of one search. `name` names them in the output."""

    name: str
    pictures: tuple[QueryPicture | WebPicture, ...]


def add_query_arguments(parser: ArgumentParser) -> None:
    """Add the options that say what to search with."""
    parser.add_argument("images", nargs="*", metavar="IMAGE", help="the picture to search with, or its web address")
    parser.add_argument(
        "--queries-from", type=Path, metavar="FILE", help="a folder, or a file with a picture on each line"
    )
    parser.add_argument("--together", action="store_true", help="search for photos like all pictures together")
    parser.add_argument(
        "--unlike",
        action="append",
        default=[],
        metavar="IMAGE",
        help="a picture that the photos should not look like (repeatable)",
    )
    parser.add_argument(
        "--weight",
        dest="picture_weights",
        action="append",
        default=[],
        type=_weight,
        metavar="X",
        help=f"how much a picture counts, for each picture and then each --unlike (default: 1 and {UNLIKE_WEIGHT})",
    )
    parser.add_argument(
        "--crop",
        type=_box,
        metavar="X,Y,W,H",
        help="search with a part of the picture: upper left corner and size, in fractions from 0 to 1",
    )


def usage_error(chosen: Namespace) -> str | None:
    """Return what is wrong with the options of `add_query_arguments`, or None."""
    if not chosen.images and not chosen.queries_from:
        return "name a picture, or --queries-from a file"
    if chosen.picture_weights and chosen.queries_from:
        return "--weight cannot be used with --queries-from"
    expected = len(chosen.images) + len(chosen.unlike)
    if chosen.picture_weights and len(chosen.picture_weights) != expected:
        return f"--weight is needed once for each picture ({expected} times), or not at all"
    if chosen.picture_weights and not chosen.together and not chosen.unlike:
        return "--weight needs --together or --unlike"
    if chosen.crop and (chosen.queries_from or len(chosen.images) != 1):
        return "--crop needs exactly one picture"
    return None


def chosen_queries(chosen: Namespace) -> list[CommandQuery]:
    """Return the searches that the options ask for.

    Raises:
        DecodeError: The list or the folder of pictures cannot be read, or the folder has none.
    """
    images: list[str] = chosen.images + (_listed(chosen.queries_from) if chosen.queries_from else [])
    weights = chosen.picture_weights or [1.0] * len(images) + [UNLIKE_WEIGHT] * len(chosen.unlike)
    like = [_picture(image, weight, chosen.crop) for image, weight in zip(images, weights, strict=False)]
    subtracted = weights[len(images) :]
    unlike = [_picture(image, -weight) for image, weight in zip(chosen.unlike, subtracted, strict=True)]
    names = [_name(image) for image in images]
    but_not = "".join(f" - {_name(image)}" for image in chosen.unlike)
    if chosen.together:
        return [CommandQuery(" + ".join(names) + but_not, (*like, *unlike))]
    return [CommandQuery(name + but_not, (picture, *unlike)) for name, picture in zip(names, like, strict=True)]


class Fetcher:
    """Fetches the pictures of searches from the web, each picture only once if all searches have it."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._fetched: dict[str, bytes] = {}

    async def complete(self, query: CommandQuery) -> tuple[QueryPicture, ...]:
        """Return the pictures of a search.

        Raises:
            DecodeError: A picture cannot be fetched.
        """
        addresses = [picture.address for picture in query.pictures if isinstance(picture, WebPicture)]
        # Only the last search's pictures are kept, because there may be any number of searches.
        self._fetched = {address: content for address, content in self._fetched.items() if address in addresses}
        for address in addresses:
            if address not in self._fetched:
                self._fetched[address] = await self._fetch(address, is_only=len(query.pictures) == 1)
        return tuple(map(self._complete, query.pictures))

    def _complete(self, picture: QueryPicture | WebPicture) -> QueryPicture:
        if isinstance(picture, QueryPicture):
            return picture
        return QueryPicture(self._fetched[picture.address], picture.weight, picture.crop)

    async def _fetch(self, address: str, *, is_only: bool) -> bytes:
        try:
            return await self._engine.fetch_picture(address)
        except DecodeError as error:
            if is_only:
                raise
            raise DecodeError(f"{_name(address)}: {error}") from error


def _picture(image: str, weight: float, crop: Box | None = None) -> QueryPicture | WebPicture:
    if is_web_address(image):
        return WebPicture(image, weight, crop)
    path = Path(image)
    # Other processes cannot open a pipe, such as a shell's <(...).
    return QueryPicture(path.read_bytes() if path.is_fifo() else path, weight, crop)


def _name(image: str) -> str:
    return without_credentials(image) if is_web_address(image) else image


def _listed(source: Path) -> list[str]:
    return _pictures_in(source) if source.is_dir() else _lines(source)


def _pictures_in(folder: Path) -> list[str]:
    def stop(error: OSError) -> None:
        raise DecodeError(f"The folder {error.filename} cannot be read: {error.strerror}.") from error

    readable = extensions()
    files = (Path(parent) / name for parent, _, names in os.walk(folder, onerror=stop) for name in names)
    found = sorted(str(file) for file in files if file.suffix.lower() in readable)
    if not found:
        raise DecodeError(f"The folder {folder} has no pictures.")
    return found


def _lines(file: Path) -> list[str]:
    try:
        data = file.read_bytes()
    except OSError as error:
        raise DecodeError(f"The list of pictures {file} cannot be read: {error.strerror}.") from error
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        text = data.decode("utf-16", "replace")
    else:
        text = data.decode("utf-8-sig", "surrogateescape")
    # Not splitlines, which also splits at characters that a file name may contain.
    return [line for line in text.replace("\r\n", "\n").split("\n") if line.strip()]


def _weight(text: str) -> float:
    weight = _number(text)
    if not 0 < weight < math.inf:
        raise ArgumentTypeError(f'"{text}" is not a number above 0')
    return weight


def _box(text: str) -> Box:
    try:
        return Box(*map(_number, text.split(",")))
    except (TypeError, ValueError):  # not four numbers, or not a part of a picture
        raise ArgumentTypeError(f'"{text}" is not a part of a picture, such as 0,0,0.5,1 for its left half') from None


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.nan
