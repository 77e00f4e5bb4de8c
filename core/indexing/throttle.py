"""How fast indexing runs may go, so that the computer stays usable while they do."""

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
"""Who has done nothing for this long has left the computer to us."""


class StoppedError(Exception):
    """The run has ended, so there is no turn for it."""


class Throttle:
    """Decides how many pieces of work go on at once, in all runs of a library.

    It outlives the runs, so that a pause also holds those that begin later. One thread controls it and begins and
    closes runs; any others take turns.
    """

    def __init__(self, cores: int, clock: Callable[[], float] = time.monotonic) -> None:
        """Begin without a limit on a computer with so many cores."""
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
        """Return why no turn begins now. What the user asked for goes before what the battery says."""
        if self._is_paused:
            return Hold.PAUSED
        return Hold.ON_BATTERY if self._is_on_battery else Hold.RUNNING

    def begin(self, listener: Callable[[Hold], None]) -> Turns:
        """Return the turns of a new run. `listener` is told of the hold now, and at every change until they are closed.

        It is called on the thread that controls.
        """
        turns = Turns(self)
        with self._lock:
            self._runs[turns] = listener
        listener(self.hold)
        return turns

    def end(self, turns: Turns) -> None:
        """Give a run no more turns, and let those go that wait for one."""
        with self._lock:
            self._runs.pop(turns, None)
            self._changed.notify_all()

    def pause(self) -> None:
        """Begin no more turns until `resume`; those that have begun go on to their end."""
        with self._changing():
            self._is_paused = True

    def resume(self) -> None:
        """Go on after `pause`."""
        with self._changing():
            self._is_paused = False

    def hold_on_battery(self, is_on_battery: bool) -> None:
        """Begin no more turns while the computer is on its battery, for a user who wants that."""
        with self._changing():
            self._is_on_battery = is_on_battery

    def be_gentle(self, is_gentle: bool) -> None:
        """Do one thing at a time, or as many as there is no reason against."""
        with self._changing():
            self._is_gentle = is_gentle

    def user_is_at_work(self) -> None:
        """Leave a core to the user for some seconds. To be called as often as the user does something."""
        with self._lock:
            self._at_work_until = self._clock() + AT_WORK_SECONDS

    def enter(self, turns: Turns) -> None:
        """Begin a turn on this thread as soon as there is one.

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
        """Return how many turns there are, and for how many seconds if that ends by itself."""
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
    """The turns of one run."""

    def __init__(self, pace: Throttle) -> None:
        """Take note; `Throttle.begin` makes them."""
        self._throttle = pace

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Wait until there is a turn, and have it for a piece of work. Never within another turn.

        Raises:
            StoppedError: The run is closed.
        """
        self._throttle.enter(self)
        try:
            yield
        finally:
            self._throttle.leave()

    def close(self) -> None:
        """Let everybody go who waits for a turn; those that have one go on to its end. May be called twice."""
        self._throttle.end(self)
