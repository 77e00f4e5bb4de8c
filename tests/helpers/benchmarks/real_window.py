"""The real window, for benchmarks."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QApplication

from desktop.app import show
from desktop.main_window import MainWindow

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from core.engine import Engine


async def wait_until(condition: Callable[[], bool], interval_s: float = 0.05) -> None:
    while not condition():  # noqa: ASYNC110 - no event announces these conditions
        await asyncio.sleep(interval_s)


@asynccontextmanager
async def window(library: Path, engine: Engine) -> AsyncIterator[MainWindow]:
    """Yield the real window on a library once it accepts folders."""
    showing = asyncio.create_task(show(library, lambda: engine, None))
    windows: list[MainWindow] = []

    def is_ready() -> bool:
        widgets = QApplication.topLevelWidgets()
        windows[:] = [widget for widget in widgets if isinstance(widget, MainWindow) and not widget.isHidden()]
        return bool(windows) and windows[0].shell.actions.add_folder.isEnabled()

    await wait_until(is_ready)
    yield windows[0]
    windows[0].close()
    await showing
