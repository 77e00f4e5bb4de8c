"""The form for how a search index is built and searched."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QComboBox, QFormLayout, QLabel, QSpinBox, QStackedWidget, QWidget

from desktop.settings.parameter_line import ParameterLine
from desktop.texts import index_messages, labels
from desktop.widgets import colours

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from core.types import IndexType

METRICS = ("IP", "COSINE", "L2")


class IndexForm(QWidget):
    """Fields for the index type, its parameters and the metric. The first type and metric are the automatic ones."""

    edited = Signal()

    def __init__(self, types: Sequence[IndexType], index: str, metric: str) -> None:
        """Show an index type and a metric. They are written as in settings."""
        super().__init__()
        self._types = types
        self.type_box, self.metric_box = QComboBox(), QComboBox()
        self.type_box.addItems([labels.tr(labels.AUTOMATIC), *(index_type.name for index_type in types)])
        self.metric_box.addItems([labels.tr(labels.AUTOMATIC), *METRICS])
        selected, values = parse_type(index)
        self._lines = QStackedWidget()
        self._lines.addWidget(QWidget())
        for index_type in types:
            line = ParameterLine(index_type, values if index_type.name == selected else {})
            line.edited.connect(self.edited)
            self._lines.addWidget(line)
        names = ["", *(index_type.name for index_type in types)]
        self.type_box.setCurrentIndex(names.index(selected) if selected in names else 0)
        self.metric_box.setCurrentIndex(METRICS.index(metric.upper()) + 1 if metric.upper() in METRICS else 0)
        self._about_type, self._about_metric = _quiet_label(), _quiet_label()
        self._about_metric.setText(index_messages.about_metric())
        self._lay_out()
        self.type_box.currentIndexChanged.connect(self._show_type)
        self.metric_box.currentIndexChanged.connect(self.edited)
        self._show_type()

    @property
    def index(self) -> str:
        """Return the index type and its parameters as written in settings. It is empty for the automatic type."""
        line = self._line()
        return format_type(line.index_type, line.values) if line else ""

    @property
    def metric_name(self) -> str:
        """Return the metric as written in settings. It is empty for the automatic metric."""
        return self.metric_box.currentText() if self.metric_box.currentIndex() else ""

    def spin_boxes(self) -> list[QSpinBox]:
        """Return the parameter fields of the selected index type."""
        line = self._line()
        return line.findChildren(QSpinBox) if line else []

    def _line(self) -> ParameterLine | None:
        line = self._lines.currentWidget()
        return line if isinstance(line, ParameterLine) else None

    def _lay_out(self) -> None:
        form = QFormLayout(self)
        form.setContentsMargins(0, 0, 0, 0)
        form.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapLongRows)
        form.addRow(labels.tr(labels.INDEX_TYPE), self.type_box)
        form.addRow(self._lines)
        form.addRow(self._about_type)
        form.addRow(labels.tr(labels.METRIC), self.metric_box)
        form.addRow(self._about_metric)

    def _show_type(self) -> None:
        number = self.type_box.currentIndex()
        self._lines.setCurrentIndex(number)
        self._lines.setVisible(bool(self.spin_boxes()))
        name = self._types[number - 1].name if number else ""
        self._about_type.setText(index_messages.about_type(name))
        self.type_box.setAccessibleDescription(self._about_type.text())
        self.edited.emit()


def parse_type(text: str) -> tuple[str, dict[str, int]]:
    """Return the name and the parameters of an index type that is written as in settings, e.g. `HNSW,M=32`."""
    name, *rest = text.split(",")
    pairs = (setting.partition("=") for setting in rest)
    return name.upper(), {parameter: int(value) for parameter, _, value in pairs if value.isdecimal()}


def format_type(index_type: IndexType, values: Mapping[str, int]) -> str:
    """Return an index type as it is written in settings. Parameters that have their default value are left out."""
    defaults = (*index_type.build, *index_type.search)
    changed = [f"{name}={values[name]}" for name, default in defaults if values[name] != default]
    return ",".join([index_type.name, *changed])


def _quiet_label() -> QLabel:
    label = QLabel(wordWrap=True, textFormat=Qt.TextFormat.PlainText)
    palette = label.palette()
    palette.setColor(palette.ColorRole.WindowText, colours.quiet(palette))
    label.setPalette(palette)
    return label
