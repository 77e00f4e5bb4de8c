"""Behaviour that only a real server with authentication shows."""

from __future__ import annotations

import os
import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from core.errors import UnreachableIndexError, VectorIndexError
from core.vectors.connection import Server, connect
from core.vectors.milvus import SEARCH_SECONDS, MilvusIndex, collection_name
from core.vectors.probe import ANSWER_SECONDS, probe
from core.vectors.schema import SERVER
from tests.helpers.limits import HANG_TIMEOUT
from tests.helpers.search_index.certificates import HERE, make_authority, tls_proxy
from tests.helpers.search_index.milvus_server import TOKEN, is_available, milvus_server
from tests.helpers.search_index.vector_rows import DIM, SHARED, axis, ids, row, rows, units

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from core.vectors.index import Match

GUEST = "guest:Guest123"
DATABASE = "photos"


@pytest.fixture(scope="module")
def encrypted(server_address: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Yield the server behind a TLS proxy, whose certificate an authority of this test has issued."""
    authority = make_authority(tmp_path_factory.mktemp("tls") / "authority")
    target = urlsplit(server_address.uri).port or 0
    with tls_proxy(authority.certify(HERE), target) as port:
        yield Server(f"https://127.0.0.1:{port}", TOKEN, ca_file=str(authority.file))


@pytest.fixture(scope="module")
def guest(server_address: Server) -> Server:
    """Return the server with the token of a user without any permissions."""
    user, _, password = GUEST.partition(":")
    with closing(connect(server_address)) as client:
        client.create_user(user, password)
    return Server(server_address.uri, GUEST)


def failure(server: Server, dim: int = DIM) -> str:
    """Return the error that opening an index and testing the connection share, and that is not worth a retry."""
    with pytest.raises(VectorIndexError) as opening:
        MilvusIndex(server, SHARED, dim, SERVER)
    with pytest.raises(VectorIndexError) as testing:
        probe(server, SHARED, dim, SERVER)
    assert str(opening.value) == str(testing.value)
    assert not isinstance(opening.value, UnreachableIndexError)
    return str(opening.value)


def search_until_it_answers(index: MilvusIndex) -> list[Match]:
    """Search until the server answers. Until then, it may only be reported as unreachable."""
    deadline = time.monotonic() + HANG_TIMEOUT
    while True:
        try:
            return index.search(axis(0), 5)[0]
        except UnreachableIndexError:
            if time.monotonic() > deadline:
                raise


@pytest.mark.parametrize("token", ["root:wrong", "nobody:Milvus", "rubbish"])
def test_wrong_token_is_reported_but_not_shown(server_address: Server, token: str) -> None:
    assert failure(Server(server_address.uri, token)) == (
        f"The Milvus server at {server_address.uri} refused the token. "
        "Check the user name and password, or the API key."
    )


def test_missing_token_is_reported(server_address: Server) -> None:
    assert failure(Server(server_address.uri)) == (
        f"The Milvus server at {server_address.uri} requires a token. Enter the user name and password, or an API key."
    )


def test_missing_database_is_reported(server_address: Server) -> None:
    assert failure(Server(server_address.uri, TOKEN, "holidays")) == (
        f'The Milvus server at {server_address.uri} has no database "holidays". Create it there, or leave the database '
        "name empty."
    )


def test_missing_permission_is_reported(guest: Server) -> None:
    with pytest.raises(VectorIndexError, match="the user lacks the permission") as error:
        MilvusIndex(guest, "model of a guest", DIM, SERVER)

    assert not isinstance(error.value, UnreachableIndexError)
    assert GUEST.partition(":")[2] not in str(error.value)


def test_collection_of_another_dimension_is_refused(server_address: Server, emptied_server: MilvusIndex) -> None:
    emptied_server.upsert(rows(units(3)))

    assert f"have {DIM} numbers, not {DIM + 1}. Delete the collection, or choose another model." in failure(
        server_address, DIM + 1
    )
    assert emptied_server.count() == 3


def test_each_database_has_its_own_collections(server_address: Server, emptied_server: MilvusIndex) -> None:
    emptied_server.upsert(rows(units(3)))
    with closing(connect(server_address)) as client:
        client.create_database(DATABASE)

    with closing(MilvusIndex(Server(server_address.uri, TOKEN, DATABASE), SHARED, DIM, SERVER)) as other:
        other.upsert(rows(units(1)))

        assert (emptied_server.count(), other.count()) == (3, 1)
        assert ids(other.search(axis(0), 10)[0]) == [1]


def test_deleted_row_is_not_found_by_the_next_search(emptied_server: MilvusIndex) -> None:
    for number in range(5):
        emptied_server.upsert(rows(axis(number)))
        assert ids(emptied_server.search(axis(number), 5)[0]) == [1]

        emptied_server.delete([1])

        assert ids(emptied_server.search(axis(number), 5)[0]) == []


def test_rows_that_two_programs_write_are_stored_once(server_address: Server, emptied_server: MilvusIndex) -> None:
    with closing(MilvusIndex(server_address, SHARED, DIM, SERVER)) as other:
        emptied_server.upsert(rows(units(20)))
        other.upsert(rows(units(20), first_id=11))

        assert emptied_server.count() == other.count() == 30
        assert sorted(ids(other.search(axis(0), 100)[0])) == list(range(1, 31))


def test_rows_that_two_programs_write_simultaneously_are_stored_once(
    server_address: Server, emptied_server: MilvusIndex
) -> None:
    start = threading.Barrier(2)

    def write(index: MilvusIndex) -> None:
        start.wait()
        for first in range(1, 301, 30):
            index.upsert([row(key, units(1, key)[0]) for key in range(first, first + 50)])

    with closing(MilvusIndex(server_address, SHARED, DIM, SERVER)) as other, ThreadPoolExecutor(2) as pool:
        list(pool.map(write, (emptied_server, other)))

        assert emptied_server.count() == other.count() == 320
        assert sorted(ids(other.search(axis(0), 1000)[0])) == list(range(1, 321))


def test_two_programs_can_create_the_collection_simultaneously(server_address: Server) -> None:
    start = threading.Barrier(2)

    def make(first_id: int) -> MilvusIndex:
        start.wait()
        index = MilvusIndex(server_address, "made at once", DIM, SERVER)
        index.upsert(rows(units(5), first_id))
        return index

    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(make, (1, 4))
    with closing(first), closing(second):
        assert first.count() == second.count() == 8


def test_server_behind_tls_works_with_the_certificate_of_its_authority(
    encrypted: Server, emptied_server: MilvusIndex
) -> None:
    with closing(MilvusIndex(encrypted, SHARED, DIM, SERVER)) as index:
        index.upsert(rows(units(20)))

        assert index.count() == emptied_server.count() == 20
        assert ids(index.search(units(20)[6:7], 1)[0]) == [7]
    assert probe(encrypted, SHARED, DIM, SERVER).photos == 20


def test_certificate_is_checked_even_if_another_connection_is_open(encrypted: Server) -> None:
    with closing(MilvusIndex(encrypted, SHARED, DIM, SERVER)):
        assert "is not trusted" in failure(Server(encrypted.uri, TOKEN))


def test_probe_describes_a_server_and_creates_nothing_on_it(server_address: Server) -> None:
    report = probe(server_address, "never written", DIM, SERVER)

    assert "2.3.5" in report.version
    assert report.latency_ms > 0
    assert report.photos is None
    with closing(connect(server_address)) as client:
        assert not client.has_collection(collection_name("never written", SERVER))


def test_probe_counts_the_photos(server_address: Server, emptied_server: MilvusIndex) -> None:
    emptied_server.upsert(rows(units(7)))

    assert probe(server_address, SHARED, DIM, SERVER).photos == 7
    assert probe(server_address, SHARED, None, SERVER).photos == 7, "the length of the embeddings need not be known"


@pytest.mark.slow
def test_unreachable_server_fails_every_call_until_it_is_back(tmp_path: Path) -> None:
    if not is_available():
        pytest.skip("needs the package milvus, which carries a server for Linux")
    with milvus_server(tmp_path / "server") as running:
        server = Server(running.uri, TOKEN)
        with closing(MilvusIndex(server, SHARED, DIM, SERVER)) as index:
            index.upsert(rows(units(20)))
            index.flush()

            os.kill(running.pid, signal.SIGSTOP)
            begun = time.monotonic()
            with pytest.raises(UnreachableIndexError, match="does not answer"):
                index.search(axis(0), 5)
            assert time.monotonic() - begun < 10 * SEARCH_SECONDS
            begun = time.monotonic()
            with pytest.raises(UnreachableIndexError, match="does not answer"):
                probe(server, SHARED, DIM, SERVER)
            assert time.monotonic() - begun < 10 * ANSWER_SECONDS
            os.kill(running.pid, signal.SIGCONT)
            assert len(search_until_it_answers(index)) == 5

            running.kill()
            with pytest.raises(UnreachableIndexError):
                index.search(axis(0), 5)
            with pytest.raises(UnreachableIndexError, match="was refused"):
                index.upsert(rows(units(20)))

    with (
        milvus_server(tmp_path / "server", running.port),
        closing(MilvusIndex(server, SHARED, DIM, SERVER)) as index,
    ):
        assert index.count() == 20
        assert ids(index.search(units(20)[6:7], 1)[0]) == [7]
