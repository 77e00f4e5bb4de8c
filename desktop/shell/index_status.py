"""Show the state of the search index: unreachable, failed, catching up or ready."""

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
"""Catching up is shown only if it takes longer than this."""

RETRY_SHOWN_MS = 3000


class IndexStatus(QObject):
    """Shows problems of the search index in the shell's notice and its progress in the index progress panel.

    Emits `more_searchable` when more photos can be found than before, because the index is back or has caught up.
    """

    more_searchable = Signal()

    def __init__(self, engine: EnginePort, shell: Shell) -> None:
        super().__init__()
        self._engine, self._shell = engine, shell
        self._state = IndexState(Phase.OPENING)
        self._notice_text = ""
        self._is_behind = False
        self._retry = QAction(labels.tr(labels.TRY_NOW), self)
        self._retry.triggered.connect(self._try_now)
        self._retry_timer = QTimer(shell, singleShot=True, interval=RETRY_SHOWN_MS)
        self._retry_timer.timeout.connect(self._offer_retry)
        self._show_timer = QTimer(shell, singleShot=True, interval=SHOWN_AFTER_MS)
        self._show_timer.timeout.connect(self._show_copying)

    def follow(self) -> None:
        """Start to show the state of the index. Call this once the library is open."""
        self._engine.search_index.listen(self.show)

    @property
    def is_unavailable(self) -> bool:
        """Return whether the index is unreachable or has failed, which the notice explains."""
        return self._state.phase in (Phase.UNREACHABLE, Phase.FAILED)

    def show(self, state: IndexState) -> None:
        """Show a new state of the index."""
        if state.phase is Phase.OPENING:
            return  # keep showing the previous state until the outcome is known
        was_unavailable = self.is_unavailable
        self._state = state
        self._offer_retry()
        if self.is_unavailable:
            self._show_problem(state)
            return
        if was_unavailable:
            self._shell.notice.hide()
            self._shell.library.set_index_unreachable(False)
            self._notice_text = ""
        if state.phase is Phase.COPYING:
            self._follow_copying(was_unavailable=was_unavailable)
        else:
            self._end_copying()
            if was_unavailable or self._is_behind:
                self._is_behind = False
                self.more_searchable.emit()

    def _show_problem(self, state: IndexState) -> None:
        self._end_copying()
        self._is_behind = True
        is_unreachable = state.phase is Phase.UNREACHABLE
        self._shell.library.set_index_unreachable(is_unreachable)
        if self._shell.banner.text == state.reason:
            self._shell.banner.hide()  # a search has just reported the same problem
        text = index_messages.unreachable(state) if is_unreachable else state.reason
        if text != self._notice_text:  # otherwise each retry would show a dismissed notice again
            self._notice_text = text
            self._shell.notice.offer(text, self._retry, self._shell.actions.settings)

    def _follow_copying(self, *, was_unavailable: bool) -> None:
        self._is_behind = True
        if self._shell.library.is_moving:
            return  # building another index shows its own progress
        if self._shell.index_progress.is_passive:
            self._show_copying()
        elif not self._show_timer.isActive():
            self._show_timer.start()
        if was_unavailable:
            self.more_searchable.emit()

    def _show_copying(self) -> None:
        if self._state.phase is Phase.COPYING and not self._shell.library.is_moving:
            text = index_messages.catching_up(self._state)
            self._shell.index_progress.show_passive(text, self._state.done, self._state.total)

    def _end_copying(self) -> None:
        self._show_timer.stop()
        self._shell.index_progress.end_passive()

    def _try_now(self) -> None:
        self._retry.setText(labels.tr(labels.TRYING))
        self._retry.setEnabled(False)
        self._retry_timer.start()
        self._engine.search_index.retry()

    def _offer_retry(self) -> None:
        self._retry_timer.stop()
        self._retry.setText(labels.tr(labels.TRY_NOW))
        self._retry.setEnabled(True)
