"""Comparing folders by paths that were resolved before."""

from __future__ import annotations

import os
from pathlib import Path

from core.folders.nesting import BY_NAME, RealPaths, covering, inside, parts, same
from core.types import Root

LINK, DATA, MOUNT = (Path(os.path.abspath(f"/{name}")) for name in ("link", "data", "mount"))
RESOLVED = RealPaths({LINK: DATA, DATA: DATA, DATA / "nas": MOUNT})


def test_path_is_resolved_from_its_nearest_resolved_parent() -> None:
    assert RESOLVED(LINK) == DATA
    assert RESOLVED(LINK / "2020") == DATA / "2020"
    assert RESOLVED(DATA / "nas" / "2020") == MOUNT / "2020"
    assert RESOLVED(LINK.with_name("other") / "2020") == LINK.with_name("other") / "2020"


def test_folders_are_compared_by_their_resolved_paths() -> None:
    data, linked = Root("1", DATA), Root("2", LINK / "2020")

    assert same([data], LINK, RESOLVED) == data
    assert covering([data], LINK / "2021", RESOLVED) == data
    assert inside([data, linked], DATA, RESOLVED) == [data, linked]
    assert parts([data, linked], LINK, RESOLVED) == [(data, DATA), (linked, LINK / "2020")]


def test_folders_are_compared_by_name_if_no_path_is_resolved() -> None:
    data = Root("1", DATA)

    assert same([data], LINK, BY_NAME) is None
    assert covering([data], LINK / "2021", BY_NAME) is None
    assert covering([data], DATA / "2021", BY_NAME) == data
    assert inside([data], DATA.parent, BY_NAME) == [data]
