from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import psutil
import pytest

from core.indexing.battery import on_battery

if TYPE_CHECKING:
    from collections.abc import Callable


class Battery(NamedTuple):
    """What psutil tells of a battery."""

    percent: float
    secsleft: int
    power_plugged: bool | None


def answer(monkeypatch: pytest.MonkeyPatch, ask: Callable[[], Battery | None]) -> None:
    monkeypatch.setattr(psutil, "sensors_battery", ask, raising=False)


@pytest.mark.parametrize(
    ("battery", "expected"),
    [
        (Battery(80.0, 7200, power_plugged=False), True),
        (Battery(80.0, -2, power_plugged=True), False),
        (Battery(80.0, -1, power_plugged=None), False),
        (None, False),
    ],
    ids=["discharging", "on the mains", "not known", "no battery"],
)
def test_battery_counts_where_it_is_known_to_drive_the_computer(
    monkeypatch: pytest.MonkeyPatch, battery: Battery | None, expected: bool
) -> None:
    answer(monkeypatch, lambda: battery)

    assert on_battery() is expected


@pytest.mark.parametrize(
    "error", [FileNotFoundError("/sys/class/power_supply"), ValueError("?"), TypeError("b''"), NotImplementedError()]
)
def test_computer_whose_battery_cannot_be_asked_is_on_the_mains(
    monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def ask() -> None:
        raise error

    answer(monkeypatch, ask)

    assert on_battery() is False


def test_system_that_knows_no_batteries_is_on_the_mains(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(psutil, "sensors_battery", raising=False)

    assert on_battery() is False


def test_this_computer_can_be_asked() -> None:
    assert on_battery() in {True, False}
