"""A program that is killed at any moment leaves a library that the next run makes whole."""

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
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the signal is of POSIX")

PHOTOS = 300
SAMPLE = 12


def _kill_at(program: Program, photos: Path, stored: int, later: float, *, everything: bool) -> None:
    """Kill an indexing run some time after the catalog has so many photos; with everything, Milvus Lite too."""
    process = program.start("index", photos)
    wait_until(lambda: photos_in_catalog(program.library) >= stored, process)
    with suppress(subprocess.TimeoutExpired):
        process.wait(later)
    if everything:
        os.killpg(process.pid, signal.SIGKILL)
    else:
        process.kill()
    process.communicate()


def _rows(library: Path, dim: int) -> int:
    """Return how many photos the index itself says it has."""
    (folder,) = (library / "milvus").iterdir()
    server = LiteServer(folder)
    try:
        index = MilvusIndex(Server(server.address(), is_local=True), choose(DEFAULT_MODEL).key, dim, LITE)
        rows = index.count()
        index.close()
    finally:
        server.close()
    return rows


def _assert_whole(program: Program, files: list[Path]) -> None:
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
        assert len(paths) == len(set(map(str, paths))) == len(files), "a photo is missing, or there twice"
    assert isinstance(status["dim"], int)
    assert _rows(program.library, status["dim"]) == len(files)


def _run_with_kills(program: Program, folder: Path, kills: int, seed: int) -> None:
    chance = random.Random(seed)
    files = paint_many(folder, PHOTOS)
    for number in range(kills):
        # What is stored grows by batches; the time after that is what makes the moment random.
        stored, later = chance.choice([0, 0, 1, 130]), chance.uniform(0.0, 0.6)
        _kill_at(program, folder, stored, later, everything=number % 2 == 1)
    _assert_whole(program, files)


def test_three_kills_lose_nothing_and_double_nothing(program: Program, tmp_path: Path) -> None:
    _run_with_kills(program, tmp_path / "photos", 3, seed=7)


@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_dozen_kills_lose_nothing_and_double_nothing(program: Program, tmp_path: Path, seed: int) -> None:
    _run_with_kills(program, tmp_path / "photos", 12, seed)


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_kills_while_photos_change_leave_the_photos_that_are_there(program: Program, tmp_path: Path) -> None:
    chance = random.Random(11)
    files = paint_many(tmp_path / "photos", PHOTOS)
    for round_ in range(8):
        stored, later = chance.choice([0, 1]), chance.uniform(0.0, 0.6)
        _kill_at(program, tmp_path / "photos", stored, later, everything=round_ % 2 == 1)
        gone, renamed, *_ = chance.sample(files, 2)
        gone.unlink()
        files[files.index(renamed)] = renamed.rename(renamed.with_name(f"renamed-{round_}.png"))
        files.remove(gone)
        files += paint_many(tmp_path / "photos" / f"more-{round_}", 5, first_seed=10_000 * (round_ + 1))
    _assert_whole(program, files)
