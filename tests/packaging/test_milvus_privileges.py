"""The privileges that the page about Milvus servers grants to a user, tested on a real server."""

from __future__ import annotations

import ast
import re
import time
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

import environment
from core.errors import VectorIndexError
from core.vectors.index import Row
from core.vectors.milvus import MilvusIndex, collection_name
from core.vectors.probe import probe
from core.vectors.schema import SERVER
from tests.helpers.limits import HANG_TIMEOUT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pymilvus import MilvusClient

    from core.vectors.connection import Server

PAGE = environment.CHECKOUT / "packaging" / "milvus" / "README.md"
MODEL = "restricted"
ROLE, PASSWORD = "photos", "a password"
GLOBAL_PRIVILEGES = frozenset({"CreateCollection", "DescribeCollection", "DropCollection"})
"""The grant call of this older server needs the object type of each privilege, and these are not "Collection"."""


def privileges() -> list[str]:
    """Return the privileges that the script on the page grants in its loop."""
    (loop,) = (
        node
        for script in re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
        for node in ast.parse(script).body
        if isinstance(node, ast.For)
    )
    names = (node.value for node in ast.walk(loop.iter) if isinstance(node, ast.Constant))
    return [str(name) for name in names]


@pytest.fixture
def root(server_address: Server) -> Iterator[MilvusClient]:
    """Return a client with all privileges on a new database."""
    from pymilvus import MilvusClient

    with closing(MilvusClient(server_address.uri, token=server_address.token, dedicated=True)) as client:
        client.create_database(MODEL)
        with closing(
            MilvusClient(server_address.uri, token=server_address.token, db_name=MODEL, dedicated=True)
        ) as own:
            yield own
            for name in own.list_collections():
                own.drop_collection(name)
        client.drop_database(MODEL)


@pytest.fixture
def restricted(root: MilvusClient, server_address: Server) -> Iterator[Server]:
    """Return the database with the credentials of a user who has only the privileges on the page."""
    kinds = {name: "Global" if name in GLOBAL_PRIVILEGES else "Collection" for name in privileges()}
    root.create_user(MODEL, PASSWORD)
    root.create_role(ROLE)
    for privilege, kind in kinds.items():
        root.grant_privilege(ROLE, kind, privilege, "*", db_name=MODEL)
    root.grant_role(MODEL, ROLE)
    yield replace(server_address, token=f"{MODEL}:{PASSWORD}", database=MODEL)
    for privilege, kind in kinds.items():
        root.revoke_privilege(ROLE, kind, privilege, "*", db_name=MODEL)
    root.drop_user(MODEL)
    root.drop_role(ROLE)


def make_all_calls(server: Server) -> None:
    """Make every call that Semblance makes, starting without a collection."""
    vectors = np.eye(3, dtype=np.float32)
    assert probe(server, MODEL, 3, SERVER).photos is None
    with closing(MilvusIndex(server, MODEL, 3, SERVER)) as index:
        index.upsert([Row(key, "root", f"{key}.jpg", "laptop: /photos", vector) for key, vector in enumerate(vectors)])
        index.flush()
        index.delete([0])
        assert [match.id for match in index.search(vectors[2:], 1)[0]] == [2]
        assert (index.existing([0, 1]), index.locations([1])[1].path) == ({1}, "1.jpg")
        assert (index.count(), index.count(["root"])) == (2, 2)
        assert probe(server, MODEL, 3, SERVER).photos == 2
        index.clear()


@pytest.mark.slow
def test_privileges_on_the_page_are_sufficient(root: MilvusClient, restricted: Server) -> None:
    deadline = time.monotonic() + HANG_TIMEOUT
    while True:
        try:
            make_all_calls(restricted)
            break
        except VectorIndexError as error:
            # New privileges reach the components of the server with an unknown delay.
            if "lacks the permission" not in str(error) or time.monotonic() > deadline:
                raise
            time.sleep(0.1)
            root.drop_collection(collection_name(MODEL, SERVER))
    root.release_collection(collection_name(MODEL, SERVER))
    assert probe(restricted, MODEL, 3, SERVER).photos == 0


@pytest.mark.slow
def test_privileges_on_the_page_apply_only_to_the_database(restricted: Server) -> None:
    with pytest.raises(VectorIndexError, match="lacks the permission"):
        MilvusIndex(replace(restricted, database=""), MODEL, 3, SERVER)
