"""The fields that say what is passed over in a folder."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFormLayout, QLabel, QPlainTextEdit, QSizePolicy, QSpinBox, QWidget

from core.types import KILOBYTE, Rules
from desktop.texts import labels
from desktop.widgets import colours
from desktop.widgets.error_line import ErrorLine

LARGEST_KB = 1_000_000
LINES = 4
EXAMPLE = "*.png\nScreenshots/"


class RulesForm(QWidget):
    """Patterns and the smallest size. `edited` says that they may be others now."""

    edited = Signal()

    def __init__(self, rules: Rules) -> None:
        """Show the rules in force."""
        super().__init__()
        self.exclude = QPlainTextEdit(tabChangesFocus=True, placeholderText=EXAMPLE)
        self.exclude.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        edge = self.exclude.document().documentMargin() + self.exclude.frameWidth()
        self.exclude.setFixedHeight(round(LINES * self.exclude.fontMetrics().lineSpacing() + 2 * edge))
        self.smallest = QSpinBox(suffix=labels.tr(labels.KILOBYTES))
        self.smallest.setSpecialValueText(labels.tr(labels.ANY_SIZE))
        self.smallest.setRange(0, LARGEST_KB)
        self.smallest.setGroupSeparatorShown(True)
        self._trouble = ErrorLine()
        self._lay_out()
        self._show(rules)
        self.exclude.textChanged.connect(self._look)
        self.smallest.valueChanged.connect(self._look)

    @property
    def rules(self) -> Rules:
        """Return the rules as they are now; what was not edited is as it was, to the byte."""
        shown_text, shown_size = self._shown
        text, size = self.exclude.toPlainText(), self.smallest.value()
        return Rules(
            exclude=self._before.exclude if text == shown_text else text,
            smallest=self._before.smallest if size == shown_size else size * KILOBYTE,
        )

    @property
    def has_changed(self) -> bool:
        """Tell whether the rules are others than those in force."""
        return self.rules != self._before

    @property
    def trouble(self) -> str:
        """Return what is said to be wrong."""
        return self._trouble.text()

    def show_rules(self, rules: Rules) -> None:
        """Show rules that are in force by now, unless the user is giving others."""
        if rules != self._before and not self.has_changed:
            self._show(rules)

    def show_trouble(self, text: str) -> None:
        """Show why the patterns cannot be taken."""
        self._trouble.tell(text)
        self.exclude.setAccessibleDescription(text)
        self.exclude.setFocus()

    def _show(self, rules: Rules) -> None:
        self._before = rules
        self.exclude.setPlainText(rules.exclude)
        self.smallest.setValue(-(-rules.smallest // KILOBYTE))
        self._shown = (self.exclude.toPlainText(), self.smallest.value())

    def _lay_out(self) -> None:
        hint = QLabel(labels.tr(labels.EXCLUDE_HINT), wordWrap=True, textFormat=Qt.TextFormat.PlainText)
        policy = hint.sizePolicy()
        policy.setHorizontalPolicy(QSizePolicy.Policy.Expanding)  # and still as high as its words need
        hint.setSizePolicy(policy)
        palette = hint.palette()
        palette.setColor(palette.ColorRole.WindowText, colours.quiet(palette))
        hint.setPalette(palette)
        form = QFormLayout(self)
        form.setContentsMargins(0, 0, 0, 0)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.ExpandingFieldsGrow)
        form.addRow(labels.tr(labels.EXCLUDE), self.exclude)
        form.addRow("", self._trouble)
        form.addRow("", hint)
        form.addRow(labels.tr(labels.SMALLEST), self.smallest)

    def _look(self) -> None:
        self._trouble.tell("")
        self.exclude.setAccessibleDescription("")
        self.edited.emit()
