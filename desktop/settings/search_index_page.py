"""The page of the settings that says where the search index is and how it is built."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGroupBox, QLabel, QRadioButton, QVBoxLayout, QWidget

from desktop.settings.connection_test import ConnectionTest
from desktop.settings.index_choice import IndexChoice
from desktop.settings.index_form import IndexForm
from desktop.settings.server_form import ServerForm
from desktop.texts import labels

if TYPE_CHECKING:
    from collections.abc import Sequence

    from core.library.settings import IndexSettings
    from core.types import IndexType

INDENT = 24


class SearchIndexPage(QWidget):
    """The choice of a search index. `edited` says that it is another one now."""

    edited = Signal()

    def __init__(self, settings: IndexSettings, types: Sequence[IndexType]) -> None:
        """Show the choice that is in force."""
        super().__init__()
        self._settings = settings
        self.here = QRadioButton(labels.tr(labels.HERE))
        self.on_server = QRadioButton(labels.tr(labels.ON_SERVER))
        (self.on_server if settings.uri else self.here).setChecked(True)
        self.server = ServerForm(settings)
        self.test = ConnectionTest()
        self.form = IndexForm(types, settings.type, settings.metric)
        self._lay_out()
        self.on_server.toggled.connect(self._look)
        self.server.edited.connect(self._look)
        self.form.edited.connect(self._look)
        self._look()
        self._before = self.choice

    @property
    def choice(self) -> IndexChoice:
        """Return what is chosen now."""
        settings = replace(self._settings, type=self.form.index, metric=self.form.metric_name)
        if self.on_server.isChecked():
            return IndexChoice(self.server.settings(settings), self.server.token)
        return IndexChoice(replace(settings, uri="", database="", ca_file=""))

    @property
    def is_complete(self) -> bool:
        """Tell whether the choice can be used."""
        return self.here.isChecked() or self.server.is_complete

    @property
    def has_changed(self) -> bool:
        """Tell whether the choice is another than that in force."""
        return self.choice != self._before

    def _lay_out(self) -> None:
        server = QVBoxLayout()
        server.setContentsMargins(INDENT, 0, 0, 0)
        server.addWidget(self.server)
        server.addWidget(self.test)
        place = QGroupBox(labels.tr(labels.PLACE))
        rows = QVBoxLayout(place)
        rows.addWidget(self.here)
        rows.addWidget(self.on_server)
        rows.addLayout(server)
        construction = QGroupBox(labels.tr(labels.CONSTRUCTION))
        QVBoxLayout(construction).addWidget(self.form)
        rebuilding = QLabel(labels.tr(labels.REBUILDING), wordWrap=True, textFormat=Qt.TextFormat.PlainText)
        column = QVBoxLayout(self)
        column.setSpacing(12)
        column.addWidget(place)
        column.addWidget(construction)
        column.addWidget(rebuilding)
        column.addStretch()

    def _look(self) -> None:
        on_server = self.on_server.isChecked()
        self.test.forget()
        for part in (self.server, self.test):
            part.setVisible(on_server)
        self.test.button.setEnabled(self.server.is_complete)
        self.edited.emit()
