"""Whether the computer runs on its battery."""

from __future__ import annotations

import psutil


def on_battery() -> bool:
    """Return whether the battery drives the computer; False where that cannot be told."""
    ask = getattr(psutil, "sensors_battery", None)  # some systems have none of it
    try:
        battery = ask() if ask else None
    except (OSError, RuntimeError, TypeError, ValueError):  # what drivers say of themselves is not always as expected
        return False
    return battery is not None and battery.power_plugged is False
