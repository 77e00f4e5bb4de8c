"""How far an indexing run has come, told often enough to be seen moving and no oftener."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from core.reports import Hold, Progress, Stage

if TYPE_CHECKING:
    from collections.abc import Callable

SECONDS = 0.1
SETTLED_SECONDS = 2.0
"""A rate of less than this long is noise."""

NEVER_HELD = frozenset({Stage.STORING, Stage.COPYING})
"""What is done is brought to the index also while a run is held."""


class Meter:
    """Counts photos and tells a listener, at most ten times a second and always at a change of stage."""

    def __init__(self, listener: Callable[[Progress], None], clock: Callable[[], float] = time.monotonic) -> None:
        """Start at the stage of scanning."""
        self._listener = listener
        self._clock = clock
        self._stage = Stage.SCANNING
        self._total = 0
        self._done = 0
        self._hold = Hold.RUNNING
        self._started = self._moved = self._told = clock()

    def begin(self, stage: Stage, total: int) -> None:
        """Enter a stage in which `total` photos are to be counted; 0 where that is not known."""
        self._stage, self._total, self._done = stage, total, 0
        self._started = self._moved = self._clock()
        self._tell()

    def advance(self, photos: int = 1) -> None:
        """Count photos."""
        self._done += photos
        self._moved = self._clock()
        if self._moved - self._told >= SECONDS:
            self._tell()

    def hold(self, hold: Hold) -> None:
        """Tell that the run is held or goes on. The time between does not count, but for what is still in hand."""
        if hold is self._hold:
            return
        now = self._clock()
        if self._hold is not Hold.RUNNING:
            self._started += now - self._moved
        self._hold, self._moved = hold, now
        self._tell()

    def copied(self, done: int, total: int) -> None:
        """Tell of photos that are copied into the index."""
        if self._stage is not Stage.COPYING:
            self.begin(Stage.COPYING, total)
        self._total, self._done = total, done
        self._moved = self._clock()
        self._tell()

    def _tell(self) -> None:
        self._told = self._clock()
        hold = Hold.RUNNING if self._stage in NEVER_HELD else self._hold
        seconds = self._told - self._started
        rate = self._done / seconds if seconds > 0 and hold is Hold.RUNNING else 0.0
        known = self._total and rate and seconds >= SETTLED_SECONDS
        left = (self._total - self._done) / rate if known else None
        self._listener(Progress(self._stage, self._done, self._total, rate, left, hold))
