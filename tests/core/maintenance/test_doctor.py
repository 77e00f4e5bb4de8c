from __future__ import annotations

import asyncio
import os
import shutil
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from core.engine import Engine
from core.library.files import LibraryFiles
from core.library.settings import Settings
from core.maintenance.doctor import examine
from core.search_request import SearchRequest
from tests.helpers.indexing.bench import paint, paint_many
from tests.helpers.search_index.unpatched_lite import unpatched_lite

if TYPE_CHECKING:
    from pathlib import Path

    from tests.helpers.engine.program import Program

pytest_plugins = ["tests.helpers.engine.fixtures"]


def check_results(library: Path) -> dict[str, bool]:
    return {check.name: check.ok for check in examine(LibraryFiles(library), Settings(), "")}


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("photos")


@pytest.fixture(scope="module")
def original(models: Path, photos: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a library with five photos, which takes a second to make."""
    library = tmp_path_factory.mktemp("original") / "library"
    shutil.copytree(models, library / "models")
    paint_many(photos, 5)

    async def index() -> None:
        async with Engine(library, Settings()) as engine:
            await engine.index([photos])

    asyncio.run(index())
    return library


@pytest.fixture
def indexed(library: Path, original: Path, photos: Path) -> Path:
    """Return a library with five photos."""
    paint_many(photos, 5)  # an earlier test may have changed them
    shutil.copytree(original, library, dirs_exist_ok=True)
    return library


def forget_two_rows(library: Path) -> None:
    with closing(sqlite3.connect(library / "catalog.sqlite")) as catalog, catalog:
        catalog.execute("DELETE FROM indexed WHERE photo IN (SELECT photo FROM indexed LIMIT 2)")


def test_intact_library_passes_all_checks(indexed: Path) -> None:
    assert check_results(indexed) == {"lock": True, "catalog": True, "index": True, "completeness": True}


def test_new_library_passes_the_checks(tmp_path: Path) -> None:
    assert check_results(tmp_path / "new") == {"lock": True, "catalog": True, "index": True}


def test_open_library_is_reported_as_open(indexed: Path) -> None:
    async def look() -> list[bool]:
        async with Engine(indexed, Settings()):
            (check,) = examine(LibraryFiles(indexed), Settings(), "")
            assert "is open in another Semblance (process " in check.detail
            return [check.ok]

    assert asyncio.run(look()) == [False]


def test_damaged_catalog_is_reported(indexed: Path) -> None:
    file = indexed / "catalog.sqlite"
    file.write_bytes(file.read_bytes()[:4096] + b"\xff" * (file.stat().st_size - 4096))

    assert check_results(indexed) == {"lock": True, "catalog": False}


def test_damaged_index_is_reported_and_repaired(indexed: Path, program: Program) -> None:
    for rows in (indexed / "milvus").rglob("*.parquet"):
        rows.write_bytes(b"no longer what it was")
    assert check_results(indexed) == {"lock": True, "catalog": True, "index": False}

    repair = program.call("doctor", "--repair", "--json")

    assert repair.status == 0
    answer = repair.object()
    assert answer["repaired"] is True
    assert check_results(indexed) == {"lock": True, "catalog": True, "index": True, "completeness": True}


@pytest.mark.parametrize(
    "pattern",
    [
        "*/manifest.json",
        pytest.param("*.idx", marks=pytest.mark.slow),
        pytest.param("*.parquet", marks=pytest.mark.slow),
    ],
)
def test_damage_that_milvus_lite_does_not_notice_is_reported_and_repaired(
    indexed: Path, photos: Path, program: Program, pattern: str
) -> None:
    """Milvus Lite falls back to an older manifest, and loads a damaged index file. The number of rows stays correct."""
    files = sorted(photos.iterdir())
    for number, file in enumerate(files[:2]):
        paint(file, 700 + number)  # the number of rows stays the same
    program.call("index")
    damaged = list((indexed / "milvus").rglob(pattern))
    assert damaged
    for file in damaged:
        noise = bytearray(file.read_bytes())
        noise[len(noise) // 2 : len(noise) // 2 + 40] = bytes(range(100, 140))
        file.write_bytes(noise)

    assert not check_results(indexed)["index"]
    assert "changed or damaged" in program.call("doctor").out
    assert program.call("doctor", "--repair").status == 0

    answer = program.call("search", "--top-k", "1", *files).out
    assert answer.count("  identical  ") == len(files)


@pytest.mark.slow
def test_rows_lost_in_a_power_cut_are_copied_to_the_index_again(indexed: Path, photos: Path, tmp_path: Path) -> None:
    """The index files are those from before the last run, as after a power cut. The number of rows is the same."""
    files = sorted(photos.iterdir())
    shutil.copytree(indexed / "milvus", tmp_path / "before")

    async def change() -> None:
        async with Engine(indexed, Settings()) as engine:
            paint(files[0], 801)
            await engine.index()

    asyncio.run(change())
    shutil.rmtree(indexed / "milvus")
    (tmp_path / "before").rename(indexed / "milvus")
    with closing(sqlite3.connect(indexed / "catalog.sqlite")) as catalog, catalog:
        catalog.execute("UPDATE target SET seal = ''")
        written = "photo = (SELECT id FROM photo WHERE path = ?)"
        catalog.execute(f"UPDATE indexed SET durable = 1 WHERE {written}", [os.fsencode(files[0].name)])

    async def search() -> float:
        async with Engine(indexed, Settings()) as engine:
            await engine.warm_up()
            return (await engine.search(SearchRequest.like(files[0], views="one")))[0].score

    assert asyncio.run(search()) > 0.999


def test_incomplete_index_is_reported_and_checking_does_not_repair_it(indexed: Path, program: Program) -> None:
    forget_two_rows(indexed)

    for _ in range(2):
        checked = program.call("doctor")
        assert checked.status == 1
        assert "BAD  completeness: 2 photos must be added to the search index" in checked.out

    assert program.call("doctor", "--repair").status == 0
    assert check_results(indexed)["completeness"]


def test_an_untested_version_of_milvus_lite_is_reported_and_no_damage(indexed: Path, program: Program) -> None:
    assert "patches" not in program.call("doctor").out

    with unpatched_lite():
        checked = program.call("doctor")

    assert checked.status == 0
    assert "5 photos. Milvus Lite runs without the patches that save memory and time: version " in checked.out
