"""A `qtbot` with timeouts that are long enough for a slow machine."""

from __future__ import annotations

from functools import partialmethod

from pytestqt.qtbot import QtBot

from tests.helpers.limits import HANG_TIMEOUT

MILLISECONDS = int(HANG_TIMEOUT * 1000)


class LongTimeoutBot(QtBot):
    """Replaces pytest-qt's timeout of five seconds, which a busy machine may exceed without hanging."""

    waitActive = partialmethod(QtBot.waitActive, timeout=MILLISECONDS)  # noqa: N815 - names of pytest-qt
    waitExposed = partialmethod(QtBot.waitExposed, timeout=MILLISECONDS)  # noqa: N815
    waitSignal = partialmethod(QtBot.waitSignal, timeout=MILLISECONDS)  # noqa: N815
    waitUntil = partialmethod(QtBot.waitUntil, timeout=MILLISECONDS)  # noqa: N815
