"""Drives and network shares that do not answer."""

from __future__ import annotations

import asyncio
import os
import threading
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

    import pytest

T = TypeVar("T")

SECONDS = 10
"""Less than it takes until a silent share is given up."""

CALLS = ("scandir", "stat", "lstat")


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
        assert await asyncio.to_thread(self._asked.acquire, timeout=SECONDS)

    def _ask(self, look: Callable[..., T]) -> Callable[..., T]:
        def ask(path: str | Path | int = ".", **how: object) -> T:
            if not self.is_back.is_set() and not isinstance(path, int) and Path(path) == self.path:
                self.times += 1
                self._asked.release()
                self.is_back.wait()
            return look(path, **how)

        return ask
