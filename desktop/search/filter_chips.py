"""A row with a button for each filter that is set, which removes it."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QWidget

from core.search_request import Filters
from desktop.search.file_types import type_name
from desktop.texts import filter_messages, labels
from desktop.widgets.icons import Glyph, icon

if TYPE_CHECKING:
    from collections.abc import Iterator


class FilterChips(QWidget):
    """Hidden without filters. `changed` comes with the `Filters` that remain when the user removes one or all."""

    changed = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self._chips: list[QPushButton] = []
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(8, 0, 8, 4)
        self._row.setSpacing(6)
        self.hide()

    @property
    def chips(self) -> list[QPushButton]:
        """Return the buttons from left to right."""
        return self._chips

    def show_filters(self, filters: Filters) -> None:
        """Show these filters instead of the last ones."""
        while item := self._row.takeAt(0):
            if widget := item.widget():
                widget.hide()
                widget.deleteLater()
        self._chips = []
        parts = list(_parts(filters))
        for text, rest in parts:
            self._add(text, rest).setAccessibleName(filter_messages.remove(text))
        if len(parts) > 1:
            self._add(labels.tr(labels.CLEAR_FILTERS), Filters())
        self._row.addStretch()
        self.setVisible(bool(parts))

    def _add(self, text: str, rest: Filters) -> QPushButton:
        chip = QPushButton(icon(Glyph.X), text)
        chip.setLayoutDirection(Qt.LayoutDirection.RightToLeft)  # so that the icon is behind the text
        chip.clicked.connect(partial(self.changed.emit, rest))
        self._row.addWidget(chip)
        self._chips.append(chip)
        return chip


def _parts(filters: Filters) -> Iterator[tuple[str, Filters]]:
    """Yield for each filter that is set its text, and the filters without it."""
    if text := filter_messages.period(filters):
        yield text, replace(filters, taken_from=None, taken_to=None, on_this_day=None)
    for folder in filters.folders:
        yield filter_messages.folder(folder), replace(filters, folders=tuple(set(filters.folders) - {folder}))
    for shape in sorted(filters.shapes):
        yield filter_messages.shape(shape), replace(filters, shapes=filters.shapes - {shape})
    if filters.extensions:
        yield type_name(filters.extensions), replace(filters, extensions=frozenset())
    if filters.camera:
        yield filters.camera, replace(filters, camera="")
    if filters.min_pixels:
        yield filter_messages.megapixels(filters.min_pixels), replace(filters, min_pixels=0)
