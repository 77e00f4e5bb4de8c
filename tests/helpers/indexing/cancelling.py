"""Cancels indexing runs, and writes photos for them."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from core.images.embedded_preview import PREVIEW_MIN_BYTES
from tests.helpers.limits import HANG_TIMEOUT
from tests.helpers.pictures.camera import save_photo
from tests.helpers.pictures.drawn import noise

if TYPE_CHECKING:
    from pathlib import Path

    from core.reports import IndexReport


def camera_photos(folder: Path, count: int) -> list[Path]:
    """Write JPEG photos that are large enough for their previews to be indexed first."""
    folder.mkdir(parents=True, exist_ok=True)
    return [save_photo(folder / f"{seed}.jpg", noise(seed, 64, 64), size=PREVIEW_MIN_BYTES) for seed in range(count)]


async def cancel_run(running: asyncio.Task[IndexReport]) -> IndexReport:
    """Cancel a run, check that it ends, and return its report."""
    assert not running.done()
    running.cancel()
    done, _ = await asyncio.wait([running], timeout=HANG_TIMEOUT)
    assert done
    return await running
