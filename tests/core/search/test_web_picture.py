"""Pictures are fetched from local servers, good ones and bad ones."""

from __future__ import annotations

import socket
import ssl
from contextlib import closing, suppress
from itertools import chain, repeat
from math import inf
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import DecodeError
from core.search import web_picture
from core.search.web_picture import Limits, fetch_picture
from tests.helpers.engine import file_server, raw_server
from tests.helpers.engine.file_server import HostedFile
from tests.helpers.search_index.certificates import ELSEWHERE, HERE, Authority, make_authority, tls_proxy

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from tests.helpers.engine.file_server import FileServer
    from tests.helpers.engine.raw_server import RawServer

PICTURE = bytes(range(256)) * 1000


@pytest.fixture
def server() -> Iterator[FileServer]:
    with file_server.running() as server:
        yield server


@pytest.fixture
def raw() -> Iterator[RawServer]:
    with raw_server.running() as server:
        yield server


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return make_authority(tmp_path_factory.mktemp("tls") / "authority")


@pytest.fixture
def trusted(authority: Authority, monkeypatch: pytest.MonkeyPatch) -> Authority:
    context = ssl.create_default_context(cafile=str(authority.file))
    monkeypatch.setattr(web_picture, "ssl_context", lambda: context)
    return authority


def hosts(monkeypatch: pytest.MonkeyPatch, known: dict[str, str]) -> list[str]:
    """Let host names have these addresses, and return the list of the names that are looked up."""
    lookups: list[str] = []

    def ip_addresses(host: str) -> list[str]:
        lookups.append(host)
        return known[host].split()

    monkeypatch.setattr(web_picture, "ip_addresses", ip_addresses)
    return lookups


def sending(parts: Iterable[bytes]) -> Callable[[socket.socket], None]:
    def answer(connection: socket.socket) -> None:
        for part in parts:
            connection.sendall(part)

    return answer


def wait_until_the_client_leaves(connection: socket.socket) -> None:
    connection.recv(1)


def test_picture_is_fetched_with_nothing_that_tells_about_the_user(server: FileServer) -> None:
    assert fetch_picture(server.host("/a%20b?c", HostedFile(PICTURE)).replace("%20", " ")) == PICTURE
    (headers,) = server.headers
    assert headers == {
        "Host": server.address.removeprefix("http://"),
        "Accept-Encoding": "identity",
        "User-Agent": "Semblance",
        "Accept": "image/*, */*;q=0.5",
        "Connection": "close",
    }


@pytest.mark.parametrize(
    "head", [b"HTTP/1.0 200 OK\r\n\r\n", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"]
)
def test_length_need_not_be_announced(raw: RawServer, head: bytes) -> None:
    raw.answer = sending([head] if b"abc" in head else [head, b"abc"])
    assert fetch_picture(raw.address) == b"abc"


def test_redirects_are_followed_up_to_the_limit(server: FileServer) -> None:
    server.host("/3", HostedFile(PICTURE))
    server.host("/2", HostedFile(b"", redirect_to="3"))
    server.host("/1", HostedFile(b"", redirect_to="/2"))
    first = server.host("/0", HostedFile(b"", redirect_to=f"{server.address}/1"))
    assert fetch_picture(first, Limits(redirects=3)) == PICTURE
    with pytest.raises(DecodeError, match="redirects more than 2 times"):
        fetch_picture(first, Limits(redirects=2))


def test_redirects_in_a_circle_end(server: FileServer) -> None:
    with pytest.raises(DecodeError, match="redirects more than 5 times"):
        fetch_picture(server.host("/a", HostedFile(b"", redirect_to="/a")))
    assert len(server.requests) == 6


@pytest.mark.parametrize(
    "host", ["127.0.0.2", "localhost", "10.0.0.1", "169.254.169.254", "[::1]", "[::ffff:127.0.0.1]", "2130706433", "0"]
)
def test_redirect_into_a_private_network_is_refused(server: FileServer, host: str) -> None:
    server.host("/b", HostedFile(PICTURE))
    address = server.host("/a", HostedFile(b"", redirect_to=f"http://{host}:{server.server_port}/b"))
    with pytest.raises(DecodeError, match="is this computer or in a private network"):
        fetch_picture(address)
    assert len(server.requests) == 1


def test_redirect_is_refused_if_one_of_several_addresses_is_private(
    server: FileServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    hosts(monkeypatch, {"127.0.0.1": "127.0.0.1", "b.example": "1.1.1.1 127.0.0.1"})
    with pytest.raises(DecodeError, match=r"b\.example, which is this computer"):
        fetch_picture(server.host("/a", HostedFile(b"", redirect_to="http://b.example/")))


def test_host_that_the_user_typed_may_be_private_and_is_looked_up_once(
    server: FileServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    lookups = hosts(monkeypatch, {"a.example": "127.0.0.1"})
    server.host("/a", HostedFile(b"", redirect_to="/b"))
    server.host("/b", HostedFile(PICTURE))
    assert fetch_picture(f"http://a.example:{server.server_port}/a") == PICTURE
    assert lookups == ["a.example"]


def test_connection_is_made_to_the_address_that_was_checked(
    server: FileServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    hosts(monkeypatch, {"a.example": "127.0.0.1", "b.example": "127.0.0.1"})
    checked: list[str] = []

    def is_public(ip: str) -> bool:
        checked.append(ip)
        return True

    monkeypatch.setattr(web_picture, "is_public", is_public)
    server.host("/a", HostedFile(b"", redirect_to=f"http://b.example:{server.server_port}/b"))
    server.host("/b", HostedFile(PICTURE))
    # No server for names knows these hosts, so the connections are to the addresses.
    assert fetch_picture(f"http://a.example:{server.server_port}/a") == PICTURE
    assert checked == ["127.0.0.1"]
    assert [headers["Host"].split(":")[0] for headers in server.headers] == ["a.example", "b.example"]


def test_further_addresses_of_a_host_are_tried(server: FileServer, monkeypatch: pytest.MonkeyPatch) -> None:
    hosts(monkeypatch, {"a.example": "127.0.0.9 127.0.0.1"})
    server.host("/a", HostedFile(PICTURE))
    assert fetch_picture(f"http://a.example:{server.server_port}/a") == PICTURE


@pytest.mark.parametrize("location", ["file:///etc/hostname", "ftp://127.0.0.1/a"])
def test_redirect_to_anything_but_the_web_is_refused(server: FileServer, location: str) -> None:
    with pytest.raises(DecodeError, match="not a web address"):
        fetch_picture(server.host("/a", HostedFile(b"", redirect_to=location)))


def test_encrypted_server_needs_a_certificate_for_its_name(server: FileServer, trusted: Authority) -> None:
    server.host("/a", HostedFile(PICTURE))
    with tls_proxy(trusted.certify(HERE), server.server_port, "http/1.1") as port:
        assert fetch_picture(f"https://127.0.0.1:{port}/a") == PICTURE
    with (
        tls_proxy(trusted.certify(ELSEWHERE), server.server_port, "http/1.1") as port,
        pytest.raises(DecodeError, match=r"No secure connection to 127\.0\.0\.1 is possible: IP address mismatch"),
    ):
        fetch_picture(f"https://127.0.0.1:{port}/a")
    with pytest.raises(DecodeError, match="No secure connection"):
        fetch_picture(f"https://127.0.0.1:{server.server_port}/a")


def test_encrypted_server_is_asked_for_by_its_name(
    server: FileServer, trusted: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    hosts(monkeypatch, {"elsewhere.example": "127.0.0.1"})
    server.host("/a", HostedFile(PICTURE))
    connect = socket.create_connection
    with tls_proxy(trusted.certify(ELSEWHERE), server.server_port, "http/1.1") as port:

        def connect_to_proxy(place: tuple[str, int], timeout: float) -> socket.socket:
            assert place == ("127.0.0.1", 443)
            return connect(("127.0.0.1", port), timeout)

        monkeypatch.setattr(socket, "create_connection", connect_to_proxy)
        assert fetch_picture("https://elsewhere.example/a") == PICTURE
    assert server.headers[0]["Host"] == "elsewhere.example"


def test_redirect_from_an_encrypted_server_must_be_encrypted_too(server: FileServer, trusted: Authority) -> None:
    server.host("/b", HostedFile(PICTURE))
    server.host("/a", HostedFile(b"", redirect_to=f"{server.address}/b"))
    with (
        tls_proxy(trusted.certify(HERE), server.server_port, "http/1.1") as port,
        pytest.raises(DecodeError, match="without encryption"),
    ):
        fetch_picture(f"https://127.0.0.1:{port}/a")


def test_too_large_picture_is_refused_before_it_is_read(raw: RawServer) -> None:
    def announce(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 50000001\r\n\r\n")
        wait_until_the_client_leaves(connection)

    raw.answer = announce
    with pytest.raises(DecodeError, match="larger than 50 MB"):
        fetch_picture(raw.address)


def test_endless_picture_is_refused_at_the_limit(raw: RawServer) -> None:
    raw.answer = sending(chain([b"HTTP/1.1 200 OK\r\n\r\n"], repeat(bytes(1 << 16))))
    with pytest.raises(DecodeError, match="larger than 2 MB"):
        fetch_picture(raw.address, Limits(size=2_000_000))


def test_picture_may_have_exactly_the_largest_size(server: FileServer) -> None:
    address = server.host("/a", HostedFile(PICTURE))
    assert fetch_picture(address, Limits(size=len(PICTURE))) == PICTURE
    with pytest.raises(DecodeError, match="larger than"):
        fetch_picture(address, Limits(size=len(PICTURE) - 1))


@pytest.mark.parametrize(
    ("head", "endless"),
    [(b"HTTP/1.1 200 OK\r\n\r\n", b"x"), (b"", b"HTTP/1.1 100 Continue\r\n\r\n")],
    ids=["picture", "head"],
)
def test_server_that_always_sends_a_little_is_given_up(raw: RawServer, head: bytes, endless: bytes) -> None:
    raw.answer = sending(chain([head], repeat(endless)))
    with pytest.raises(DecodeError, match=r"127\.0\.0\.1 is too slow"):
        fetch_picture(raw.address, Limits(duration=0.1))


def test_server_that_does_not_answer_is_given_up(raw: RawServer) -> None:
    raw.answer = wait_until_the_client_leaves
    with pytest.raises(DecodeError, match=r"127\.0\.0\.1 is too slow"):
        fetch_picture(raw.address, Limits(silence=0.05, duration=inf))


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nA\r\nabc",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nnumber\r\nabc",
        b"SSH-2.0-OpenSSH_9\r\n",
        b"",
    ],
)
def test_incomplete_and_invalid_answers_are_reported(raw: RawServer, answer: bytes) -> None:
    raw.answer = sending([answer])
    with pytest.raises(DecodeError, match=r"127\.0\.0\.1 sent an answer that is invalid or incomplete"):
        fetch_picture(raw.address)


@pytest.mark.parametrize(
    ("status", "error"),
    [
        ("404 Not Found", "has nothing at this address"),
        ("410 Gone", "has nothing at this address"),
        ("403 Forbidden", "does not give this picture to programs"),
        ("500 \x1b[2J", r"^127\.0\.0\.1 answered with the error 500\."),
        ("302 Found", "the error 302"),
        ("304 Not Modified", "the error 304"),
    ],
)
def test_refusals_are_put_into_plain_words(raw: RawServer, status: str, error: str) -> None:
    raw.answer = sending([f"HTTP/1.1 {status}\r\nContent-Type: text/html\r\nContent-Length: 0\r\n\r\n".encode()])
    with pytest.raises(DecodeError, match=error):
        fetch_picture(raw.address)


@pytest.mark.parametrize("kind", ["text/html", "Text/HTML; charset=utf-8", "application/xhtml+xml"])
def test_web_page_is_not_taken_for_a_picture(server: FileServer, kind: str) -> None:
    with pytest.raises(DecodeError, match="This is a web page, not a picture"):
        fetch_picture(server.host("/a", HostedFile(b"<html>", headers={"Content-Type": kind})))


def test_server_that_is_not_there_is_named() -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(DecodeError, match=r"127\.0\.0\.1 could not be reached \(Connection refused\)"):
        fetch_picture(f"http://127.0.0.1:{port}/")


def test_unknown_host_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def getaddrinfo(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    with pytest.raises(DecodeError, match=r"a\.example could not be reached \(Name or service not known\)"):
        fetch_picture("http://a.example/")


def test_environment_does_not_send_the_request_to_a_proxy(server: FileServer, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    assert fetch_picture(server.host("/a", HostedFile(PICTURE))) == PICTURE


def test_no_answer_has_an_unexpected_effect() -> None:
    with raw_server.running() as raw:

        @settings(max_examples=60)
        @given(st.binary(max_size=40), st.sampled_from([b"", b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 302 OK\r\nLocation: "]))
        def check(rest: bytes, head: bytes) -> None:
            raw.answer = sending([head + rest])
            with suppress(DecodeError):
                assert len(fetch_picture(raw.address, Limits(duration=5))) <= len(rest)

        check()
