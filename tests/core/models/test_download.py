from __future__ import annotations

import hashlib
import socket
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import DownloadError
from core.models.download import fetch
from tests.helpers.engine.file_server import HostedFile, running

if TYPE_CHECKING:
    from tests.helpers.engine.file_server import FileServer

CONTENT = bytes(range(256)) * 4000
SHA256 = hashlib.sha256(CONTENT).hexdigest()
FULL_DISK = Path("/dev/full")


@pytest.fixture
def destination(tmp_path: Path) -> Path:
    return tmp_path / "weights" / "model.pth"


def cut_off(server: FileServer, destination: Path, file: HostedFile) -> str:
    """Begin a download that breaks off, and return the address, where the server now has the whole file."""
    url = server.host("/model.pth", replace(file, cut_after=700_000))
    with pytest.raises(DownloadError, match="ended the download after 0 of 0 MB"):
        fetch(url, destination, None)
    server.host("/model.pth", file)
    return url


def test_download_leaves_the_file_and_nothing_else(server: FileServer, destination: Path) -> None:
    told: list[tuple[int, int | None]] = []

    fetched = fetch(
        server.host("/a", HostedFile(CONTENT)), destination, SHA256[:8], lambda done, total: told.append((done, total))
    )

    assert fetched == destination
    assert destination.read_bytes() == CONTENT
    assert list(destination.parent.iterdir()) == [destination]
    assert told == sorted(told)
    assert told[-1] == (len(CONTENT), len(CONTENT))


def test_what_was_fetched_is_not_fetched_again(server: FileServer, destination: Path) -> None:
    url = server.host("/a", HostedFile(CONTENT))

    fetch(url, destination, SHA256[:8])
    fetch(url, destination, SHA256[:8])

    assert len(server.asked) == 1


def test_file_that_was_damaged_since_is_fetched_again(server: FileServer, destination: Path) -> None:
    destination.parent.mkdir()
    destination.write_bytes(CONTENT[:-1])

    fetch(server.host("/a", HostedFile(CONTENT)), destination, SHA256[:8])

    assert destination.read_bytes() == CONTENT


def test_cut_download_carries_on_where_it_stopped(server: FileServer, destination: Path) -> None:
    url = cut_off(server, destination, HostedFile(CONTENT))
    assert not destination.exists()
    told: list[int] = []

    fetch(url, destination, SHA256[:8], lambda done, _: told.append(done))

    assert server.asked[-1] == ("/model.pth", "bytes=700000-")
    assert destination.read_bytes() == CONTENT
    assert min(told) > 700_000


@pytest.mark.parametrize(
    ("file", "asked"),
    [
        (HostedFile(CONTENT, ranges=False), "bytes=700000-"),
        (HostedFile(CONTENT, etag='W/"weak"'), ""),
        (HostedFile(CONTENT, etag=""), ""),
    ],
    ids=["no ranges", "weak tag", "no tag"],
)
def test_cut_download_begins_anew_where_it_cannot_carry_on(
    server: FileServer, destination: Path, file: HostedFile, asked: str
) -> None:
    url = cut_off(server, destination, file)

    fetch(url, destination, None)

    assert server.asked[-1] == ("/model.pth", asked)
    assert destination.read_bytes() == CONTENT


def test_file_that_changed_meanwhile_is_fetched_from_its_start(server: FileServer, destination: Path) -> None:
    url = cut_off(server, destination, HostedFile(CONTENT))
    changed = CONTENT[::-1]
    server.host("/model.pth", HostedFile(changed, etag='"second"'))

    fetch(url, destination, None)

    assert destination.read_bytes() == changed


def test_beginning_that_is_longer_than_the_file_is_dropped(server: FileServer, destination: Path) -> None:
    url = cut_off(server, destination, HostedFile(CONTENT))
    destination.with_name("model.pth.part").write_bytes(CONTENT * 2)

    fetch(url, destination, None)

    assert destination.read_bytes() == CONTENT


@settings(max_examples=15, deadline=None)
@given(st.binary(min_size=2, max_size=3000), st.data())
def test_file_is_whole_wherever_it_was_cut(content: bytes, data: st.DataObject) -> None:
    cut = data.draw(st.integers(0, len(content) - 1))
    with running() as server, TemporaryDirectory() as folder:
        url = server.host("/a", HostedFile(content, cut_after=cut))
        with pytest.raises(DownloadError):
            fetch(url, Path(folder, "a"), None)
        server.host("/a", HostedFile(content))

        assert fetch(url, Path(folder, "a"), None).read_bytes() == content


def test_file_of_another_hash_is_refused_and_dropped(server: FileServer, destination: Path) -> None:
    with pytest.raises(DownloadError, match="not the expected file"):
        fetch(server.host("/a", HostedFile(CONTENT)), destination, "00000000")

    assert list(destination.parent.iterdir()) == []


@pytest.mark.parametrize("redirected", [False, True])
def test_hash_that_a_hub_announces_is_checked(server: FileServer, destination: Path, redirected: bool) -> None:
    announced = {"X-Linked-Etag": f'"{SHA256}"'}
    stored = HostedFile(CONTENT[:-1], headers={} if redirected else announced)
    url = server.host("/stored", stored)
    if redirected:
        url = server.host("/model", HostedFile(b"", moved_to=url, headers=announced))

    with pytest.raises(DownloadError, match="not the expected file"):
        fetch(url, destination, None)
    server.host("/stored", replace(stored, content=CONTENT, etag='"second"'))

    assert fetch(url, destination, None).read_bytes() == CONTENT


def test_missing_file_is_an_error_that_names_host_and_remedy(server: FileServer, destination: Path) -> None:
    with pytest.raises(DownloadError) as error:
        fetch(f"{server.address}/gone", destination, None)

    assert f"127.0.0.1:{server.server_port}" in str(error.value)
    assert "404" in str(error.value)
    assert "--weights FILE" in str(error.value)


@pytest.mark.parametrize("redirected", [False, True])
def test_host_that_cannot_be_reached_is_named(server: FileServer, destination: Path, redirected: bool) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))  # taken, and nobody listens
        host = f"127.0.0.1:{unused.getsockname()[1]}"
        url = f"http://{host}/a"
        if redirected:
            url = server.host("/model", HostedFile(b"", moved_to=url))

        with pytest.raises(DownloadError, match=rf"^{host} could not be reached .* --weights FILE"):
            fetch(url, destination, None)


@pytest.mark.parametrize("url", ["nowhere/a", "http://", "gopher://127.0.0.1/a", "http://127.0.0.1:port/a"])
def test_address_that_is_none_is_an_error(url: str, destination: Path) -> None:
    with pytest.raises(DownloadError, match="could not be reached"):
        fetch(url, destination, None)


@pytest.mark.skipif(not FULL_DISK.exists(), reason="this system has no /dev/full")
def test_full_disk_is_an_error_that_names_the_folder(server: FileServer, destination: Path) -> None:
    destination.parent.mkdir()
    destination.with_name("model.pth.part").symlink_to(FULL_DISK)

    with pytest.raises(DownloadError, match=r"cannot be stored in .*weights: No space left"):
        fetch(server.host("/a", HostedFile(CONTENT)), destination, None)


def test_listener_can_end_a_download_that_carries_on_later(server: FileServer, destination: Path) -> None:
    url = server.host("/a", HostedFile(CONTENT))

    def give_up(done: int, total: int | None) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fetch(url, destination, None, give_up)
    fetch(url, destination, SHA256)

    assert server.asked[-1][1].startswith("bytes=")
    assert destination.read_bytes() == CONTENT
