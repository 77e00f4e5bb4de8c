from __future__ import annotations

from queue import Empty, SimpleQueue
from threading import Event, Thread
from typing import TYPE_CHECKING

from core.indexing.throttle import StoppedError
from tests.helpers.limits import HANG_TIMEOUT

if TYPE_CHECKING:
    from core.indexing.throttle import Turns

START_SECONDS = 0.05
"""A thread that need not wait for its turn has begun by then."""


class Worker:
    """A thread that takes one turn and keeps it until `end` is called.

    It puts itself into the queue when its turn begins, or None if the run was stopped first.
    """

    def __init__(self, turns: Turns, begun: SimpleQueue[Worker | None]) -> None:
        self._turns = turns
        self._begun = begun
        self._told_to_end = Event()
        self._thread = Thread(target=self._work, daemon=True)
        self._thread.start()

    def _work(self) -> None:
        try:
            with self._turns.turn():
                self._begun.put(self)
                self._told_to_end.wait()
        except StoppedError:
            self._begun.put(None)

    def end(self) -> None:
        self._told_to_end.set()
        self._thread.join(HANG_TIMEOUT)
        assert not self._thread.is_alive()


class TurnTakers:
    """Threads that take turns, or wait for one."""

    def __init__(self) -> None:
        self.waiting = 0
        self.working: list[Worker] = []
        self._begun: SimpleQueue[Worker | None] = SimpleQueue()

    def ask(self, turns: Turns, threads: int = 1) -> None:
        self.waiting += threads
        for _ in range(threads):
            Worker(turns, self._begun)

    def begin(self) -> bool:
        """Wait until a thread gets its turn or is stopped, and return whether it got the turn."""
        worker = self._begun.get(timeout=HANG_TIMEOUT)
        self.waiting -= 1
        self.working += [worker] if worker else []
        return worker is not None

    def all_begin(self) -> bool:
        return all(self.begin() for _ in range(self.waiting))

    def all_stop(self) -> bool:
        return not any(self.begin() for _ in range(self.waiting))

    def all_wait(self) -> bool:
        """Return whether all waiting threads keep waiting."""
        try:
            self._begun.put(self._begun.get(timeout=START_SECONDS))
        except Empty:
            return True
        return False

    def end(self, worker: int = 0) -> None:
        self.working.pop(worker).end()
