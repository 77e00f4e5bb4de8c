"""The hits of a search in groups: the same picture, the same place, similar and weaker ones."""

from __future__ import annotations

from dataclasses import replace
from enum import Enum, auto
from itertools import chain
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal

from core.types import Hit, Label, Order
from desktop.photos.grid_model import NO_PARENT, GridModel, Section
from desktop.texts import labels, messages

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtCore import QObject

    from desktop.photos.thumbnails import Thumbnails


class Group(Enum):
    """Hits that are shown under one heading, from best to worst."""

    SAME_PICTURE = auto()
    SAME_PLACE = auto()
    SIMILAR = auto()
    WEAK = auto()


GROUPS = {
    Label.IDENTICAL: Group.SAME_PICTURE,
    Label.NEAR_DUPLICATE: Group.SAME_PICTURE,
    Label.SAME_PLACE: Group.SAME_PLACE,
    Label.CLOSE: Group.SIMILAR,
    Label.SIMILAR: Group.SIMILAR,
    Label.WEAK: Group.WEAK,
}
TITLES = {
    Group.SAME_PICTURE: labels.SAME_PICTURE,
    Group.SAME_PLACE: labels.SAME_PLACE,
    Group.SIMILAR: labels.SIMILAR,
    Group.WEAK: labels.WEAKER,
}


class HitsModel(GridModel):
    """A grid model with the hits of a search, group by group, and the best one of each first unless that is changed.

    Weak hits can be folded away if there are better ones. `weak_changed` is emitted when that, or whether it is
    possible, may have changed.
    """

    weak_changed = Signal()

    def __init__(self, thumbnails: Thumbnails, parent: QObject | None = None) -> None:
        super().__init__(thumbnails, parent)
        self._hits: tuple[Hit, ...] = ()
        self._shows_weak = False
        self._order = Order.LIKENESS

    @property
    def hits(self) -> tuple[Hit, ...]:
        """Return all hits in the order of the grid, including those that are folded away."""
        return self._hits

    @property
    def can_fold(self) -> bool:
        """Return whether there are weak hits and better ones."""
        return bool(self._sections) and self._sections[-1].can_fold

    @property
    def is_folded(self) -> bool:
        """Return whether weak hits are folded away."""
        return bool(self._sections) and self._sections[-1].is_folded

    def show(self, hits: Sequence[Hit]) -> None:
        """Show these hits instead of the last ones."""
        found: dict[Group, list[Hit]] = {group: [] for group in Group}
        for hit in hits:
            found[GROUPS[hit.label]].append(hit)
        has_better = len(found[Group.WEAK]) < len(hits)
        sections = []
        for group, members in found.items():
            if members:
                found[group] = self._order.of(members)
                can_fold = group is Group.WEAK and has_better
                title = labels.tr(TITLES[group])
                sections.append(Section(title, len(members), can_fold, can_fold and not self._shows_weak))
        self._hits = tuple(chain.from_iterable(found.values()))
        self.show_sections(self._hits, sections)
        self.weak_changed.emit()

    def set_order(self, order: Order) -> None:
        """Show the hits of each group in this order, now and in later searches."""
        self._order = order
        self.show(self._hits)

    def show_weak(self, shown: bool) -> None:
        """Show or fold away weak hits, now and in later searches."""
        if shown == self._shows_weak:
            return
        self._shows_weak = shown
        if self.can_fold:
            self._set_folded(not shown)
        self.weak_changed.emit()

    def toggle_fold(self) -> None:
        """Fold weak hits away, or show them."""
        self.show_weak(self.is_folded)

    def relabel(self, hits: Sequence[Hit]) -> None:
        """Take over the words of the same hits, but neither their order nor their groups."""
        found = {(hit.path, hit.remote): hit for hit in hits}
        known = ((hit, found.get((hit.path, hit.remote), hit)) for hit in self._hits)
        self._items = self._hits = tuple(replace(hit, label=new.label, shared=new.shared) for hit, new in known)
        self.dataChanged.emit(self.index(0), self.index(self.rowCount() - 1))

    def badge(self, row: int) -> str:
        """Return how a photo was edited, that it is the same picture, or how close it is."""
        return messages.badge(self._hits[row])

    def details(self, row: int) -> str:
        """Return the path, the word and the score of a hit, and more that is known of it."""
        return messages.details(self._hits[row])

    def spoken(self, row: int) -> str:
        """Return the name, the score and the rank of a hit."""
        return messages.spoken(self._hits[row], len(self._hits))

    def _set_folded(self, is_folded: bool) -> None:
        first, last = len(self._items) - self._sections[-1].count, len(self._items) - 1
        if is_folded:
            self.beginRemoveRows(NO_PARENT, first, last)
        else:
            self.beginInsertRows(NO_PARENT, first, last)
        self._set_sections([*self._sections[:-1], replace(self._sections[-1], is_folded=is_folded)])
        if is_folded:
            self.endRemoveRows()
        else:
            self.endInsertRows()
