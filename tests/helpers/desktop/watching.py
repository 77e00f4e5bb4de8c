"""What tests do to a library that is watched."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer

from core.types import Changes
from desktop.indexing import background_runs
from tests.helpers.desktop.window_driver import WindowFixture, image

if TYPE_CHECKING:
    from pathlib import Path

    import pytest
    from pytestqt.qtbot import QtBot

HOUR_MS = 3_600_000
NEW = "green.png"


def change(ui: WindowFixture, photos: Path, name: str = NEW) -> Changes:
    """Put a photo into the folder, and let the engine notice."""
    image("green").save(str(photos / name))
    changes = Changes(paths=frozenset({photos / name}))
    ui.engine.changes.put_nowait(changes)
    return changes


def begin(qtbot: QtBot, ui: WindowFixture, photos: Path) -> Changes:
    """Let a run begin that does not come to its end."""
    ui.engine.index_gate.shut()
    changes = change(ui, photos)
    qtbot.waitUntil(lambda: ui.engine.looked_at == [changes])
    return changes


def stretch_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have no run shown because it lasts long, unless a test says that it does."""
    monkeypatch.setattr(background_runs, "SHOW_DELAY_MS", HOUR_MS)
    monkeypatch.setattr(background_runs, "SCAN_SHOW_DELAY_MS", 2 * HOUR_MS)


def patience(ui: WindowFixture, milliseconds: int) -> list[QTimer]:
    """Return the timer that waits so long, if there is one, until the run under way is shown."""
    timers = ui.window.findChildren(QTimer)
    return [timer for timer in timers if timer.isActive() and timer.interval() == milliseconds]


def let_last(qtbot: QtBot, ui: WindowFixture, milliseconds: int = HOUR_MS) -> None:
    """Let the run under way last that long, and wait until it is shown."""
    qtbot.waitUntil(lambda: bool(patience(ui, milliseconds)))
    assert not ui.shell.progress.isVisible()
    patience(ui, milliseconds)[0].start(0)
    qtbot.waitUntil(ui.shell.progress.isVisible)
