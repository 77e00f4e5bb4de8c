"""The page of folders and indexing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QGroupBox, QHBoxLayout, QPushButton, QStackedWidget, QVBoxLayout, QWidget

from core.library.settings import IndexingSettings
from core.types import Rules
from desktop.folders.choice import FoldersChoice
from desktop.folders.folder_list import FolderList
from desktop.folders.rules_form import RulesForm
from desktop.texts import labels
from desktop.widgets.error_line import ErrorLine

if TYPE_CHECKING:
    from collections.abc import Sequence

    from core.reports import RootStatus
    from core.types import Root


class FoldersPage(QWidget):
    """The folders with the rules of the one that is chosen, and how photos are indexed."""

    remove_asked = Signal(object)
    edited = Signal()

    def __init__(self, indexing: IndexingSettings) -> None:
        """Show the choices in force, and no folder yet."""
        super().__init__()
        self.folders = FolderList()
        self.add_button = QPushButton(labels.tr(labels.ADD_FOLDER))
        self.remove_button = QPushButton(labels.tr(labels.REMOVE_FOLDER))
        self._nothing = RulesForm(Rules())
        self._stack = QStackedWidget()
        self._stack.addWidget(self._nothing)
        self._forms: dict[str, RulesForm] = {}
        self._known: dict[str, RootStatus] = {}
        self.gentle = _box(labels.GENTLE, checked=indexing.gentle)
        self.pause_on_battery = _box(labels.PAUSE_ON_BATTERY, checked=indexing.pause_on_battery)
        self.watch = _box(labels.KEEP_UP_TO_DATE, checked=indexing.watch)
        self.trouble = ErrorLine()
        self._lay_out()
        self.folders.chosen.connect(self._show_rules)
        self.remove_button.clicked.connect(self._ask_to_remove)
        self._show_rules("")

    @property
    def choice(self) -> FoldersChoice:
        """Return what is chosen now."""
        changed = [(self._known[uuid].root, form.rules) for uuid, form in self._forms.items() if form.has_changed]
        indexing = IndexingSettings(
            gentle=self.gentle.isChecked(),
            pause_on_battery=self.pause_on_battery.isChecked(),
            watch=self.watch.isChecked(),
        )
        return FoldersChoice(tuple(changed), indexing)

    @property
    def form(self) -> RulesForm:
        """Return the rules of the folder that is chosen."""
        form = self._stack.currentWidget()
        assert isinstance(form, RulesForm)
        return form

    def show_folders(self, folders: Sequence[RootStatus]) -> None:
        """Show these folders; rules that were edited stay."""
        self._known = {folder.root.uuid: folder for folder in folders}
        for uuid in self._forms.keys() - self._known.keys():
            self._stack.removeWidget(self._forms.pop(uuid))
        for folder in folders:
            if form := self._forms.get(folder.root.uuid):
                form.show_rules(folder.root.rules)
            else:
                self._add_form(folder.root)
        self.folders.show_folders(folders)

    def show_removing(self, uuid: str, *, removing: bool) -> None:
        """Show whether a folder is being removed."""
        self.folders.show_removing(uuid, removing=removing)
        self._show_rules(self.folders.uuid)

    def show_trouble(self, uuid: str, text: str) -> None:
        """Show what is wrong with the rules of a folder."""
        self.folders.choose(uuid)
        self._forms[uuid].show_trouble(text)
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
        self._rules = QGroupBox(labels.tr(labels.RULES))
        QVBoxLayout(self._rules).addWidget(self._stack)
        consideration = QGroupBox(labels.tr(labels.CONSIDERATION))
        rows = QVBoxLayout(consideration)
        for box in (self.gentle, self.pause_on_battery, self.watch):
            rows.addWidget(box)
        column = QVBoxLayout(self)
        column.setSpacing(12)
        column.addWidget(self.folders)
        column.addLayout(buttons)
        column.addWidget(self._rules)
        column.addWidget(consideration)
        column.addWidget(self.trouble)
        column.addStretch()

    def _show_rules(self, uuid: str) -> None:
        self._stack.setCurrentWidget(self._forms.get(uuid, self._nothing))
        self._rules.setEnabled(uuid in self._forms)
        self.remove_button.setEnabled(uuid in self._forms and not self.folders.is_being_removed(uuid))

    def _ask_to_remove(self) -> None:
        self.remove_asked.emit(self._known[self.folders.uuid])


def _box(text: str, *, checked: bool) -> QCheckBox:
    box = QCheckBox(labels.tr(text))
    box.setChecked(checked)
    return box
