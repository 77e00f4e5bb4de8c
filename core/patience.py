"""Asking what may never answer: a share whose server is gone lets nobody go who looks at it."""

from __future__ import annotations

import time
from threading import Thread
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

T = TypeVar("T")


class Patience:
    """Waits for answers, but not for ever. May be used by several threads at once."""

    def __init__(self, seconds: float) -> None:
        """Take note of how long to wait for an answer."""
        self._seconds = seconds
        self._silent: dict[Path, Thread] = {}

    def ask(self, questions: Mapping[Path, Callable[[], T]]) -> dict[Path, T]:
        """Return the answers by the places they are about, without those that do not come in time.

        All are asked at the same time. A place that owes an answer from an earlier time is not asked again.
        """
        answers: dict[Path, T] = {}

        def answer(place: Path, question: Callable[[], T]) -> None:
            answers[place] = question()

        # Of no pool, and daemons: the program would wait for them at its end.
        threads = {
            place: Thread(target=answer, args=(place, question), name="semblance-look", daemon=True)
            for place, question in questions.items()
            if not self._is_silent(place)
        }
        for thread in threads.values():
            thread.start()
        end = time.monotonic() + self._seconds
        for place, thread in threads.items():
            thread.join(max(0.0, end - time.monotonic()))
            if thread.is_alive():
                self._silent[place] = thread
        return dict(answers)

    def _is_silent(self, place: Path) -> bool:
        thread = self._silent.get(place)
        return thread is not None and thread.is_alive()
