"""Comparing folders by what drives have told of them."""

from __future__ import annotations

import os
from pathlib import Path

from core.folders.nesting import BY_NAME, RealPaths, covering, inside, parts, same
from core.types import Root

LINK, DATA, MOUNT = (Path(os.path.abspath(f"/{name}")) for name in ("link", "data", "mount"))
TOLD = RealPaths({LINK: DATA, DATA: DATA, DATA / "nas": MOUNT})


def test_path_is_real_as_far_as_it_was_told() -> None:
    assert TOLD(LINK) == DATA
    assert TOLD(LINK / "2020") == DATA / "2020"
    assert TOLD(DATA / "nas" / "2020") == MOUNT / "2020"
    assert TOLD(LINK.with_name("other") / "2020") == LINK.with_name("other") / "2020"


def test_folders_are_compared_by_what_was_told() -> None:
    data, linked = Root("1", DATA), Root("2", LINK / "2020")

    assert same([data], LINK, TOLD) == data
    assert covering([data], LINK / "2021", TOLD) == data
    assert inside([data, linked], DATA, TOLD) == [data, linked]
    assert parts([data, linked], LINK, TOLD) == [(data, DATA), (linked, LINK / "2020")]


def test_folders_are_compared_by_name_where_nothing_was_told() -> None:
    data = Root("1", DATA)

    assert same([data], LINK, BY_NAME) is None
    assert covering([data], LINK / "2021", BY_NAME) is None
    assert covering([data], DATA / "2021", BY_NAME) == data
    assert inside([data], DATA.parent, BY_NAME) == [data]
