from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import psutil
import pytest

from core.indexing.battery import on_battery

if TYPE_CHECKING:
    from collections.abc import Callable


class Battery(NamedTuple):
    """The state of a battery as psutil reports it."""

    percent: float
    secsleft: int
    power_plugged: bool | None


def replace_sensor(monkeypatch: pytest.MonkeyPatch, read: Callable[[], Battery | None]) -> None:
    monkeypatch.setattr(psutil, "sensors_battery", read, raising=False)


@pytest.mark.parametrize(
    ("battery", "expected"),
    [
        (Battery(80.0, 7200, power_plugged=False), True),
        (Battery(80.0, -2, power_plugged=True), False),
        (Battery(80.0, -1, power_plugged=None), False),
        (None, False),
    ],
    ids=["discharging", "plugged in", "unknown", "no battery"],
)
def test_only_a_discharging_battery_counts_as_battery_power(
    monkeypatch: pytest.MonkeyPatch, battery: Battery | None, expected: bool
) -> None:
    replace_sensor(monkeypatch, lambda: battery)

    assert on_battery() is expected


@pytest.mark.parametrize(
    "error", [FileNotFoundError("/sys/class/power_supply"), ValueError("?"), TypeError("b''"), NotImplementedError()]
)
def test_unreadable_battery_state_counts_as_mains_power(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    def fail() -> None:
        raise error

    replace_sensor(monkeypatch, fail)

    assert on_battery() is False


def test_system_without_battery_support_counts_as_mains_power(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(psutil, "sensors_battery", raising=False)

    assert on_battery() is False


def test_power_source_of_this_computer_can_be_read() -> None:
    assert on_battery() in {True, False}
