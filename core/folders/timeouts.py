"""Asking what may never answer: a share whose server is gone lets nobody go who looks at it."""

from __future__ import annotations

from threading import Condition, Thread
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

T = TypeVar("T")


class TimedCalls:
    """Waits for answers, but not for ever. May be used by several threads at once."""

    def __init__(self, seconds: float) -> None:
        """Take note of how long to wait for an answer."""
        self._seconds = seconds
        self._silent: set[Path] = set()
        self._is_closed = False
        self._news = Condition()  # guards all of this

    def ask(self, questions: Mapping[Path, Callable[[], T]]) -> dict[Path, T]:
        """Return the answers by the places they are about, without those that do not come in time.

        All are asked at the same time. A place that owes an answer from an earlier time is not asked again.
        """
        answers: dict[Path, T] = {}
        waiting: set[Path] = set()

        def answer(place: Path, question: Callable[[], T]) -> None:
            try:
                found = question()
                with self._news:
                    answers[place] = found
            finally:
                with self._news:
                    waiting.discard(place)
                    self._silent.discard(place)
                    self._news.notify_all()

        with self._news:
            waiting |= set() if self._is_closed else questions.keys() - self._silent
            for place in tuple(waiting):
                # Of no pool, and daemons: the program would wait for them at its end.
                Thread(target=answer, args=(place, questions[place]), name="semblance-look", daemon=True).start()
            self._news.wait_for(lambda: self._is_closed or not waiting, self._seconds)
            self._silent |= waiting
            return dict(answers)

    def close(self) -> None:
        """Wait no more: who waits has the answers that are there, and who asks from now on has none."""
        with self._news:
            self._is_closed = True
            self._news.notify_all()
