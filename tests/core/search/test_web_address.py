from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import DecodeError
from core.search.web_address import WebAddress, is_public, is_web_address, parse, without_credentials

ODD_TEXT = st.binary().map(lambda data: data.decode("utf-8", "surrogateescape")) | st.text(
    "/:@?#[]%.\\ \t\r\n\0-0aäß\u3002", max_size=20
)


@pytest.mark.parametrize("text", ["http://a/b.jpg", "HTTPS://a/b.jpg", "https://"])
def test_what_begins_as_a_web_address_is_one(text: str) -> None:
    assert is_web_address(text)


@pytest.mark.parametrize("text", ["http.jpg", "http:/a", "photos/http://a", "ftp://a/b.jpg", "file:///b.jpg", ""])
def test_anything_else_is_a_path(text: str) -> None:
    assert not is_web_address(text)


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("http://a.example", WebAddress("http", "a.example", 80, "a.example", "/")),
        ("HTTPS://A.example./B?c=d#e", WebAddress("https", "a.example", 443, "a.example", "/B?c=d")),
        ("https://a.example:80/", WebAddress("https", "a.example", 80, "a.example:80", "/")),
        ("http://[::1]:8000/", WebAddress("http", "::1", 8000, "[::1]:8000", "/")),
        (
            "http://bücher.example/ä b%20c",
            WebAddress("http", "xn--bcher-kva.example", 80, "xn--bcher-kva.example", "/%C3%A4%20b%20c"),
        ),
    ],
)
def test_address_is_taken_apart_for_a_request(text: str, address: WebAddress) -> None:
    assert parse(text) == address


@pytest.mark.parametrize(
    "text",
    [
        "http://",
        "http:///b.jpg",
        "http://a:b/",
        "http://a:99999/",
        "http://[a]/",
        "http://[::1",
        "http://a..b/",
        "http://$/",
        "http://[fe80::1%eth0]/",
        "http://a/\udc80",
        "ftp://a/b.jpg",
        "b.jpg",
    ],
)
def test_invalid_addresses_are_refused(text: str) -> None:
    with pytest.raises(DecodeError, match="not a valid web address"):
        parse(text)


@pytest.mark.parametrize("credentials", ["user:secret@", "secret@", ":secret@", "user:p@secret@"])
def test_passwords_are_refused_and_not_repeated(credentials: str) -> None:
    text = f"HTTP://{credentials}a.example/@b.jpg"
    with pytest.raises(DecodeError, match="user name or password") as refused:
        parse(text)
    assert "secret" not in str(refused.value)
    assert without_credentials(text) == "HTTP://a.example/@b.jpg"


@given(ODD_TEXT)
def test_no_address_has_an_unexpected_effect(text: str) -> None:
    with suppress(DecodeError):
        address = parse(f"http://{text}")
        request = f"{address.host} {address.authority} {address.target}"
        assert request.isascii()
        assert request.isprintable()
        assert request.count(" ") == 2


@given(st.sampled_from(["", "//", "http://"]), st.binary())
def test_no_redirect_has_an_unexpected_effect(start: str, rest: bytes) -> None:
    location = start + rest.decode("latin-1")
    with suppress(DecodeError):
        assert parse("http://a.example/b/").redirected(location).text.isascii()


@pytest.mark.parametrize(
    ("location", "text"),
    [
        ("c.jpg", "https://a.example/b/c.jpg"),
        ("/c.jpg", "https://a.example/c.jpg"),
        ("//c.example/", "https://c.example/"),
        ("https://c.example:1/ä".encode().decode("latin-1"), "https://c.example:1/%C3%A4"),
    ],
)
def test_redirect_may_be_relative(location: str, text: str) -> None:
    assert parse("https://a.example/b/").redirected(location).text == text


@pytest.mark.parametrize(
    "location",
    ["file:///etc/passwd", "ftp://a.example/", "data:image/png;base64,AAAA", "javascript:0", "http:b", "//["],
)
def test_redirect_must_lead_to_a_web_address(location: str) -> None:
    with pytest.raises(DecodeError, match="not a web address"):
        parse("https://a.example/").redirected(location)


def test_redirect_must_not_end_the_encryption() -> None:
    with pytest.raises(DecodeError, match="without encryption"):
        parse("https://a.example/").redirected("http://a.example/")
    assert parse("http://a.example/").redirected("https://a.example/").scheme == "https"


@pytest.mark.parametrize("ip", ["1.1.1.1", "2606:4700::1111", "::ffff:1.1.1.1", "64:ff9b::1.1.1.1", "2002:101:101::"])
def test_addresses_on_the_internet_are_public(ip: str) -> None:
    assert is_public(ip)


@pytest.mark.parametrize(
    "ip",
    [
        "127.0.0.1",
        "127.0.0.2",
        "10.0.0.1",
        "172.16.0.1",
        "192.168.0.1",
        "100.64.0.1",
        "169.254.169.254",
        "0.0.0.0",
        "224.0.0.1",
        "239.1.1.1",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "fe80::1",
        "fe80::1%eth0",
        "fd00::1",
        "ff02::1",
        "ff0e::1",
        "::127.0.0.1",
        "4000::1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "64:ff9b::10.0.0.1",
        "64:ff9b::127.0.0.1",
        "2002:7f00:1::",
    ],
)
def test_other_addresses_are_not_public(ip: str) -> None:
    assert not is_public(ip)
