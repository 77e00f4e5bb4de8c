"""An indexing run over a folder of broken, rare and malicious files."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.helpers.checkout import SHARED_DATA

if TYPE_CHECKING:
    from tests.helpers.engine.fixtures import OpenEngine

pytest_plugins = ["tests.helpers.engine.fixtures"]

ODD = SHARED_DATA / "odd"


@pytest.mark.shared_data
@pytest.mark.slow
@pytest.mark.skipif(not ODD.is_dir(), reason="the folder shared/data/odd is missing")
def test_report_and_status_account_for_every_odd_file(opened: OpenEngine) -> None:
    files = [path for path in ODD.rglob("*") if not path.is_dir()]
    report = opened.index(ODD)
    assert report.found + report.ignored == len(files)
    assert report.found == report.indexed + report.reused + len(report.failed)
    assert report.indexed > 100
    assert all(failure.reason.endswith(".") and "Traceback" not in failure.reason for failure in report.failed)
    status = opened.status()
    assert (status.photos, status.failed) == (report.found, len(report.failed))
    assert status.searchable == report.found - len(report.failed)

    again = opened.index(ODD)
    assert (again.indexed, again.reused, again.moved, again.removed) == (0, 0, 0, 0)
    assert again.unchanged == report.indexed + report.reused
    assert again.failed == report.failed
