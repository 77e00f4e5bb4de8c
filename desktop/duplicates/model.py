"""Groups of duplicates as a model for the grid: a section for each group, with the best photo first."""

from __future__ import annotations

from bisect import bisect_right
from itertools import accumulate, chain
from typing import TYPE_CHECKING

from desktop.photos.grid_model import GridModel, Section
from desktop.texts import duplicate_messages

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from PySide6.QtCore import QObject

    from core.types import DuplicateGroup, Photo
    from desktop.photos.thumbnails import Thumbnails


class DuplicatesModel(GridModel):
    """A grid model whose best photos say why they are the best ones."""

    def __init__(self, thumbnails: Thumbnails, parent: QObject | None = None) -> None:
        super().__init__(thumbnails, parent)
        self._groups: tuple[DuplicateGroup, ...] = ()
        self._firsts: list[int] = []

    @property
    def groups(self) -> tuple[DuplicateGroup, ...]:
        """Return the groups from top to bottom."""
        return self._groups

    def show(self, groups: Sequence[DuplicateGroup]) -> None:
        """Show these groups instead of the last ones."""
        self._groups = tuple(groups)
        self._firsts = [0, *accumulate(len(group.photos) for group in groups)][:-1] if groups else []
        sections = [Section(duplicate_messages.title(group), len(group.photos)) for group in groups]
        self.show_sections(list(chain.from_iterable(group.photos for group in groups)), sections)

    def others(self, rows: Iterable[int]) -> list[int]:
        """Return the rows of all photos but the best ones, in the groups that have photos in some rows."""
        chosen = sorted({self._number(row) for row in rows})
        return [row for number in chosen for row in self._rows(number)[1:]]

    def has_complete_group(self, photos: Iterable[Photo]) -> bool:
        """Return whether every photo of some group is among these."""
        chosen = {photo.path for photo in photos}
        return any(chosen.issuperset(photo.path for photo in group.photos) for group in self._groups)

    def badge(self, row: int) -> str:
        """Return why a photo is the best one of its group, or what it is like."""
        group, place = self._place(row)
        return duplicate_messages.facts(group.photos[place]) if place else duplicate_messages.best(group.advantage)

    def spoken(self, row: int) -> str:
        """Return the name of a photo, and its place in its group."""
        group, place = self._place(row)
        return duplicate_messages.spoken(group.photos[place], group, place + 1)

    def _number(self, row: int) -> int:
        return bisect_right(self._firsts, row) - 1

    def _rows(self, number: int) -> range:
        return range(self._firsts[number], self._firsts[number] + len(self._groups[number].photos))

    def _place(self, row: int) -> tuple[DuplicateGroup, int]:
        number = self._number(row)
        return self._groups[number], row - self._firsts[number]
