"""Short runs of the parts of the soak test `tests/soak/durability.py`, so that it stays in working order."""

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
from tests.soak.examiner import Examiner, Result
from tests.soak.full_disk import FullDisk, small_disk, why_unavailable
from tests.soak.kills import Kills, Work
from tests.soak.processes import Phase

if TYPE_CHECKING:
    from pathlib import Path

pytest_plugins = ["tests.helpers.engine.fixtures"]
pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(3600),
    pytest.mark.skipif(sys.platform != "linux", reason="finds processes in /proc"),
]

PHOTOS = 130
SEED = 5


def _make(folder: Path, models: Path) -> Examiner:
    shutil.copytree(models, folder / "library" / "models")
    return make_library(folder, "library", PHOTOS, SEED)


def _copy(examiner: Examiner) -> Path:
    library = examiner.program.library
    return shutil.copytree(library, library.with_name("original"))


@pytest.fixture
def examiner(tmp_path: Path, models: Path) -> Examiner:
    return _make(tmp_path, models)


@pytest.fixture(scope="module")
def damage(tmp_path_factory: pytest.TempPathFactory, models: Path) -> Damage:
    examiner = _make(tmp_path_factory.mktemp("damage"), models)
    return Damage(examiner, _copy(examiner), SEED)


def test_library_survives_three_kills(examiner: Examiner, tmp_path: Path) -> None:
    rounds = list(Kills(examiner, SEED, tmp_path / "kept").run(3, time.monotonic() + 3000))
    assert len(rounds) == 3
    assert [verdict for _, verdict in rounds if not verdict.result.is_acceptable] == []


@pytest.mark.parametrize("part", [Part.MANIFESTS, Part.ROWS, Part.DELETIONS, Part.INDEX, Part.LOG])
def test_library_survives_truncated_index_files(damage: Damage, part: Part) -> None:
    ((_, verdict),) = damage.run([(part, Harm.HALVED)])
    assert verdict.result.is_acceptable, verdict.faults


def test_commands_report_a_damaged_catalog(damage: Damage) -> None:
    ((_, verdict),) = damage.run_on_catalog([Harm.HALVED])
    assert verdict.result is Result.INTACT, verdict.faults


def test_library_survives_a_full_disk(examiner: Examiner, tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    if reason := why_unavailable(disk):
        pytest.skip(reason)
    original = _copy(examiner)
    with small_disk(disk):
        on_disk = Examiner(Program(disk / "library"), examiner.album, examiner.queries, examiner.scores)
        full = FullDisk(on_disk, original, SEED)
        for _, verdict in [*full.run_nearly_full(), *full.run([(Work.MOVE, Phase.PUSHING)])]:
            assert verdict.result.is_acceptable, verdict.faults


def test_soak_test_detects_a_missing_photo_that_no_command_reports(examiner: Examiner) -> None:
    pictures = examiner.album.pictures
    examiner.album.pictures = {**pictures, examiner.album.folder / "never-there.jpg": -1}
    verdict = examiner.verdict(examiner.check(random.Random(SEED)), random.Random(SEED))
    assert verdict.result is Result.UNREPORTED
    assert any("1 of" in fault and "missing" in fault for fault in verdict.faults)
