"""Throttled progress of an indexing run."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from core.reports import Hold, Progress, Stage

if TYPE_CHECKING:
    from collections.abc import Callable

REPORT_SECONDS = 0.1
STABLE_RATE_SECONDS = 2.0
"""A rate measured over a shorter time is too noisy to estimate the time left."""

NEVER_PAUSED = frozenset({Stage.STORING, Stage.COPYING})
"""Stages that continue while a run is paused: they bring finished photos into the search index."""


class Meter:
    """Counts photos and reports to a listener at most ten times a second, and whenever the stage changes."""

    def __init__(self, listener: Callable[[Progress], None], clock: Callable[[], float] = time.monotonic) -> None:
        self._listener = listener
        self._clock = clock
        self._stage = Stage.SCANNING
        self._total = 0
        self._done = 0
        self._hold = Hold.RUNNING
        self._started = self._advanced = self._reported = clock()

    def begin(self, stage: Stage, total: int) -> None:
        """Enter a stage with `total` photos, or 0 if their number is not known."""
        self._stage, self._total, self._done = stage, total, 0
        self._started = self._advanced = self._clock()
        self._report()

    def advance(self, photos: int = 1) -> None:
        """Add to the number of photos done in this stage."""
        self._done += photos
        self._advanced = self._clock()
        if self._advanced - self._reported >= REPORT_SECONDS:
            self._report()

    def hold(self, hold: Hold) -> None:
        """Report that the run is paused or continues.

        The time that a run is paused does not count towards its rate, except for finishing the work already begun.
        """
        if hold is self._hold:
            return
        now = self._clock()
        if self._hold is not Hold.RUNNING:
            self._started += now - self._advanced
        self._hold, self._advanced = hold, now
        self._report()

    def copied(self, done: int, total: int) -> None:
        """Report how many photos have been copied into the search index."""
        if self._stage is not Stage.COPYING:
            self.begin(Stage.COPYING, total)
        self._total, self._done = total, done
        self._advanced = self._clock()
        self._report()

    def _report(self) -> None:
        self._reported = self._clock()
        hold = Hold.RUNNING if self._stage in NEVER_PAUSED else self._hold
        seconds = self._reported - self._started
        rate = self._done / seconds if seconds > 0 and hold is Hold.RUNNING else 0.0
        can_estimate = self._total and rate and seconds >= STABLE_RATE_SECONDS
        left = (self._total - self._done) / rate if can_estimate else None
        self._listener(Progress(self._stage, self._done, self._total, rate, left, hold))
