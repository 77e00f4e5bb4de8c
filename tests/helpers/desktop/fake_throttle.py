"""How fast the runs of a fake engine may go: as fast as they can, or not at all."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from core.reports import Hold, Progress

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable


class FakePace:
    """Is held as a test or the user wants, and tells so to the run that is under way."""

    def __init__(self) -> None:
        self.hold = Hold.RUNNING
        self._running = asyncio.Event()
        self._running.set()
        self._tell: Callable[[], None] = _say_nothing

    def enter(self, hold: Hold) -> None:
        """Hold runs, or let them go on."""
        self.hold = hold
        if hold is Hold.RUNNING:
            self._running.set()
        else:
            self._running.clear()
        self._tell()

    @asynccontextmanager
    async def turn(self, report: Callable[[Progress], None], progress: Progress) -> AsyncIterator[None]:
        """Wait until there is a turn, and report how far the run is whenever that changes."""

        def tell() -> None:
            held = replace(progress, hold=self.hold, images_per_second=0.0, seconds_left=None)
            report(progress if self.hold is Hold.RUNNING else held)

        self._tell = tell
        try:
            tell()
            yield
            await self._running.wait()
        finally:
            self._tell = _say_nothing


def _say_nothing() -> None:
    pass
