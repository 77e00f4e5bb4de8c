"""What tests do to a library that is watched."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.types import Changes
from tests.helpers.desktop.window_driver import WindowFixture, image

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot

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
