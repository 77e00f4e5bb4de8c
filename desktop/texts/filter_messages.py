"""Messages about the filters of a search."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QDate, QLocale

from core.search_request import Shape
from core.types import Order
from desktop.paths import shown

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path

    from core.search_request import Filters

translate = QCoreApplication.translate

MEGAPIXEL = 1_000_000


def shape(value: Shape) -> str:
    """Return the word for a shape."""
    match value:
        case Shape.LANDSCAPE:
            return translate("FilterMessages", "Landscape")
        case Shape.PORTRAIT:
            return translate("FilterMessages", "Portrait")
        case Shape.SQUARE:
            return translate("FilterMessages", "Square")
        case Shape.PANORAMA:
            return translate("FilterMessages", "Panorama")


def order(value: Order) -> str:
    """Return what comes first in an order."""
    match value:
        case Order.LIKENESS:
            return translate("FilterMessages", "Most similar first")
        case Order.DATE:
            return translate("FilterMessages", "Newest first")
        case Order.NAME:
            return translate("FilterMessages", "By name")
        case Order.SIZE:
            return translate("FilterMessages", "Largest file first")


def folder(path: Path) -> str:
    """Return the name of a folder."""
    return shown(path.relative_to(path.parent)) if path.name else shown(path)


def megapixels(pixels: int) -> str:
    """Return a least number of pixels in words."""
    text = translate("FilterMessages", "From {count} megapixels")
    return text.format(count=QLocale().toString(pixels / MEGAPIXEL, "g", 3))


def period(filters: Filters) -> str:
    """Return the time in which photos were taken: a year, a day of all years, or a first and a last day."""
    if filters.on_this_day:
        return translate("FilterMessages", "On this day")
    first, last = filters.taken_from, filters.taken_to
    if first and last and (first.month, first.day, last.month, last.day) == (1, 1, 12, 31) and first.year == last.year:
        return str(first.year)
    if first and last:
        return translate("FilterMessages", "{first} to {last}").format(first=_day(first), last=_day(last))
    if first:
        return translate("FilterMessages", "From {first}").format(first=_day(first))
    return translate("FilterMessages", "Until {last}").format(last=_day(last)) if last else ""


def remove(text: str) -> str:
    """Return what the chip of a filter does, as a screen reader says it."""
    return translate("FilterMessages", "Remove filter: {filter}").format(filter=text)


def _day(value: date) -> str:
    return QLocale().toString(QDate(value.year, value.month, value.day), QLocale.FormatType.ShortFormat)
