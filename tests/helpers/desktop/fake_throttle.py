"""The throttle of the fake engine: its indexing runs go at full speed or not at all."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from core.reports import Hold, Progress

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable


class FakeThrottle:
    """Pauses indexing runs when a test or the user asks for it, and reports each change to the current run."""

    def __init__(self) -> None:
        self.hold = Hold.RUNNING
        self._running = asyncio.Event()
        self._running.set()
        self._report: Callable[[], None] = _ignore

    def enter(self, hold: Hold) -> None:
        """Set the hold, which pauses or resumes runs."""
        self.hold = hold
        if hold is Hold.RUNNING:
            self._running.set()
        else:
            self._running.clear()
        self._report()

    @asynccontextmanager
    async def turn(self, report: Callable[[Progress], None], progress: Progress) -> AsyncIterator[None]:
        """Report the progress at the start and whenever the hold changes. At the end, wait while runs are paused."""

        def report_progress() -> None:
            held = replace(progress, hold=self.hold, images_per_second=0.0, seconds_left=None)
            report(progress if self.hold is Hold.RUNNING else held)

        self._report = report_progress
        try:
            report_progress()
            yield
            await self._running.wait()
        finally:
            self._report = _ignore


def _ignore() -> None:
    pass
