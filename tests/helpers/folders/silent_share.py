"""Drives and network shares that do not answer."""

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
from tests.helpers.limits import HANGING

if TYPE_CHECKING:
    from collections.abc import Callable

    import pytest

T = TypeVar("T")

NEVER = 10 * HANGING
"""Seconds after which a share times out where no test waits for that."""

CALLS = ("scandir", "stat", "lstat")


def stretch_timeouts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have no silent share time out, so that whatever ends has not waited for one."""
    monkeypatch.setattr(timed_scan, "LISTING_SECONDS", NEVER)
    monkeypatch.setattr(photo_reading, "TIMEOUT_SECONDS", NEVER)
    monkeypatch.setattr(service, "Drives", partial(Drives, timeout=NEVER))


class SilentShare:
    """A network share, or a file on one: while it is silent, whoever looks at it waits until it is back."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.is_back = threading.Event()
        self.is_back.set()
        self.times = 0
        self._asked = threading.Semaphore(0)

    def put_before(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Have the system ask the share."""
        for call in CALLS:
            monkeypatch.setattr(os, call, self._ask(getattr(os, call)))

    def fall_silent(self) -> None:
        self.is_back.clear()

    async def is_asked(self) -> None:
        """Return when somebody waits who has not been waited for."""
        assert await asyncio.to_thread(self._asked.acquire, timeout=HANGING)

    def _ask(self, look: Callable[..., T]) -> Callable[..., T]:
        def ask(path: str | Path | int = ".", **how: object) -> T:
            if not self.is_back.is_set() and not isinstance(path, int) and Path(path) == self.path:
                self.times += 1
                self._asked.release()
                self.is_back.wait()
            return look(path, **how)

        return ask
