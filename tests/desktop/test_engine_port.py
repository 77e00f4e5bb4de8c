"""The engine and its fake implement the port of the window."""

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


@pytest.mark.parametrize(("port", "implementation"), PORTS, ids=lambda kind: kind.__name__)
def test_implementation_has_every_method_of_the_port_with_the_same_signature(port: type, implementation: type) -> None:
    for name, declared in members(port).items():
        if isinstance(declared, property):
            continue  # the fake has attributes instead, which mypy checks
        function = getattr(implementation, name)
        assert parameters(function) == parameters(declared), name
        assert inspect.iscoroutinefunction(function) == inspect.iscoroutinefunction(declared), name


def test_the_engine_has_every_property_of_the_port() -> None:
    for port, implementation in PORTS[::2]:
        properties = [name for name, value in members(port).items() if isinstance(value, property)]
        assert all(isinstance(getattr(implementation, name), property) for name in properties)
