"""What only a real server does, with its authentication switched on."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from pymilvus import MilvusClient

from core.errors import VectorIndexError
from core.vectors.index import Row
from core.vectors.milvus import MilvusIndex, collection_name
from tests.core.vectors.rows import DIM, axis, ids, rows, units
from tests.core.vectors.test_contract import NAMES

if TYPE_CHECKING:
    from tests.core.vectors.conftest import Address


@pytest.mark.parametrize("token", ["", "root:wrong", "nobody:Milvus", "rubbish"])
def test_wrong_token_is_said_to_be_wrong(server_address: Address, token: str) -> None:
    with pytest.raises(VectorIndexError, match=r"(?i)token|password") as error:
        MilvusIndex(server_address.uri, token, "model", DIM)

    assert server_address.uri in str(error.value)
    if token:
        assert token not in str(error.value)


def test_collection_of_another_dimension_is_refused(server_address: Address, emptied_server: MilvusIndex) -> None:
    emptied_server.upsert(rows(units(3)))

    with pytest.raises(VectorIndexError, match=rf"have {DIM} numbers, not {DIM + 1}. Delete it there, or choose"):
        MilvusIndex(server_address.uri, server_address.token, "shared", DIM + 1)

    assert emptied_server.count() == 3


def test_deleted_row_is_not_found_by_the_next_search(emptied_server: MilvusIndex) -> None:
    for number in range(5):
        emptied_server.upsert(rows(axis(number)))
        assert ids(emptied_server.search(axis(number), 5)[0]) == [1]

        emptied_server.delete([1])

        assert ids(emptied_server.search(axis(number), 5)[0]) == []


def test_two_programs_write_the_same_rows_once(server_address: Address, emptied_server: MilvusIndex) -> None:
    with closing(MilvusIndex(server_address.uri, server_address.token, "shared", DIM)) as other:
        emptied_server.upsert(rows(units(20)))
        other.upsert(rows(units(20), first_id=11))

        assert emptied_server.count() == other.count() == 30
        assert sorted(ids(other.search(axis(0), 100)[0])) == list(range(1, 31))


def test_paths_are_kept_and_undecodable_bytes_as_escapes(server_address: Address, emptied_server: MilvusIndex) -> None:
    paths = [*NAMES, "\U0001f3d6" * 1000, "\udcff" * 4000]
    emptied_server.upsert([Row(key, "root", path, axis(0)[0]) for key, path in enumerate(paths)])
    emptied_server.count()

    with closing(MilvusClient(server_address.uri, token=server_address.token)) as client:
        kept = client.query(collection_name("shared"), filter="id >= 0", output_fields=["path"])

    assert {row["id"]: row["path"] for row in kept} == {
        key: path.encode("utf-8", "backslashreplace").decode() for key, path in enumerate(paths)
    }
