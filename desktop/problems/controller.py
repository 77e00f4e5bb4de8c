"""Shows the page with problems, and does what the user wants done about them."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from desktop.photos.actions import show_in_folder
from desktop.problems.page import ProblemsPage
from desktop.texts import labels
from desktop.widgets.icons import Glyph

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from core.types import Root
    from desktop.engine_port import EnginePort
    from desktop.shell.shell import Shell
    from desktop.tasks import Tasks

TASK = "problems"


class ProblemsController(QObject):
    """Keeps the page up to date while it is shown, and its number in the rail always.

    `rules_changed` is emitted with the folders whose rules leave out more photos than before.
    """

    rules_changed = Signal(object)

    def __init__(self, engine: EnginePort, shell: Shell, tasks: Tasks) -> None:
        super().__init__()
        self._engine, self._shell, self._tasks = engine, shell, tasks
        self._listed: object = None
        self.page = ProblemsPage()
        self.page.retry_requested.connect(shell.actions.update_library.trigger)
        self.page.leave_out_requested.connect(self._leave_out)
        self.page.show_requested.connect(show_in_folder)
        shell.add_page(self.page, labels.tr(labels.PROBLEMS_PAGE), Glyph.WARNING_CIRCLE, "Ctrl+4")
        shell.library.changed.connect(self._update)
        shell.stack.currentChanged.connect(self._update)

    def _update(self) -> None:
        library = self._shell.library
        if not library.status:
            return
        self.page.set_read_only(library.is_read_only)
        self._shell.set_page_count(self.page, library.status.failed + library.status.incomplete)
        away = tuple(root for root in library.status.roots if not root.online)
        state = library.status.failed, library.status.incomplete, away, library.is_indexing
        if self._shell.stack.currentWidget() is self.page and state != self._listed:
            self._listed = state
            self._tasks.start(TASK, self._list())

    async def _list(self) -> None:
        failures = await self._engine.failures()
        status = self._shell.library.status
        self.page.show_problems(failures, [root for root in status.roots if not root.online] if status else [])

    def _leave_out(self, photos: Sequence[Path]) -> None:
        self._tasks.start("leave out", self._change_rules(photos))

    async def _change_rules(self, photos: Sequence[Path]) -> None:
        changed = []
        for root, inside in groupby(sorted(photos), self._root_of):
            if root:
                relative = [photo.relative_to(root.path) for photo in inside]
                await self._engine.set_rules(root.path, root.rules.without(relative))
                changed.append(root.path)
        self.rules_changed.emit(changed)

    def _root_of(self, photo: Path) -> Root | None:
        status = self._shell.library.status
        roots = [each.root for each in status.roots] if status else []
        around = [root for root in roots if photo.is_relative_to(root.path)]
        return max(around, key=lambda root: len(root.path.parts), default=None)  # roots can be inside other ones
