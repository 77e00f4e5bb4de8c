"""A `qtbot` that gives a slow machine time."""

from __future__ import annotations

from functools import partialmethod

from pytestqt.qtbot import QtBot

from tests.helpers.limits import HANGING

MILLISECONDS = int(HANGING * 1000)


class PatientBot(QtBot):
    """Waits until something hangs for certain; pytest-qt stops after five seconds, which a busy machine needs."""

    waitActive = partialmethod(QtBot.waitActive, timeout=MILLISECONDS)  # noqa: N815 - names of pytest-qt
    waitExposed = partialmethod(QtBot.waitExposed, timeout=MILLISECONDS)  # noqa: N815
    waitSignal = partialmethod(QtBot.waitSignal, timeout=MILLISECONDS)  # noqa: N815
    waitUntil = partialmethod(QtBot.waitUntil, timeout=MILLISECONDS)  # noqa: N815
