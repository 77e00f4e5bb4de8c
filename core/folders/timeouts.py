"""Run file system calls with a timeout: a dead network share can block them forever."""

from __future__ import annotations

from threading import Condition, Thread
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

T = TypeVar("T")


class TimedCalls:
    """Runs calls on threads of their own and abandons those that take too long. Safe to use from several threads."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._blocked: set[Path] = set()
        self._is_closed = False
        self._condition = Condition()  # guards both attributes above and what `run` collects

    def run(self, calls: Mapping[Path, Callable[[], T]]) -> dict[Path, T]:
        """Return the results by path, without those of calls that fail or time out.

        All calls run at the same time. A path is left out while an earlier call for it is still blocked.
        """
        results: dict[Path, T] = {}
        pending: set[Path] = set()

        def run(path: Path, call: Callable[[], T]) -> None:
            try:
                result = call()
                with self._condition:
                    results[path] = result
            finally:
                with self._condition:
                    pending.discard(path)
                    self._blocked.discard(path)
                    self._condition.notify_all()

        with self._condition:
            pending |= set() if self._is_closed else calls.keys() - self._blocked
            for path in tuple(pending):
                # Daemon threads outside any pool, so that a blocked call cannot keep the program from exiting.
                Thread(target=run, args=(path, calls[path]), name="semblance-timed-call", daemon=True).start()
            self._condition.wait_for(lambda: self._is_closed or not pending, self._seconds)
            self._blocked |= pending
            return dict(results)

    def close(self) -> None:
        """Stop waiting: calls of `run` under way return what they have by now, and later ones return nothing."""
        with self._condition:
            self._is_closed = True
            self._condition.notify_all()
