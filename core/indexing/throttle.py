"""Limiting how much indexing runs do at once, so that the computer stays usable.

A turn is the permission to do one piece of work.
"""

from __future__ import annotations

import math
import time
from contextlib import contextmanager
from threading import Condition, Lock, get_ident
from typing import TYPE_CHECKING

from core.reports import Hold

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

AT_WORK_SECONDS = 5.0
"""How long after the last user input one core is left free for the user."""


class StoppedError(Exception):
    """The run has ended, so it gets no more turns."""


class Throttle:
    """Limits how many pieces of work go on at once in all indexing runs of a library.

    It outlives the runs, so that a pause also applies to runs that begin later. Only one thread may control it and
    begin and close runs. Turns may be taken on any thread.
    """

    def __init__(self, cores: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._cores = cores
        self._clock = clock
        self._lock = Lock()
        self._changed = Condition(self._lock)
        self._working: set[int] = set()
        self._runs: dict[Turns, Callable[[Hold], None]] = {}
        self._is_paused = self._is_on_battery = self._is_gentle = False
        self._at_work_until = -math.inf

    @property
    def hold(self) -> Hold:
        """Return why no turn begins at present. A pause by the user takes precedence over the battery."""
        if self._is_paused:
            return Hold.PAUSED
        return Hold.ON_BATTERY if self._is_on_battery else Hold.RUNNING

    def begin(self, listener: Callable[[Hold], None]) -> Turns:
        """Return the turns of a new run.

        `listener` is called with the current hold at once, and with each new one until the turns are closed. It is
        called on the controlling thread.
        """
        turns = Turns(self)
        with self._lock:
            self._runs[turns] = listener
        listener(self.hold)
        return turns

    def end(self, turns: Turns) -> None:
        """Give a run no more turns, and release the threads that wait for one with a `StoppedError`."""
        with self._lock:
            self._runs.pop(turns, None)
            self._changed.notify_all()

    def pause(self) -> None:
        """Begin no more turns until `resume` is called. Turns that have begun are completed."""
        with self._changing():
            self._is_paused = True

    def resume(self) -> None:
        """Begin turns again after `pause`."""
        with self._changing():
            self._is_paused = False

    def set_on_battery(self, is_on_battery: bool) -> None:
        """Begin no more turns while `is_on_battery` is true."""
        with self._changing():
            self._is_on_battery = is_on_battery

    def set_gentle(self, is_gentle: bool) -> None:
        """Limit indexing to one turn at a time, or lift that limit."""
        with self._changing():
            self._is_gentle = is_gentle

    def note_user_activity(self) -> None:
        """Leave one core to the user for `AT_WORK_SECONDS`. Call this at each user input."""
        with self._lock:
            self._at_work_until = self._clock() + AT_WORK_SECONDS

    def enter(self, turns: Turns) -> None:
        """Wait until a turn is free, and begin it on this thread.

        Raises:
            StoppedError: The run is closed.
        """
        with self._lock:
            assert get_ident() not in self._working, "a turn within a turn would wait for itself"
            while True:
                if turns not in self._runs:
                    raise StoppedError
                limit, seconds = self._limit()
                if len(self._working) < limit:
                    break
                self._changed.wait(seconds)
            self._working.add(get_ident())

    def leave(self) -> None:
        """End the turn of this thread."""
        with self._lock:
            self._working.remove(get_ident())
            self._changed.notify()

    def _limit(self) -> tuple[float, float | None]:
        """Return how many turns may go on at once, and in how many seconds that changes by itself, if it does."""
        if self.hold is not Hold.RUNNING:
            return 0, None
        if self._is_gentle:
            return 1, None
        seconds = self._at_work_until - self._clock()
        return (max(1, self._cores - 1), seconds) if seconds > 0 else (math.inf, None)

    @contextmanager
    def _changing(self) -> Iterator[None]:
        before = self.hold
        with self._lock:
            yield
            self._changed.notify_all()
        if self.hold is not before:
            for listener in tuple(self._runs.values()):
                listener(self.hold)


class Turns:
    """The turns of one indexing run, made by `Throttle.begin`."""

    def __init__(self, pace: Throttle) -> None:
        self._throttle = pace

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Wait for a turn, and hold it during the `with` block. Turns must not be nested.

        Raises:
            StoppedError: The run is closed.
        """
        self._throttle.enter(self)
        try:
            yield
        finally:
            self._throttle.leave()

    def close(self) -> None:
        """Release all threads that wait for a turn. Turns that have begun are completed. May be called twice."""
        self._throttle.end(self)
