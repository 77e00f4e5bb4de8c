from __future__ import annotations


class ManualClock:
    """A clock that advances only when a test changes `seconds`."""

    def __init__(self) -> None:
        self.seconds = 100.0

    def __call__(self) -> float:
        return self.seconds
