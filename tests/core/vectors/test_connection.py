"""Error messages when a server cannot be reached. These tests need no Milvus."""

from __future__ import annotations

import time

import pytest

from core.errors import UnreachableIndexError
from core.vectors import connection
from core.vectors.connection import CONNECT_SECONDS, Server
from core.vectors.probe import ANSWER_SECONDS, probe
from core.vectors.schema import SERVER
from tests.helpers.limits import HANG_TIMEOUT
from tests.helpers.search_index.vector_rows import DIM
from tests.helpers.search_index.wrong_servers import TOKEN, closed_port, connection_error, is_temporary, silent_port


def test_refused_connection_is_reported_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "WAITS", (HANG_TIMEOUT,))
    with closed_port() as port:
        begun = time.monotonic()
        error = connection_error(Server(f"http://127.0.0.1:{port}", TOKEN))

    assert time.monotonic() - begun < HANG_TIMEOUT / 2
    assert is_temporary(error)
    assert str(error) == (
        f"The connection to http://127.0.0.1:{port} was refused. Check that Milvus is running there and that the port "
        "is correct."
    )


@pytest.mark.slow
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_silent_server_is_reported_after_a_timeout(scheme: str) -> None:
    with silent_port() as port:
        begun = time.monotonic()
        error = connection_error(Server(f"{scheme}://127.0.0.1:{port}", TOKEN))

    assert CONNECT_SECONDS - 1 < time.monotonic() - begun < 10 * CONNECT_SECONDS
    assert CONNECT_SECONDS + 1 <= ANSWER_SECONDS
    assert is_temporary(error)
    assert str(error).startswith(f"The Milvus server at {scheme}://127.0.0.1:{port} does not answer. Check that it is")


def test_waiting_for_a_silent_server_can_be_cancelled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "WAITS", (0.2, HANG_TIMEOUT))
    with silent_port() as port:
        begun = time.monotonic()
        error = connection_error(Server(f"http://127.0.0.1:{port}"), lambda: True)
        with pytest.raises(UnreachableIndexError) as tested:
            probe(Server(f"http://127.0.0.1:{port}"), "model", DIM, SERVER, lambda: True)

    assert time.monotonic() - begun < HANG_TIMEOUT / 2
    assert "does not answer" in str(error)
    assert str(tested.value) == str(error)


def test_unknown_host_name_is_reported() -> None:
    # A part of a host name has at most 63 characters, so this fails without a request to a name server.
    uri = f"http://{64 * 'x'}:19530"
    error = connection_error(Server(uri, TOKEN))

    assert is_temporary(error)
    assert str(error).startswith(f"The host name in {uri} was not found. Check its spelling")


@pytest.mark.parametrize(
    "uri",
    ["", "nonsense", "localhost:19530", "ftp://127.0.0.1", "http://", "http://[::1]:19530", "http://[", "http://h/x?y"],
)
def test_invalid_address_is_reported_with_an_example(uri: str) -> None:
    error = connection_error(Server(uri, TOKEN))

    assert not is_temporary(error)
    assert str(error).startswith(f'"{uri}" is not the address of a Milvus server.')
    assert str(error).endswith("http://localhost:19530.")


def test_address_with_a_password_is_refused_and_not_shown() -> None:
    error = connection_error(Server(f"http://{TOKEN}@127.0.0.1:19530"))

    assert "Enter user:password as the token instead." in str(error)


def test_repr_of_a_server_hides_the_token() -> None:
    assert TOKEN not in repr(Server("http://127.0.0.1", TOKEN))


@pytest.mark.parametrize(
    ("server", "location"),
    [
        (Server("http://h:1"), "http://h:1"),
        (Server("http://h:1/", TOKEN), "http://h:1"),
        (Server("http://h:1", TOKEN, "photos", "ca.pem"), "http://h:1/photos"),
    ],
)
def test_location_is_the_address_and_the_database(server: Server, location: str) -> None:
    assert server.location == location
