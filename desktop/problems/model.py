"""Problems as a tree: a row for each reason, and under it the photos that it is true of."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, QObject, QSize, Qt
from PySide6.QtGui import QFontMetrics, QGuiApplication, QStandardItem, QStandardItemModel

from desktop.paths import one_line, shown
from desktop.texts import labels, messages, problem_messages

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from core.reports import RootStatus
    from core.types import Failure

ROW_PADDING = 10
PHOTO_ROLE = Qt.ItemDataRole.UserRole


class ProblemsModel(QStandardItemModel):
    """A tree model with the columns name and folder. The most frequent reason comes first."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._text = ""
        self._photos = 0
        self._name_columns()

    @property
    def has_photos(self) -> bool:
        """Return whether there is a photo with a problem."""
        return self._photos > 0

    @property
    def text(self) -> str:
        """Return all problems as text, one a line."""
        return self._text

    def show(self, failures: Sequence[Failure], away: Sequence[RootStatus]) -> None:
        """Show these photos, and the offline folders among `away`, instead of the last ones."""
        self.clear()
        self._name_columns()
        self._photos = len(failures)
        reasons: defaultdict[str, list[Path]] = defaultdict(list)
        for failure in failures:
            reasons[failure.reason].append(failure.path)
        for reason, photos in sorted(reasons.items(), key=lambda entry: -len(entry[1])):
            self._add(problem_messages.reason(reason, len(photos)), [_row(photo) for photo in photos])
        if away:
            self._add(labels.tr(labels.FOLDERS_AWAY), [_away_row(root) for root in away])
        lines = [messages.failure(failure) for failure in failures]
        self._text = "\n".join([*lines, *(problem_messages.away(root) for root in away)])

    def photos(self, rows: Iterable[QModelIndex]) -> list[Path]:
        """Return the photos in some rows, for a reason those under it, each once and in order."""
        found: dict[Path, None] = {}
        for row in rows:
            below = range(self.rowCount(row))
            for index in [self.index(number, 0, row) for number in below] or [row]:
                if photo := index.data(PHOTO_ROLE):
                    found[photo] = None
        return list(found)

    def _name_columns(self) -> None:
        self.setHorizontalHeaderLabels([labels.tr(labels.NAME_COLUMN), labels.tr(labels.FOLDER_COLUMN)])

    def _add(self, heading: str, rows: Iterable[list[QStandardItem]]) -> None:
        group = QStandardItem(one_line(heading))
        font = QGuiApplication.font()
        font.setBold(True)
        group.setSizeHint(QSize(0, QFontMetrics(font).height() + ROW_PADDING))
        group.setFont(font)
        for row in rows:
            group.appendRow(row)
        self.appendRow(group)


def _row(photo: Path) -> list[QStandardItem]:
    name = QStandardItem(shown(photo.relative_to(photo.parent)))
    name.setData(photo, PHOTO_ROLE)
    return [name, QStandardItem(shown(photo.parent))]


def _away_row(root: RootStatus) -> list[QStandardItem]:
    return [QStandardItem(messages.photos(root.photos)), QStandardItem(shown(root.root.path))]
