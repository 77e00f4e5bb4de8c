"""Checks an installed program with the sample photos: the model, indexing, searching and the window."""

from __future__ import annotations

import asyncio
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from core.cli.command import DONE, FAILED
from core.engine import Engine
from core.errors import SemblanceError
from core.library.settings import Settings
from core.models.registry import PROJECTED
from core.models.runtime import SHIPPED, is_converted
from core.search_request import SearchRequest
from core.types import Edit
from core.version import version

if TYPE_CHECKING:
    from collections.abc import Callable

SAMPLES = Path(__file__).resolve().parents[2] / "resources" / "samples" / "photos"
EDITED = SAMPLES / "edited" / "raccoon-framed.jpg"
ORIGINAL = SAMPLES / "animals" / "raccoon.jpg"


def run(open_window: Callable[[Path, Path], str]) -> int:
    """Print a line for each check that passes, with its seconds, or the reason why one fails. Return the exit status.

    `open_window` gets the folder of a library and a picture to search for in it, and returns what it did in words. It
    may raise a `SemblanceError`.
    """
    with tempfile.TemporaryDirectory(prefix="semblance-self-test-", ignore_cleanup_errors=True) as folder:
        library, report = Path(folder, "library"), _Report()
        try:
            report.passed(f"version: {version()}")
            asyncio.run(_check_engine(library, report.passed))
            report.passed(f"window: {open_window(library, EDITED)}")
        except SemblanceError as error:
            print(f"BAD  {error}", flush=True)
            return FAILED
    return DONE


class _Report:
    def __init__(self) -> None:
        self._started = time.monotonic()

    def passed(self, detail: str) -> None:
        """Print the detail of a check and the seconds since the one before."""
        now = time.monotonic()
        print(f"ok   {detail} ({now - self._started:.1f} s)", flush=True)
        self._started = now


async def _check_engine(library: Path, passed: Callable[[str], None]) -> None:
    async with Engine(library, Settings()) as engine:
        await engine.warm_up()
        status = await engine.status()
        passed(f"model: {status.model} with {status.dim} dimensions")
        if SHIPPED.is_dir() and not is_converted(PROJECTED, SHIPPED):
            raise SemblanceError("The model of older versions is missing or damaged. Reinstall Semblance.")
        folders = [folder for folder in SAMPLES.iterdir() if folder.is_dir() and folder != EDITED.parent]
        report = await engine.index(folders)
        if report.failed or not report.indexed:
            raise SemblanceError(f"Of {report.found} sample photos, {len(report.failed)} could not be read.")
        passed(f"index: {report.indexed} sample photos")
        first, *_, verified = [hits[0] async for hits in engine.verified_search(SearchRequest.like(EDITED))]
        if first.path != ORIGINAL:
            raise SemblanceError(f"A search with {EDITED} finds {first.path} first, instead of {ORIGINAL}.")
        passed(f"search: {first.path.name} comes first with a score of {first.score:.2f}")
        if verified.path != ORIGINAL or not verified.shared or verified.shared.edits != (Edit.FRAMED,):
            raise SemblanceError(f"{EDITED} is not recognised as {ORIGINAL} with a frame.")
        passed(f"verification: it is the same picture, {', '.join(verified.shared.edits)}")
