"""The content of the folders dialog."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QGroupBox, QHBoxLayout, QPushButton, QStackedWidget, QVBoxLayout, QWidget

from core.library.settings import IndexingSettings
from core.types import Rules
from desktop.folders.folder_list import FolderList
from desktop.folders.rules_form import RulesForm
from desktop.texts import labels
from desktop.widgets.error_line import ErrorLine

if TYPE_CHECKING:
    from collections.abc import Sequence

    from core.reports import RootStatus
    from core.types import Root


@dataclass(frozen=True, slots=True)
class EditedSettings:
    """The rules that the user has changed, each with its root, and the indexing settings, changed or not."""

    rules: tuple[tuple[Root, Rules], ...]
    indexing: IndexingSettings


class FoldersPage(QWidget):
    """Shows the folders, the rules of the selected folder, and the indexing settings.

    `remove_requested` comes with the `RootStatus` of the selected folder. `edited` is emitted after every change of a
    rule.
    """

    remove_requested = Signal(object)
    edited = Signal()

    def __init__(self, indexing: IndexingSettings) -> None:
        """Show the indexing settings and no folder. Call `show_folders` to add the folders."""
        super().__init__()
        self.folders = FolderList()
        self.add_button = QPushButton(labels.tr(labels.ADD_FOLDER))
        self.remove_button = QPushButton(labels.tr(labels.REMOVE_FOLDER))
        self._empty_form = RulesForm(Rules())
        self._stack = QStackedWidget()
        self._stack.addWidget(self._empty_form)
        self._forms: dict[str, RulesForm] = {}
        self._statuses: dict[str, RootStatus] = {}
        self.gentle = _check_box(labels.GENTLE, checked=indexing.gentle)
        self.pause_on_battery = _check_box(labels.PAUSE_ON_BATTERY, checked=indexing.pause_on_battery)
        self.watch = _check_box(labels.KEEP_UP_TO_DATE, checked=indexing.watch)
        self.error_line = ErrorLine()
        self._lay_out()
        self.folders.folder_selected.connect(self._show_rules)
        self.remove_button.clicked.connect(self._ask_to_remove)
        self._show_rules("")

    @property
    def edited_settings(self) -> EditedSettings:
        """Return the settings as they are shown."""
        changed = [(self._statuses[uuid].root, form.rules) for uuid, form in self._forms.items() if form.has_changed]
        indexing = IndexingSettings(
            gentle=self.gentle.isChecked(),
            pause_on_battery=self.pause_on_battery.isChecked(),
            watch=self.watch.isChecked(),
        )
        return EditedSettings(tuple(changed), indexing)

    @property
    def form(self) -> RulesForm:
        """Return the form with the rules of the selected folder. It is an empty form if no folder is selected."""
        form = self._stack.currentWidget()
        assert isinstance(form, RulesForm)
        return form

    def show_folders(self, folders: Sequence[RootStatus]) -> None:
        """Show these folders. Rules that the user has edited keep their edited values."""
        self._statuses = {folder.root.uuid: folder for folder in folders}
        for uuid in self._forms.keys() - self._statuses.keys():
            self._stack.removeWidget(self._forms.pop(uuid))
        for folder in folders:
            if form := self._forms.get(folder.root.uuid):
                form.show_rules(folder.root.rules)
            else:
                self._add_form(folder.root)
        self.folders.show_folders(folders)

    def show_removing(self, uuid: str, *, removing: bool) -> None:
        """Mark a folder as being removed, or clear the mark."""
        self.folders.show_removing(uuid, removing=removing)
        self._show_rules(self.folders.selected_uuid)

    def show_rules_error(self, uuid: str, text: str) -> None:
        """Select a folder and show what is wrong with its rules."""
        self.folders.select(uuid)
        self._forms[uuid].show_error(text)
        self.edited.emit()

    def _add_form(self, root: Root) -> None:
        form = self._forms[root.uuid] = RulesForm(root.rules)
        form.edited.connect(self.edited)
        self._stack.addWidget(form)
        self.setTabOrder(self.remove_button, form.exclude)
        self.setTabOrder(form.exclude, form.smallest)

    def _lay_out(self) -> None:
        buttons = QHBoxLayout()
        buttons.addWidget(self.add_button)
        buttons.addWidget(self.remove_button)
        buttons.addStretch()
        self._rules = QGroupBox(labels.tr(labels.SKIP_RULES))
        QVBoxLayout(self._rules).addWidget(self._stack)
        indexing_box = QGroupBox(labels.tr(labels.INDEXING_OPTIONS))
        rows = QVBoxLayout(indexing_box)
        for check_box in (self.gentle, self.pause_on_battery, self.watch):
            rows.addWidget(check_box)
        column = QVBoxLayout(self)
        column.setSpacing(12)
        column.addWidget(self.folders)
        column.addLayout(buttons)
        column.addWidget(self._rules)
        column.addWidget(indexing_box)
        column.addWidget(self.error_line)
        column.addStretch()

    def _show_rules(self, uuid: str) -> None:
        self._stack.setCurrentWidget(self._forms.get(uuid, self._empty_form))
        self._rules.setEnabled(uuid in self._forms)
        self.remove_button.setEnabled(uuid in self._forms and not self.folders.is_being_removed(uuid))

    def _ask_to_remove(self) -> None:
        self.remove_requested.emit(self._statuses[self.folders.selected_uuid])


def _check_box(text: str, *, checked: bool) -> QCheckBox:
    check_box = QCheckBox(labels.tr(text))
    check_box.setChecked(checked)
    return check_box
