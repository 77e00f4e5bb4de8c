"""A little of the soak test, so that it is known to run; `tests/soak/durability.py` does it at length."""

from __future__ import annotations

import random
import shutil
import sys
import time
from typing import TYPE_CHECKING

import pytest

from tests.helpers.engine.program import Program
from tests.soak.damage import Damage, Harm, Part
from tests.soak.durability import make_library
from tests.soak.examining import Examiner, Result
from tests.soak.full_disk import FullDisk, small_disk, why_not
from tests.soak.kills import Kills, Work
from tests.soak.processes import Phase

if TYPE_CHECKING:
    from pathlib import Path

pytest_plugins = ["tests.helpers.engine.fixtures"]
pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(3600),
    pytest.mark.skipif(sys.platform != "linux", reason="processes are found in /proc"),
]

PHOTOS = 250
SEED = 5


def _make(folder: Path, models: Path) -> Examiner:
    shutil.copytree(models, folder / "library" / "models")
    return make_library(folder, "library", PHOTOS, SEED)


def _copy(examiner: Examiner) -> Path:
    library = examiner.program.library
    return shutil.copytree(library, library.with_name("whole"))


@pytest.fixture
def examiner(tmp_path: Path, models: Path) -> Examiner:
    return _make(tmp_path, models)


@pytest.fixture(scope="module")
def damage(tmp_path_factory: pytest.TempPathFactory, models: Path) -> Damage:
    examiner = _make(tmp_path_factory.mktemp("damage"), models)
    return Damage(examiner, _copy(examiner), SEED)


def test_a_library_outlives_three_kills(examiner: Examiner, tmp_path: Path) -> None:
    rounds = list(Kills(examiner, SEED, tmp_path / "kept").run(3, time.monotonic() + 3000))
    assert len(rounds) == 3
    assert [verdict for _, verdict in rounds if not verdict.result.is_promised] == []


@pytest.mark.parametrize("part", [Part.MANIFESTS, Part.ROWS, Part.DELETIONS, Part.INDEX, Part.LOG])
def test_a_library_outlives_a_file_of_its_index_that_is_cut_in_half(damage: Damage, part: Part) -> None:
    ((_, verdict),) = damage.run([(part, Harm.HALVED)])
    assert verdict.result.is_promised, verdict.faults


def test_a_damaged_catalog_is_refused_in_a_sentence(damage: Damage) -> None:
    ((_, verdict),) = damage.of_catalog([Harm.HALVED])
    assert verdict.result is Result.WHOLE, verdict.faults


def test_a_library_outlives_a_disk_that_gets_full(examiner: Examiner, tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    if reason := why_not(disk):
        pytest.skip(reason)
    whole = _copy(examiner)
    with small_disk(disk):
        on_disk = Examiner(Program(disk / "library"), examiner.album, examiner.queries, examiner.scores)
        full = FullDisk(on_disk, whole, SEED)
        for _, verdict in [*full.nearly(), *full.run([(Work.MOVE, Phase.PUSHING)])]:
            assert verdict.result.is_promised, verdict.faults


def test_the_soak_test_sees_a_gap_that_nothing_tells_of(examiner: Examiner) -> None:
    whole = examiner.album.pictures
    examiner.album.pictures = {**whole, examiner.album.folder / "never-there.jpg": -1}
    verdict = examiner.verdict(examiner.look(random.Random(SEED)), random.Random(SEED))
    assert verdict.result is Result.SILENT
    assert any("1 of" in fault and "missing" in fault for fault in verdict.faults)
