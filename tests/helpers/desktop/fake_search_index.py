"""The search index of the fake engine, which a test can make unreachable, test and move."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

from core.library.settings import IndexSettings, Settings
from core.reports import ConnectionReport, IndexState, MoveReport, Phase, Progress, Stage
from core.types import IndexType

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

TYPES = (
    IndexType("FLAT"),
    IndexType("IVF_FLAT", (("nlist", 256),), (("nprobe", 64),)),
    IndexType("HNSW", (("M", 16), ("efConstruction", 200)), (("ef", 128),)),
)
TOTAL = 100_000


class Gate(asyncio.Event):
    """A gate that is open until a test shuts it. Code that reaches a shut gate waits until it is opened with `set`."""

    def __init__(self) -> None:
        super().__init__()
        self.set()

    def shut(self) -> None:
        self.clear()


class FakeIndex:
    """An index whose state the test sets. A test shuts a gate to keep a connection test or a move running."""

    def __init__(self) -> None:
        self.test_gate, self.move_gate = Gate(), Gate()
        self.settings = Settings()
        self.state = IndexState(Phase.OPENING)
        self.listeners: list[Callable[[IndexState], None]] = []
        self.retries = 0
        self.tests: list[tuple[IndexSettings, str]] = []
        self.moves: list[tuple[IndexSettings, str]] = []
        self.cancelled_tests = self.cancelled_moves = 0
        self.test_error: Exception | None = None
        self.move_error: Exception | None = None
        self.has_keyring = True
        self.photos_on_server: int | None = None

    def listen(self, listener: Callable[[IndexState], None]) -> None:
        self.listeners.append(listener)

    def enter(self, phase: Phase, done: int = 0, total: int = 0, since: float = 0.0, reason: str = "") -> None:
        """Change the state of the index and call the listeners."""
        self.state = IndexState(phase, done, total, since, reason)
        for listener in self.listeners:
            listener(self.state)

    def retry(self) -> None:
        self.retries += 1

    def types(self) -> Sequence[IndexType]:
        return TYPES

    async def test(self, wanted: IndexSettings, token: str) -> ConnectionReport:
        self.tests.append((wanted, token))
        try:
            await self.test_gate.wait()
        except asyncio.CancelledError:
            self.cancelled_tests += 1
            raise
        if self.test_error:
            raise self.test_error
        return ConnectionReport("2.3.5", 3.7, self.photos_on_server)

    async def move(
        self, wanted: IndexSettings, token: str, on_progress: Callable[[Progress], None] | None = None
    ) -> MoveReport:
        self.moves.append((wanted, token))
        if on_progress:
            on_progress(Progress(Stage.COPYING, 12_000, TOTAL))
        try:
            await self.move_gate.wait()
        except asyncio.CancelledError:
            self.cancelled_moves += 1
            raise
        if self.move_error:
            raise self.move_error
        self.settings = replace(self.settings, index=wanted)
        return MoveReport(TOTAL, 12.3, remembered=self.has_keyring or not token)
