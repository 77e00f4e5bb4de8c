from __future__ import annotations

from queue import Empty, SimpleQueue
from threading import Event, Thread
from typing import TYPE_CHECKING

from core.indexing.throttle import StoppedError
from tests.helpers.limits import HANGING

if TYPE_CHECKING:
    from core.indexing.throttle import Turns

A_MOMENT = 0.05
"""Whoever need not wait has begun by then."""


class Worker:
    """A thread that takes one turn, keeps it until it is told to end, and tells when it has begun or been stopped."""

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
        self._thread.join(HANGING)
        assert not self._thread.is_alive()


class TurnTakers:
    """Threads that ask for turns."""

    def __init__(self) -> None:
        self.waiting = 0
        self.working: list[Worker] = []
        self._begun: SimpleQueue[Worker | None] = SimpleQueue()

    def ask(self, turns: Turns, threads: int = 1) -> None:
        self.waiting += threads
        for _ in range(threads):
            Worker(turns, self._begun)

    def begin(self) -> bool:
        """Wait for the next one that waits no longer, and return whether it has a turn."""
        worker = self._begun.get(timeout=HANGING)
        self.waiting -= 1
        self.working += [worker] if worker else []
        return worker is not None

    def all_begin(self) -> bool:
        return all(self.begin() for _ in range(self.waiting))

    def all_stop(self) -> bool:
        return not any(self.begin() for _ in range(self.waiting))

    def wait(self) -> bool:
        """Return whether all that wait go on to."""
        try:
            self._begun.put(self._begun.get(timeout=A_MOMENT))
        except Empty:
            return True
        return False

    def end(self, worker: int = 0) -> None:
        self.working.pop(worker).end()
