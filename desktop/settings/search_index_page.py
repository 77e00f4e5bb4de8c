"""The settings page for the location of the search index and how it is built."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGroupBox, QLabel, QRadioButton, QVBoxLayout, QWidget

from desktop.settings.connection_test import ConnectionTest
from desktop.settings.index_form import IndexForm
from desktop.settings.server_form import ServerForm
from desktop.texts import labels

if TYPE_CHECKING:
    from collections.abc import Sequence

    from core.library.settings import IndexSettings
    from core.types import IndexType

INDENT = 24


@dataclass(frozen=True, slots=True)
class ChosenIndex:
    """The settings of the search index that the user has chosen and the token to sign in with.

    If the token is empty, the one in the system's keyring is used.
    """

    index: IndexSettings
    token: str = field(default="", repr=False)


class SearchIndexPage(QWidget):
    """Shows and edits the settings of the search index. `edited` is emitted after every change."""

    edited = Signal()

    def __init__(self, settings: IndexSettings, types: Sequence[IndexType]) -> None:
        super().__init__()
        self._settings = settings
        self.on_this_computer = QRadioButton(labels.tr(labels.HERE))
        self.on_server = QRadioButton(labels.tr(labels.ON_SERVER))
        (self.on_server if settings.uri else self.on_this_computer).setChecked(True)
        self.server = ServerForm(settings)
        self.test = ConnectionTest()
        self.form = IndexForm(types, settings.type, settings.metric)
        self._lay_out()
        self.on_server.toggled.connect(self._update)
        self.server.edited.connect(self._update)
        self.form.edited.connect(self._update)
        self._update()
        self._initial = self.chosen_index

    @property
    def chosen_index(self) -> ChosenIndex:
        """Return the settings and the token as they are shown."""
        settings = replace(self._settings, type=self.form.index, metric=self.form.metric_name)
        if self.on_server.isChecked():
            return ChosenIndex(self.server.settings(settings), self.server.token)
        return ChosenIndex(replace(settings, uri="", database="", ca_file=""))

    @property
    def is_complete(self) -> bool:
        """Return whether the settings are complete and valid."""
        return self.on_this_computer.isChecked() or self.server.is_complete

    @property
    def has_changed(self) -> bool:
        """Return whether the settings differ from those that the page was opened with."""
        return self.chosen_index != self._initial

    def _lay_out(self) -> None:
        server = QVBoxLayout()
        server.setContentsMargins(INDENT, 0, 0, 0)
        server.addWidget(self.server)
        server.addWidget(self.test)
        location = QGroupBox(labels.tr(labels.INDEX_LOCATION))
        rows = QVBoxLayout(location)
        rows.addWidget(self.on_this_computer)
        rows.addWidget(self.on_server)
        rows.addLayout(server)
        construction = QGroupBox(labels.tr(labels.SEARCH_METHOD))
        QVBoxLayout(construction).addWidget(self.form)
        rebuild_hint = QLabel(labels.tr(labels.REBUILDING), wordWrap=True, textFormat=Qt.TextFormat.PlainText)
        column = QVBoxLayout(self)
        column.setSpacing(12)
        column.addWidget(location)
        column.addWidget(construction)
        column.addWidget(rebuild_hint)
        column.addStretch()

    def _update(self) -> None:
        on_server = self.on_server.isChecked()
        self.test.reset()
        for part in (self.server, self.test):
            part.setVisible(on_server)
        self.test.button.setEnabled(self.server.is_complete)
        self.edited.emit()
