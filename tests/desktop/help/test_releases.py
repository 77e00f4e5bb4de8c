from __future__ import annotations

import json
from itertools import pairwise

import pytest

from desktop.help.releases import is_newer, parse

PAGE = "https://semblance.app/releases/2.0.0"


def test_a_release_is_a_version_and_a_page_on_our_site() -> None:
    release = parse(json.dumps({"version": "2.0.0", "url": PAGE, "more": []}).encode())
    assert (release.version, release.page.toString()) == ("2.0.0", PAGE)


@pytest.mark.parametrize("content", [b"", b"2.0.0", b"[]", b"{}", b"null", b"\xff\xfe\xfa", b"[" * 100_000])
def test_anything_but_a_json_object_is_refused(content: bytes) -> None:
    with pytest.raises((ValueError, RecursionError)):
        parse(content)


@pytest.mark.parametrize("version", [2, None, "", "2", "2.0", "2.0.0.0", "2.0.0rc1", " 2.0.0", "-2.0.0", "\u0662.0.0"])
def test_anything_but_three_numbers_is_no_version(version: object) -> None:
    with pytest.raises(ValueError, match="version"):
        parse(json.dumps({"version": version, "url": PAGE}).encode())


@pytest.mark.parametrize(
    "url",
    [
        "http://semblance.app/",
        "https://semblance.app.example/",
        "https://example/semblance.app/",
        "https://semblance.app@example/",
        "https://somebody@semblance.app/",
        "https://semblance.app:8443/",
        "file:///semblance.app/program",
        "semblance.app",
        "",
    ],
)
def test_only_pages_on_our_site_are_accepted(url: str) -> None:
    with pytest.raises(ValueError, match="our site"):
        parse(json.dumps({"version": "2.0.0", "url": url}).encode())


def test_versions_are_compared_by_their_numbers() -> None:
    ascending = ["0.9.0", "0.9.1", "0.10.0", "1.0.0", "1.0.10", "2.0.0"]
    assert [is_newer(b, a) for a, b in pairwise(ascending)] == [True] * 5
    assert not is_newer("0.9.0", "0.10.0")
    assert not is_newer("1.0.0", "1.0.0")
