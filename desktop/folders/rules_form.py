"""The form for the rules of a folder, which say which photos are skipped."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFormLayout, QLabel, QPlainTextEdit, QSizePolicy, QSpinBox, QWidget

from core.types import KILOBYTE, Rules
from desktop.texts import labels
from desktop.widgets import colours
from desktop.widgets.error_line import ErrorLine

LARGEST_KB = 1_000_000
VISIBLE_LINES = 4
EXAMPLE = "*.png\nScreenshots/"


class RulesForm(QWidget):
    """Fields for the exclusion patterns and the smallest file size. `edited` is emitted after every change."""

    edited = Signal()

    def __init__(self, rules: Rules) -> None:
        super().__init__()
        self.exclude = QPlainTextEdit(tabChangesFocus=True, placeholderText=EXAMPLE)
        self.exclude.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        edge = self.exclude.document().documentMargin() + self.exclude.frameWidth()
        self.exclude.setFixedHeight(round(VISIBLE_LINES * self.exclude.fontMetrics().lineSpacing() + 2 * edge))
        self.smallest = QSpinBox(suffix=labels.tr(labels.KILOBYTES))
        self.smallest.setSpecialValueText(labels.tr(labels.ANY_SIZE))
        self.smallest.setRange(0, LARGEST_KB)
        self.smallest.setGroupSeparatorShown(True)
        self._error_line = ErrorLine()
        self._lay_out()
        self._show(rules)
        self.exclude.textChanged.connect(self._on_edited)
        self.smallest.valueChanged.connect(self._on_edited)

    @property
    def rules(self) -> Rules:
        """Return the rules as they are shown.

        Values that were not edited keep exactly their saved value, although the fields show it normalised and rounded.
        """
        shown_text, shown_size = self._shown
        text, size = self.exclude.toPlainText(), self.smallest.value()
        return Rules(
            exclude=self._saved.exclude if text == shown_text else text,
            smallest=self._saved.smallest if size == shown_size else size * KILOBYTE,
        )

    @property
    def has_changed(self) -> bool:
        """Return whether the rules differ from the saved ones."""
        return self.rules != self._saved

    @property
    def error(self) -> str:
        """Return the error that is shown. It is empty if there is none."""
        return self._error_line.text()

    def show_rules(self, rules: Rules) -> None:
        """Show rules that have been saved meanwhile, unless the user has edited the form."""
        if rules != self._saved and not self.has_changed:
            self._show(rules)

    def show_error(self, text: str) -> None:
        """Show what is wrong with the patterns."""
        self._error_line.show_error(text)
        self.exclude.setAccessibleDescription(text)
        self.exclude.setFocus()

    def _show(self, rules: Rules) -> None:
        self._saved = rules
        self.exclude.setPlainText(rules.exclude)
        self.smallest.setValue(-(-rules.smallest // KILOBYTE))
        self._shown = (self.exclude.toPlainText(), self.smallest.value())

    def _lay_out(self) -> None:
        hint = QLabel(labels.tr(labels.EXCLUDE_HINT), wordWrap=True, textFormat=Qt.TextFormat.PlainText)
        policy = hint.sizePolicy()
        policy.setHorizontalPolicy(QSizePolicy.Policy.Expanding)  # a new policy would not fit the height to the text
        hint.setSizePolicy(policy)
        palette = hint.palette()
        palette.setColor(palette.ColorRole.WindowText, colours.quiet(palette))
        hint.setPalette(palette)
        form = QFormLayout(self)
        form.setContentsMargins(0, 0, 0, 0)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.ExpandingFieldsGrow)
        form.addRow(labels.tr(labels.EXCLUDE), self.exclude)
        form.addRow("", self._error_line)
        form.addRow("", hint)
        form.addRow(labels.tr(labels.SMALLEST), self.smallest)

    def _on_edited(self) -> None:
        self._error_line.show_error("")
        self.exclude.setAccessibleDescription("")
        self.edited.emit()
