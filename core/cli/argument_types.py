"""Numbers as values of options, checked for argparse."""

from __future__ import annotations

import math
from argparse import ArgumentTypeError


def positive(text: str) -> int:
    """Return a whole number of at least 1."""
    if not text.isascii() or not text.isdigit() or int(text) < 1:
        raise ArgumentTypeError(f'"{text}" is not a whole number of at least 1')
    return int(text)


def score(text: str) -> float:
    """Return a number from -1 to 1."""
    return _number_between(-1, 1, text)


def share(text: str) -> float:
    """Return a number from 0 to 1."""
    return _number_between(0, 1, text)


def _number_between(lowest: int, highest: int, text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not lowest <= number <= highest:
        raise ArgumentTypeError(f'"{text}" is not a number from {lowest} to {highest}')
    return number
