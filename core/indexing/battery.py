"""Detecting whether the computer runs on battery power."""

from __future__ import annotations

import psutil


def on_battery() -> bool:
    """Return whether the computer runs on battery power, or False if the system does not say."""
    read_battery = getattr(psutil, "sensors_battery", None)  # psutil lacks it on some systems
    try:
        battery = read_battery() if read_battery else None
    except (OSError, RuntimeError, TypeError, ValueError):  # some drivers report values that psutil cannot parse
        return False
    return battery is not None and battery.power_plugged is False
