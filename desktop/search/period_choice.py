"""The choice of when photos were taken."""

from __future__ import annotations

from datetime import date
from typing import TypeAlias

from PySide6.QtCore import QDate, QSignalBlocker, Signal
from PySide6.QtWidgets import QComboBox, QDateEdit, QHBoxLayout, QVBoxLayout, QWidget

from desktop.texts import labels

Period: TypeAlias = tuple[date | None, date | None, date | None]
"""The first and the last day, and a day of all other years."""

FIRST_YEAR = 1990
ANY, ON_THIS_DAY, RANGE = "any", "on this day", "range"


class PeriodChoice(QWidget):
    """A list of years and other periods, and two fields for a first and a last day, shown only for a range."""

    changed = Signal()

    def __init__(self, today: date) -> None:
        super().__init__()
        self._today = today
        self.choice = QComboBox()
        self.choice.setAccessibleName(labels.tr(labels.TIME_FILTER))
        self.choice.setToolTip(labels.tr(labels.TIME_FILTER))
        self.choice.addItem(labels.tr(labels.ANY_TIME), ANY)
        self.choice.addItem(labels.tr(labels.ON_THIS_DAY), ON_THIS_DAY)
        self.choice.addItem(labels.tr(labels.FROM_TO), RANGE)
        for year in range(today.year, FIRST_YEAR - 1, -1):
            self.choice.addItem(str(year), year)
        self.first = _day_field(labels.FIRST_DAY, date(today.year, 1, 1))
        self.last = _day_field(labels.LAST_DAY, today)
        self._range = QWidget()
        days = QHBoxLayout(self._range)
        days.setContentsMargins(0, 0, 0, 0)
        days.addWidget(self.first)
        days.addWidget(self.last)
        self._range.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.choice)
        column.addWidget(self._range)
        self.choice.currentIndexChanged.connect(self._on_chosen)
        self.first.dateChanged.connect(self._on_edited)
        self.last.dateChanged.connect(self._on_edited)

    @property
    def value(self) -> Period:
        """Return the period. A first day after the last one counts as the last one, and the other way round."""
        match self.choice.currentData():
            case int(year):
                return date(year, 1, 1), date(year, 12, 31), None
            case "on this day":
                return None, None, self._today
            case "range":
                days = sorted(date(*field.date().getDate()) for field in (self.first, self.last))
                return days[0], days[1], None
        return None, None, None

    def show_value(self, first: date | None, last: date | None, on_this_day: date | None) -> None:
        """Show a period without emitting `changed`."""
        if (first, last, on_this_day) == self.value:
            return
        with QSignalBlocker(self.choice):
            if on_this_day:
                self._choose(ON_THIS_DAY)
            elif first is None or last is None:
                self._choose(ANY)
            elif (first, last) == (date(first.year, 1, 1), date(first.year, 12, 31)):
                self._choose(first.year)
            else:
                self._choose(RANGE)
                for field, day in ((self.first, first), (self.last, last)):
                    with QSignalBlocker(field):
                        field.setDate(QDate(day.year, day.month, day.day))
        self._range.setVisible(self.choice.currentData() == RANGE)

    def _choose(self, value: str | int) -> None:
        self.choice.setCurrentIndex(max(0, self.choice.findData(value)))

    def _on_chosen(self) -> None:
        self._range.setVisible(self.choice.currentData() == RANGE)
        self.changed.emit()

    def _on_edited(self) -> None:
        self.changed.emit()


def _day_field(name: str, day: date) -> QDateEdit:
    field = QDateEdit(QDate(day.year, day.month, day.day))
    field.setCalendarPopup(True)
    field.setAccessibleName(labels.tr(name))
    return field
