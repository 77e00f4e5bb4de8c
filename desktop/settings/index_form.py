"""The fields that say how a search index is built and searched."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QComboBox, QFormLayout, QLabel, QSpinBox, QStackedWidget, QWidget

from desktop.settings.index_choice import text_of, values_in
from desktop.settings.parameter_line import ParameterLine
from desktop.texts import index_messages, labels
from desktop.widgets import colours

if TYPE_CHECKING:
    from collections.abc import Sequence

    from core.types import IndexType

METRICS = ("IP", "COSINE", "L2")


class IndexForm(QWidget):
    """Index type with its parameters, and metric; the first of each is the automatic choice."""

    edited = Signal()

    def __init__(self, types: Sequence[IndexType], index: str, metric: str) -> None:
        """Show a choice as settings name it."""
        super().__init__()
        self._types = types
        self.kind, self.measure = QComboBox(), QComboBox()
        self.kind.addItems([labels.tr(labels.AUTOMATIC), *(kind.name for kind in types)])
        self.measure.addItems([labels.tr(labels.AUTOMATIC), *METRICS])
        chosen, values = values_in(index)
        self._lines = QStackedWidget()
        self._lines.addWidget(QWidget())
        for kind in types:
            line = ParameterLine(kind, values if kind.name == chosen else {})
            line.edited.connect(self.edited)
            self._lines.addWidget(line)
        names = ["", *(kind.name for kind in types)]
        self.kind.setCurrentIndex(names.index(chosen) if chosen in names else 0)
        self.measure.setCurrentIndex(METRICS.index(metric.upper()) + 1 if metric.upper() in METRICS else 0)
        self._about_kind, self._about_metric = _sentence(), _sentence()
        self._about_metric.setText(index_messages.about_metric())
        self._lay_out()
        self.kind.currentIndexChanged.connect(self._look)
        self.measure.currentIndexChanged.connect(self.edited)
        self._look()

    @property
    def index(self) -> str:
        """Return the index type and its parameters as settings name them."""
        line = self._line()
        return text_of(line.kind, line.values) if line else ""

    @property
    def metric_name(self) -> str:
        """Return the metric as settings name it."""
        return self.measure.currentText() if self.measure.currentIndex() else ""

    def spin_boxes(self) -> list[QSpinBox]:
        """Return the fields for the parameters of the type that is chosen."""
        line = self._line()
        return line.findChildren(QSpinBox) if line else []

    def _line(self) -> ParameterLine | None:
        line = self._lines.currentWidget()
        return line if isinstance(line, ParameterLine) else None

    def _lay_out(self) -> None:
        form = QFormLayout(self)
        form.setContentsMargins(0, 0, 0, 0)
        form.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapLongRows)
        form.addRow(labels.tr(labels.INDEX_TYPE), self.kind)
        form.addRow(self._lines)
        form.addRow(self._about_kind)
        form.addRow(labels.tr(labels.METRIC), self.measure)
        form.addRow(self._about_metric)

    def _look(self) -> None:
        number = self.kind.currentIndex()
        self._lines.setCurrentIndex(number)
        self._lines.setVisible(bool(self.spin_boxes()))
        name = self._types[number - 1].name if number else ""
        self._about_kind.setText(index_messages.about_type(name))
        self.kind.setAccessibleDescription(self._about_kind.text())
        self.edited.emit()


def _sentence() -> QLabel:
    sentence = QLabel(wordWrap=True, textFormat=Qt.TextFormat.PlainText)
    palette = sentence.palette()
    palette.setColor(palette.ColorRole.WindowText, colours.quiet(palette))
    sentence.setPalette(palette)
    return sentence
