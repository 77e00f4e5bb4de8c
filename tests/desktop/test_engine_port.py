"""The window's port holds what the engine really offers."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING

import pytest

from core.engine import Engine
from core.search_index.service import SearchIndex
from desktop import engine_port
from tests.helpers.desktop.fake_engine import FakeEngine
from tests.helpers.desktop.fake_search_index import FakeIndex

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

PORTS = [
    (engine_port.EnginePort, Engine),
    (engine_port.EnginePort, FakeEngine),
    (engine_port.SearchIndex, SearchIndex),
    (engine_port.SearchIndex, FakeIndex),
]


def members(port: type) -> dict[str, Callable[..., object] | property]:
    return {name: value for name, value in vars(port).items() if not name.startswith("_")}


def parameters(function: Callable[..., object]) -> Sequence[tuple[object, ...]]:
    signature = inspect.signature(function)
    return [(each.name, each.kind, each.default, str(each.annotation)) for each in signature.parameters.values()][1:]


@pytest.mark.parametrize(("port", "offered"), PORTS, ids=lambda kind: kind.__name__)
def test_what_the_window_asks_for_is_offered_with_the_same_signature(port: type, offered: type) -> None:
    for name, asked in members(port).items():
        if isinstance(asked, property):
            continue  # the fake's are attributes, which mypy compares
        function = getattr(offered, name)
        assert parameters(function) == parameters(asked), name
        assert inspect.iscoroutinefunction(function) == inspect.iscoroutinefunction(asked), name


def test_the_port_names_properties_that_the_engine_has() -> None:
    for port, offered in PORTS[::2]:
        properties = [name for name, value in members(port).items() if isinstance(value, property)]
        assert all(isinstance(getattr(offered, name), property) for name in properties)
