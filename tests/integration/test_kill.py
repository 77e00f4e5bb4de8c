"""Kills indexing runs at random moments, and checks that the next run completes the library."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest

from core.library.settings import DEFAULT_MODEL
from core.models.registry import choose
from core.vectors.connection import Server
from core.vectors.lite_server import LiteServer
from core.vectors.milvus import MilvusIndex
from core.vectors.schema import LITE
from tests.helpers.engine.program import Program, photos_in_catalog, wait_until
from tests.helpers.indexing.bench import paint_many

if TYPE_CHECKING:
    from pathlib import Path

pytest_plugins = ["tests.helpers.engine.fixtures"]
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL")

PHOTOS = 300
SAMPLE = 12


def _kill_run(program: Program, photos: Path, stored: int, delay: float, *, group: bool) -> bool:
    """Kill an indexing run `delay` seconds after the catalog has `stored` photos. The group includes Milvus Lite.

    Return False if the run ended before it was killed.
    """
    process = program.start("index", photos)
    wait_until(f"{stored} photos are stored", lambda: photos_in_catalog(program.library) >= stored, process)
    with suppress(subprocess.TimeoutExpired):
        process.wait(delay)
    if group:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    else:
        process.kill()
    process.communicate()
    return process.returncode == -signal.SIGKILL


def _count_rows(library: Path, dim: int) -> int:
    """Return the number of rows in the local index."""
    (folder,) = (library / "milvus").iterdir()
    server = LiteServer(folder)
    try:
        index = MilvusIndex(Server(server.address(), is_local=True), choose(DEFAULT_MODEL).key, dim, LITE)
        rows = index.count()
        index.close()
    finally:
        server.close()
    return rows


def _assert_complete(program: Program, files: list[Path]) -> None:
    report = program.call("index", "--json").object()
    assert report["found"] == len(files)
    assert report["failed"] == []
    status = program.call("status", "--json").object()
    assert status["photos"] == status["searchable"] == len(files)
    sample = random.Random(1).sample(files, SAMPLE)
    answers = program.call("search", "--json", "--views", "one", "--top-k", str(2 * PHOTOS), *sample).objects()
    for file, answer in zip(sample, answers, strict=True):
        assert isinstance(answer["hits"], list)
        paths = [hit["path"] for hit in answer["hits"] if isinstance(hit, dict)]
        assert paths[0] == str(file)
        assert len(paths) == len(set(map(str, paths))) == len(files), "a photo is missing or duplicated"
    assert isinstance(status["dim"], int)
    assert _count_rows(program.library, status["dim"]) == len(files)


def _run_with_kills(program: Program, folder: Path, kills: int, seed: int) -> None:
    chance = random.Random(seed)
    files = paint_many(folder, PHOTOS)
    killed = 0
    for number in range(kills):
        # Photos are stored in batches, so only the delay makes the moment of the kill random.
        stored, delay = chance.choice([0, 0, 1, 130]), chance.uniform(0.0, 0.6)
        killed += _kill_run(program, folder, stored, delay, group=number % 2 == 1)
    assert killed > kills / 2, "most runs ended before they were killed"
    _assert_complete(program, files)


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_library_has_every_photo_exactly_once_after_eight_kills(program: Program, tmp_path: Path) -> None:
    _run_with_kills(program, tmp_path / "photos", 8, seed=1)


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_library_matches_the_folder_after_kills_while_photos_change(program: Program, tmp_path: Path) -> None:
    chance = random.Random(11)
    files = paint_many(tmp_path / "photos", PHOTOS)
    kills, killed = 8, 0
    for number in range(kills):
        stored, delay = chance.choice([0, 1]), chance.uniform(0.0, 0.6)
        killed += _kill_run(program, tmp_path / "photos", stored, delay, group=number % 2 == 1)
        deleted, renamed, *_ = chance.sample(files, 2)
        deleted.unlink()
        files[files.index(renamed)] = renamed.rename(renamed.with_name(f"renamed-{number}.png"))
        files.remove(deleted)
        files += paint_many(tmp_path / "photos" / f"more-{number}", 5, first_seed=10_000 * (number + 1))
    assert killed > kills / 2, "most runs ended before they were killed"
    _assert_complete(program, files)
