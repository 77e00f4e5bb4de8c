"""A row of fields for the parameters of one index type."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSpinBox, QVBoxLayout, QWidget

if TYPE_CHECKING:
    from collections.abc import Mapping

    from core.types import IndexType

MAX_VALUE = 65_536
RANGES = {"M": (2, 2048)}
"""The ranges of parameters for which Milvus does not accept 1 to 65,536."""

UPPER_LIMITS = {"nprobe": "nlist"}
"""Parameters that cannot exceed another one: a search cannot visit more clusters than the index has."""


class ParameterLine(QWidget):
    """One named field for each parameter of the index type."""

    edited = Signal()

    def __init__(self, index_type: IndexType, values: Mapping[str, int]) -> None:
        """Show these values. Parameters that are missing in `values` get their default value."""
        super().__init__()
        self.index_type = index_type
        self._fields: dict[str, QSpinBox] = {}
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        for name, default in (*index_type.build, *index_type.search):
            field = QSpinBox()
            field.setRange(*RANGES.get(name, (1, MAX_VALUE)))
            field.setValue(values.get(name, default))
            field.setAccessibleName(name)
            field.valueChanged.connect(self.edited)
            self._fields[name] = field
            column = QVBoxLayout()
            column.setSpacing(2)
            column.addWidget(QLabel(name))
            column.addWidget(field)
            row.addLayout(column)
        row.addStretch()
        for name, limit in UPPER_LIMITS.items():
            if name in self._fields and limit in self._fields:
                self._fields[name].setMaximum(self._fields[limit].value())
                self._fields[limit].valueChanged.connect(self._fields[name].setMaximum)

    @property
    def values(self) -> dict[str, int]:
        """Return the value of every parameter."""
        return {name: field.value() for name, field in self._fields.items()}
