"""What tests do to a library that is watched."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.types import Changes
from tests.desktop.harness import Desk, image

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot

NEW = "green.png"


def change(desk: Desk, photos: Path, name: str = NEW) -> Changes:
    """Put a photo into the folder, and let the engine notice."""
    image("green").save(str(photos / name))
    changes = Changes(paths=frozenset({photos / name}))
    desk.engine.changes.put_nowait(changes)
    return changes


def begin(qtbot: QtBot, desk: Desk, photos: Path) -> Changes:
    """Let a run begin that does not come to its end."""
    desk.engine.index_gate.shut()
    changes = change(desk, photos)
    qtbot.waitUntil(lambda: desk.engine.looked_at == [changes])
    return changes
