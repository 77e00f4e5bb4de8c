"""The controls for the filters of a search."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSignalBlocker, QTimer, Signal
from PySide6.QtWidgets import QComboBox, QLineEdit, QVBoxLayout, QWidget

from core.search_request import Filters, Shape
from desktop.search.period_choice import PeriodChoice
from desktop.texts import filter_messages, labels

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date
    from pathlib import Path

TYPING_MS = 400
"""How long the user must not have typed before a text counts."""

MEGAPIXELS = (2, 8, 12, 24)


class FilterPanel(QWidget):
    """Choices of folder, time, shape, type, size and camera. `changed` comes with the new `Filters`."""

    changed = Signal(object)

    def __init__(self, types: Mapping[str, frozenset[str]], today: date) -> None:
        """`types` has the extensions of each type of file, in lower case and with the dot."""
        super().__init__()
        self._types = types
        self._shown = Filters()
        self.folder = _choice(labels.FOLDER_FILTER, {labels.tr(labels.ALL_FOLDERS): None})
        self.period = PeriodChoice(today)
        shapes: dict[str, object] = {filter_messages.shape(shape): shape for shape in Shape}
        self.shape = _choice(labels.SHAPE_FILTER, {labels.tr(labels.ANY_SHAPE): None, **shapes})
        self.type = _choice(labels.TYPE_FILTER, {labels.tr(labels.ANY_TYPE): None, **{name: name for name in types}})
        sizes = {filter_messages.megapixels(size * filter_messages.MEGAPIXEL): size for size in MEGAPIXELS}
        self.size_choice = _choice(labels.SIZE_FILTER, {labels.tr(labels.ANY_MEGAPIXELS): 0} | sizes)
        self.camera = QLineEdit(placeholderText=labels.tr(labels.ANY_CAMERA), clearButtonEnabled=True)
        self.camera.setAccessibleName(labels.tr(labels.CAMERA_FILTER))
        self._typing = QTimer(self, singleShot=True, interval=TYPING_MS)
        self._typing.timeout.connect(self._emit)
        self.camera.textEdited.connect(self._wait)
        self.camera.editingFinished.connect(self._emit)
        self.period.changed.connect(self._emit)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        for choice in (self.folder, self.period, self.shape, self.type, self.size_choice, self.camera):
            column.addWidget(choice)
        for choice in (self.folder, self.shape, self.type, self.size_choice):
            choice.currentIndexChanged.connect(self._emit)

    @property
    def filters(self) -> Filters:
        """Return the filters as they are chosen."""
        folder, shape, kind = self.folder.currentData(), self.shape.currentData(), self.type.currentData()
        first, last, on_this_day = self.period.value
        return Filters(
            folders=(folder,) if folder else (),
            taken_from=first,
            taken_to=last,
            on_this_day=on_this_day,
            shapes=frozenset({Shape(shape)} if shape else ()),
            extensions=self._types[kind] if kind else frozenset(),
            camera=self.camera.text().strip(),
            min_pixels=self.size_choice.currentData() * filter_messages.MEGAPIXEL,
        )

    def show_filters(self, filters: Filters) -> None:
        """Make the controls show these filters, which were chosen elsewhere, without emitting `changed`."""
        self._shown = filters
        shape = next(iter(filters.shapes), None)
        kind = next((name for name, extensions in self._types.items() if extensions == filters.extensions), None)
        for choice, value in (
            (self.folder, next(iter(filters.folders), None)),
            (self.shape, shape),
            (self.type, kind),
            (self.size_choice, filters.min_pixels // filter_messages.MEGAPIXEL),
        ):
            with QSignalBlocker(choice):
                choice.setCurrentIndex(_row_of(choice, value))
        self.period.show_value(filters.taken_from, filters.taken_to, filters.on_this_day)
        if self.camera.text().strip() != filters.camera:
            self.camera.setText(filters.camera)

    def set_folders(self, folders: Sequence[Path]) -> None:
        """Offer these folders. One that is chosen stays chosen if it is still there."""
        known = [self.folder.itemData(row) for row in range(1, self.folder.count())]
        if known == list(folders):
            return
        chosen = self.folder.currentData()
        with QSignalBlocker(self.folder):
            while self.folder.count() > 1:
                self.folder.removeItem(1)
            for folder in folders:
                self.folder.addItem(filter_messages.folder(folder), folder)
            self.folder.setCurrentIndex(_row_of(self.folder, chosen))
        self._emit()

    def _wait(self) -> None:
        self._typing.start()

    def _emit(self) -> None:
        self._typing.stop()
        if (filters := self.filters) != self._shown:
            self._shown = filters
            self.changed.emit(filters)


def _row_of(choice: QComboBox, value: object) -> int:
    """Return the row with a value, or 0. Qt itself does not find paths."""
    return next((row for row in range(choice.count()) if choice.itemData(row) == value), 0)


def _choice(name: str, entries: Mapping[str, object]) -> QComboBox:
    choice = QComboBox()
    choice.setAccessibleName(labels.tr(name))
    choice.setToolTip(labels.tr(name))
    choice.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    for text, value in entries.items():
        choice.addItem(text, value)
    return choice
