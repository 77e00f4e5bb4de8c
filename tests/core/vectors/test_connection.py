"""What a person is told when a server cannot be spoken to. None of this needs a Milvus."""

from __future__ import annotations

import time

import pytest

from core.errors import UnreachableIndexError
from core.vectors import connection
from core.vectors.connection import CONNECT_SECONDS, Server
from core.vectors.probe import ANSWER_SECONDS, probe
from core.vectors.schema import SERVER
from tests.helpers.limits import HANGING
from tests.helpers.search_index.vector_rows import DIM
from tests.helpers.search_index.wrong_servers import TOKEN, failure, nobody, passes, silent


def test_refused_connection_is_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "WAITS", (HANGING,))
    with nobody() as port:
        begun = time.monotonic()
        error = failure(Server(f"http://127.0.0.1:{port}", TOKEN))

    assert time.monotonic() - begun < HANGING / 2
    assert passes(error)
    assert str(error) == (
        f"The connection to http://127.0.0.1:{port} was refused. Check that Milvus is running there and that the port "
        "is correct."
    )


@pytest.mark.slow
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_silence_is_told_after_a_while(scheme: str) -> None:
    with silent() as port:
        begun = time.monotonic()
        error = failure(Server(f"{scheme}://127.0.0.1:{port}", TOKEN))

    assert CONNECT_SECONDS - 1 < time.monotonic() - begun < 10 * CONNECT_SECONDS
    assert CONNECT_SECONDS + 1 <= ANSWER_SECONDS
    assert passes(error)
    assert str(error).startswith(f"The Milvus server at {scheme}://127.0.0.1:{port} does not answer. Check that it is")


def test_waiting_in_silence_can_be_cancelled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "WAITS", (0.2, HANGING))
    with silent() as port:
        begun = time.monotonic()
        error = failure(Server(f"http://127.0.0.1:{port}"), lambda: True)
        with pytest.raises(UnreachableIndexError) as tested:
            probe(Server(f"http://127.0.0.1:{port}"), "model", DIM, SERVER, lambda: True)

    assert time.monotonic() - begun < HANGING / 2
    assert "does not answer" in str(error)
    assert str(tested.value) == str(error)


def test_name_that_is_unknown_is_told_to_be() -> None:
    # No name server needs to be asked about a name that is longer than names are.
    uri = f"http://{64 * 'x'}:19530"
    error = failure(Server(uri, TOKEN))

    assert passes(error)
    assert str(error).startswith(f"The host name in {uri} was not found. Check its spelling")


@pytest.mark.parametrize(
    "uri",
    ["", "nonsense", "localhost:19530", "ftp://127.0.0.1", "http://", "http://[::1]:19530", "http://[", "http://h/x?y"],
)
def test_address_that_is_none_is_told_to_be(uri: str) -> None:
    error = failure(Server(uri, TOKEN))

    assert not passes(error)
    assert str(error).startswith(f'"{uri}" is not the address of a Milvus server.')
    assert str(error).endswith("http://localhost:19530.")


def test_address_with_a_password_is_refused_and_not_shown() -> None:
    error = failure(Server(f"http://{TOKEN}@127.0.0.1:19530"))

    assert "Enter user:password as the token instead." in str(error)


def test_token_is_not_shown() -> None:
    assert TOKEN not in repr(Server("http://127.0.0.1", TOKEN))


@pytest.mark.parametrize(
    ("server", "location"),
    [
        (Server("http://h:1"), "http://h:1"),
        (Server("http://h:1/", TOKEN), "http://h:1"),
        (Server("http://h:1", TOKEN, "photos", "ca.pem"), "http://h:1/photos"),
    ],
)
def test_place_is_the_address_and_the_database(server: Server, location: str) -> None:
    assert server.location == location
