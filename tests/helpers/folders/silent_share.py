"""A drive or network share that does not respond."""

from __future__ import annotations

import asyncio
import os
import threading
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from core.folders import service
from core.folders.drives import Drives
from core.indexing import photo_reading, timed_scan
from tests.helpers.limits import HANG_TIMEOUT

if TYPE_CHECKING:
    from collections.abc import Callable

    import pytest

T = TypeVar("T")

NEVER = 10 * HANG_TIMEOUT
"""A timeout that never elapses during a test."""

CALLS = ("scandir", "stat", "lstat")


def stretch_timeouts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Replace the timeouts for silent shares by `NEVER`, so that a call that returns did not wait for a timeout."""
    monkeypatch.setattr(timed_scan, "LISTING_SECONDS", NEVER)
    monkeypatch.setattr(photo_reading, "TIMEOUT_SECONDS", NEVER)
    monkeypatch.setattr(service, "Drives", partial(Drives, timeout=NEVER))


class SilentShare:
    """A network share, or a file on one. While it is silent, file system calls on its path block."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.responds = threading.Event()
        self.responds.set()
        self.blocked_calls = 0
        self._unseen_calls = threading.Semaphore(0)

    def install(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Make the file system calls of the `os` module block while the share is silent."""
        for call in CALLS:
            monkeypatch.setattr(os, call, self._blocking(getattr(os, call)))

    def fall_silent(self) -> None:
        self.responds.clear()

    async def wait_for_call(self) -> None:
        """Return when a call is blocked that no earlier `wait_for_call` has returned for."""
        assert await asyncio.to_thread(self._unseen_calls.acquire, timeout=HANG_TIMEOUT)

    def _blocking(self, call: Callable[..., T]) -> Callable[..., T]:
        def blocking_call(path: str | Path | int = ".", **options: object) -> T:
            if not self.responds.is_set() and not isinstance(path, int) and Path(path) == self.path:
                self.blocked_calls += 1
                self._unseen_calls.release()
                self.responds.wait()
            return call(path, **options)

        return blocking_call
