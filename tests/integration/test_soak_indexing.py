"""A short run of the soak test `tests/soak/indexing.py`, so that it stays in working order."""

from __future__ import annotations

import shutil
import sys
from typing import TYPE_CHECKING

import pytest

from tests.helpers.checkout import SHARED_DATA
from tests.helpers.indexing.bench import Bench, paint_many
from tests.soak.audit import Audit
from tests.soak.indexing import Soak, Victim

if TYPE_CHECKING:
    from pathlib import Path

pytest_plugins = ["tests.helpers.engine.fixtures"]

ODD = SHARED_DATA / "odd"
PHOTOS = 60
SEED = 4


@pytest.mark.slow
@pytest.mark.shared_data
@pytest.mark.timeout(3600)
@pytest.mark.skipif(sys.platform != "linux", reason="finds processes in /proc")
@pytest.mark.skipif(not ODD.is_dir(), reason="the folder shared/data/odd is missing")
def test_odd_files_changing_files_and_kills_lose_no_photo(tmp_path: Path, models: Path) -> None:
    shutil.copytree(models, tmp_path / "soak" / "library" / "models")
    soak = Soak(tmp_path / "soak", ODD, PHOTOS, SEED)
    soak.run(kills=len(Victim), runs=2)
    assert soak.audit.faults == []
    assert [soak.audit.counts[f"kills of {victim}"] for victim in Victim] == [1] * len(Victim)
    assert soak.audit.counts["photos read"] > PHOTOS
    soak.close()


def test_audit_detects_lost_photos_and_wrong_contents(tmp_path: Path) -> None:
    photos = tmp_path / "photos"
    lost, other, *_ = paint_many(photos, 4)
    for name in ("reference", "library"):
        with Bench(tmp_path / name) as bench:
            bench.run(photos)
            if name == "library":
                other.write_bytes(b"no picture")
                bench.run(photos)
                bench.catalog.remove(bench.root(photos), [lost])
    audit = Audit()
    audit.compare(tmp_path / "library", tmp_path / "reference")
    assert (audit.counts["photos lost"], audit.counts["photos with wrong contents"]) == (1, 1)
    assert ascii(lost) in audit.faults[0]
    assert "is not a picture" in audit.faults[-1]
