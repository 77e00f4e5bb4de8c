"""Photos for a run that is cancelled, and cancelling it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from core.images.embedded_preview import PREVIEW_MIN_BYTES
from tests.helpers.limits import HANGING
from tests.helpers.pictures.camera import save_photo
from tests.helpers.pictures.drawn import noise

if TYPE_CHECKING:
    from pathlib import Path

    from core.reports import IndexReport


def camera_photos(folder: Path, count: int) -> list[Path]:
    """Write photos that are worth a first look."""
    folder.mkdir(parents=True, exist_ok=True)
    return [save_photo(folder / f"{seed}.jpg", noise(seed, 64, 64), size=PREVIEW_MIN_BYTES) for seed in range(count)]


async def cancelled(running: asyncio.Task[IndexReport]) -> IndexReport:
    """Cancel a run, which must not wait for anything, and return its report."""
    assert not running.done()
    running.cancel()
    done, _ = await asyncio.wait([running], timeout=HANGING)
    assert done
    return await running
