"""A little of the soak test of indexing, so that it is known to run; `tests/soak/indexing.py` does it at length."""

from __future__ import annotations

import shutil
import sys
from typing import TYPE_CHECKING

import pytest

from tests.helpers.checkout import SHARED_DATA
from tests.helpers.indexing.bench import Bench, paint_many
from tests.soak.accounts import Accounts
from tests.soak.indexing import Soak, Victim

if TYPE_CHECKING:
    from pathlib import Path

pytest_plugins = ["tests.helpers.engine.fixtures"]

ODD = SHARED_DATA / "odd"
PHOTOS = 120
SEED = 4


@pytest.mark.slow
@pytest.mark.shared_data
@pytest.mark.timeout(3600)
@pytest.mark.skipif(sys.platform != "linux", reason="processes are found in /proc")
@pytest.mark.skipif(not ODD.is_dir(), reason="the odd files are not beside the checkout")
def test_odd_files_restless_files_and_kills_cost_no_photo(tmp_path: Path, models: Path) -> None:
    shutil.copytree(models, tmp_path / "soak" / "library" / "models")
    soak = Soak(tmp_path / "soak", ODD, PHOTOS, SEED)
    soak.run(kills=len(Victim), runs=3)
    assert soak.accounts.faults == []
    assert [soak.accounts.counts[f"kills of {victim}"] for victim in Victim] == [1] * len(Victim)
    assert soak.accounts.counts["photos that were read"] > PHOTOS
    soak.close()


def test_the_soak_test_sees_what_is_lost_and_what_is_another(tmp_path: Path) -> None:
    photos = tmp_path / "photos"
    lost, other, *_ = paint_many(photos, 4)
    for name in ("calm", "library"):
        with Bench(tmp_path / name) as bench:
            bench.run(photos)
            if name == "library":
                other.write_bytes(b"no picture")
                bench.run(photos)
                bench.catalog.remove(bench.root(photos), [lost])
    accounts = Accounts()
    accounts.compare(tmp_path / "library", tmp_path / "calm")
    assert (accounts.counts["photos lost"], accounts.counts["photos that are not as expected"]) == (1, 1)
    assert ascii(lost) in accounts.faults[0]
    assert "is not a picture" in accounts.faults[-1]
