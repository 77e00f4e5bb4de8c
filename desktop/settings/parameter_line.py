"""The parameters of one type of search index, in a line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSpinBox, QVBoxLayout, QWidget

if TYPE_CHECKING:
    from collections.abc import Mapping

    from core.types import IndexType

LARGEST = 65_536
RANGES = {"M": (2, 2048)}
"""Where Milvus takes less than 1 to 65,536."""

NO_MORE_THAN = {"nprobe": "nlist"}
"""There are no more groups to look into than there are."""


class ParameterLine(QWidget):
    """A field with its name for each parameter."""

    edited = Signal()

    def __init__(self, kind: IndexType, values: Mapping[str, int]) -> None:
        """Show these values, and the usual ones of what is not among them."""
        super().__init__()
        self.kind = kind
        self._fields: dict[str, QSpinBox] = {}
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        for name, usual in (*kind.build, *kind.search):
            field = QSpinBox()
            field.setRange(*RANGES.get(name, (1, LARGEST)))
            field.setValue(values.get(name, usual))
            field.setAccessibleName(name)
            field.valueChanged.connect(self.edited)
            self._fields[name] = field
            column = QVBoxLayout()
            column.setSpacing(2)
            column.addWidget(QLabel(name))
            column.addWidget(field)
            row.addLayout(column)
        row.addStretch()
        for name, limit in NO_MORE_THAN.items():
            if name in self._fields and limit in self._fields:
                self._fields[name].setMaximum(self._fields[limit].value())
                self._fields[limit].valueChanged.connect(self._fields[name].setMaximum)

    @property
    def values(self) -> dict[str, int]:
        """Return the value of every parameter."""
        return {name: field.value() for name, field in self._fields.items()}
