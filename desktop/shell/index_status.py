"""How the search index is, as the window shows it: away, failed, catching up, or ready."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtGui import QAction

from core.reports import IndexState, Phase
from desktop.texts import index_messages, labels

if TYPE_CHECKING:
    from desktop.engine_port import EnginePort
    from desktop.shell.shell import Shell

SHOWN_AFTER_MS = 1000
"""An index that catches up faster than this is not worth a word."""

TRYING_MS = 3000


class IndexStatus(QObject):
    """Follows the index's state. `knows_more` says that it can answer what it could not before."""

    knows_more = Signal()

    def __init__(self, engine: EnginePort, shell: Shell) -> None:
        super().__init__()
        self._engine, self._shell = engine, shell
        self._state = IndexState(Phase.OPENING)
        self._noticed = ""
        self._is_behind = False
        self._retry = QAction(labels.tr(labels.TRY_NOW), self)
        self._retry.triggered.connect(self._try_now)
        self._trying = QTimer(shell, singleShot=True, interval=TRYING_MS)
        self._trying.timeout.connect(self._offer_retry)
        self._catching_up = QTimer(shell, singleShot=True, interval=SHOWN_AFTER_MS)
        self._catching_up.timeout.connect(self._show_copying)

    def follow(self) -> None:
        """Show every state from now on. Call it once the library is open."""
        self._engine.search_index.listen(self.show)

    @property
    def is_out(self) -> bool:
        """Tell whether the window says that nothing can be searched now, and why."""
        return self._state.phase in (Phase.AWAY, Phase.FAILED)

    def show(self, state: IndexState) -> None:
        """Show a state in the place of the last one."""
        if state.phase is Phase.OPENING:
            return  # what was said before holds until it is known better
        was_out = self.is_out
        self._state = state
        self._offer_retry()
        if self.is_out:
            self._show_out(state)
            return
        if was_out:
            self._shell.notice.hide()
            self._shell.library.set_index_away(False)
            self._noticed = ""
        if state.phase is Phase.COPYING:
            self._copy(was_out=was_out)
        else:
            self._end_copying()
            if was_out or self._is_behind:
                self._is_behind = False
                self.knows_more.emit()

    def _show_out(self, state: IndexState) -> None:
        self._end_copying()
        self._is_behind = True
        is_away = state.phase is Phase.AWAY
        self._shell.library.set_index_away(is_away)
        if self._shell.banner.text == state.reason:
            self._shell.banner.hide()  # a search said so a moment ago
        text = index_messages.away(state) if is_away else state.reason
        if text != self._noticed:  # or one that was dismissed would come back with every try
            self._noticed = text
            self._shell.notice.offer(text, self._retry, self._shell.actions.settings)

    def _copy(self, *, was_out: bool) -> None:
        self._is_behind = True
        if self._shell.library.is_moving:
            return  # that has a line of its own
        if self._shell.index_progress.is_aside:
            self._show_copying()
        elif not self._catching_up.isActive():
            self._catching_up.start()
        if was_out:
            self.knows_more.emit()

    def _show_copying(self) -> None:
        if self._state.phase is Phase.COPYING and not self._shell.library.is_moving:
            text = index_messages.catching_up(self._state)
            self._shell.index_progress.show_aside(text, self._state.done, self._state.total)

    def _end_copying(self) -> None:
        self._catching_up.stop()
        self._shell.index_progress.end_aside()

    def _try_now(self) -> None:
        self._retry.setText(labels.tr(labels.TRYING))
        self._retry.setEnabled(False)
        self._trying.start()
        self._engine.search_index.retry()

    def _offer_retry(self) -> None:
        self._trying.stop()
        self._retry.setText(labels.tr(labels.TRY_NOW))
        self._retry.setEnabled(True)
