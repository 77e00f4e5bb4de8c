from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.library.settings import IndexSettings
from core.types import IndexType
from desktop.settings.index_form import format_type, parse_type
from desktop.settings.search_index_page import ChosenIndex
from desktop.settings.server_address import address_error, normalise
from tests.helpers.desktop.settings_dialog import SECRET

HNSW = IndexType("HNSW", (("M", 16), ("efConstruction", 200)), (("ef", 128),))


@given(st.text())
def test_any_text_can_be_checked_as_an_address(text: str) -> None:
    assert isinstance(address_error(normalise(text)), str)


@pytest.mark.parametrize(
    "address", [" https://in01.cloud.example:443/ ", "http://10.0.0.3:19530", "http://[::1]:19530"]
)
def test_a_valid_server_address_is_accepted(address: str) -> None:
    assert address_error(normalise(address)) == ""


@given(st.fixed_dictionaries({"M": st.integers(2, 99), "efConstruction": st.integers(1, 999), "ef": st.integers(1)}))
def test_an_index_type_survives_formatting_and_parsing(values: dict[str, int]) -> None:
    name, given_values = parse_type(format_type(HNSW, values))
    assert name == "HNSW"
    assert {"M": 16, "efConstruction": 200, "ef": 128} | given_values == values


def test_default_parameters_are_left_out() -> None:
    assert format_type(HNSW, {"M": 32, "efConstruction": 200, "ef": 256}) == "HNSW,M=32,ef=256"
    assert format_type(HNSW, {"M": 16, "efConstruction": 200, "ef": 128}) == "HNSW"


def test_the_repr_of_a_chosen_index_hides_the_secret() -> None:
    assert SECRET not in repr(ChosenIndex(IndexSettings(), SECRET))
