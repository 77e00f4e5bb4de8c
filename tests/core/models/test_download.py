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


def interrupt_download(server: FileServer, destination: Path, file: HostedFile) -> str:
    """Interrupt a download, and return its address, where the server has the complete file from then on."""
    url = server.host("/model.pth", replace(file, cut_after=700_000))
    with pytest.raises(DownloadError, match="ended the download after 0 of 0 MB"):
        fetch(url, destination, None)
    server.host("/model.pth", file)
    return url


def test_download_leaves_only_the_file(server: FileServer, destination: Path) -> None:
    progress: list[tuple[int, int | None]] = []

    fetched = fetch(
        server.host("/a", HostedFile(CONTENT)),
        destination,
        SHA256[:8],
        lambda done, total: progress.append((done, total)),
    )

    assert fetched == destination
    assert destination.read_bytes() == CONTENT
    assert list(destination.parent.iterdir()) == [destination]
    assert progress == sorted(progress)
    assert progress[-1] == (len(CONTENT), len(CONTENT))


def test_downloaded_file_is_not_downloaded_again(server: FileServer, destination: Path) -> None:
    url = server.host("/a", HostedFile(CONTENT))

    fetch(url, destination, SHA256[:8])
    fetch(url, destination, SHA256[:8])

    assert len(server.requests) == 1


def test_damaged_file_is_downloaded_again(server: FileServer, destination: Path) -> None:
    destination.parent.mkdir()
    destination.write_bytes(CONTENT[:-1])

    fetch(server.host("/a", HostedFile(CONTENT)), destination, SHA256[:8])

    assert destination.read_bytes() == CONTENT


def test_interrupted_download_continues_where_it_stopped(server: FileServer, destination: Path) -> None:
    url = interrupt_download(server, destination, HostedFile(CONTENT))
    assert not destination.exists()
    progress: list[int] = []

    fetch(url, destination, SHA256[:8], lambda done, _: progress.append(done))

    assert server.requests[-1] == ("/model.pth", "bytes=700000-")
    assert destination.read_bytes() == CONTENT
    assert min(progress) > 700_000


@pytest.mark.parametrize(
    ("file", "asked"),
    [
        (HostedFile(CONTENT, ranges=False), "bytes=700000-"),
        (HostedFile(CONTENT, etag='W/"weak"'), ""),
        (HostedFile(CONTENT, etag=""), ""),
    ],
    ids=["no ranges", "weak tag", "no tag"],
)
def test_interrupted_download_starts_again_if_it_cannot_continue(
    server: FileServer, destination: Path, file: HostedFile, asked: str
) -> None:
    url = interrupt_download(server, destination, file)

    fetch(url, destination, None)

    assert server.requests[-1] == ("/model.pth", asked)
    assert destination.read_bytes() == CONTENT


def test_file_that_changed_meanwhile_is_downloaded_from_the_start(server: FileServer, destination: Path) -> None:
    url = interrupt_download(server, destination, HostedFile(CONTENT))
    changed = CONTENT[::-1]
    server.host("/model.pth", HostedFile(changed, etag='"second"'))

    fetch(url, destination, None)

    assert destination.read_bytes() == changed


def test_partial_file_longer_than_the_complete_one_is_discarded(server: FileServer, destination: Path) -> None:
    url = interrupt_download(server, destination, HostedFile(CONTENT))
    destination.with_name("model.pth.part").write_bytes(CONTENT * 2)

    fetch(url, destination, None)

    assert destination.read_bytes() == CONTENT


@settings(max_examples=15, deadline=None)
@given(st.binary(min_size=2, max_size=3000), st.data())
def test_download_interrupted_anywhere_is_completed(content: bytes, data: st.DataObject) -> None:
    cut = data.draw(st.integers(0, len(content) - 1))
    with running() as server, TemporaryDirectory() as folder:
        url = server.host("/a", HostedFile(content, cut_after=cut))
        with pytest.raises(DownloadError):
            fetch(url, Path(folder, "a"), None)
        server.host("/a", HostedFile(content))

        assert fetch(url, Path(folder, "a"), None).read_bytes() == content


def test_file_with_another_hash_is_rejected_and_deleted(server: FileServer, destination: Path) -> None:
    with pytest.raises(DownloadError, match="not the expected file"):
        fetch(server.host("/a", HostedFile(CONTENT)), destination, "00000000")

    assert list(destination.parent.iterdir()) == []


@pytest.mark.parametrize("redirected", [False, True])
def test_hash_announced_by_a_hub_is_checked(server: FileServer, destination: Path, redirected: bool) -> None:
    announced = {"X-Linked-Etag": f'"{SHA256}"'}
    stored = HostedFile(CONTENT[:-1], headers={} if redirected else announced)
    url = server.host("/stored", stored)
    if redirected:
        url = server.host("/model", HostedFile(b"", redirect_to=url, headers=announced))

    with pytest.raises(DownloadError, match="not the expected file"):
        fetch(url, destination, None)
    server.host("/stored", replace(stored, content=CONTENT, etag='"second"'))

    assert fetch(url, destination, None).read_bytes() == CONTENT


def test_error_for_a_missing_file_names_the_host_and_a_remedy(server: FileServer, destination: Path) -> None:
    with pytest.raises(DownloadError) as error:
        fetch(f"{server.address}/gone", destination, None)

    assert f"127.0.0.1:{server.server_port}" in str(error.value)
    assert "404" in str(error.value)
    assert "--weights FILE" in str(error.value)


@pytest.mark.parametrize("redirected", [False, True])
def test_error_names_the_host_that_cannot_be_reached(server: FileServer, destination: Path, redirected: bool) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))  # the port is taken, but nothing listens on it
        host = f"127.0.0.1:{unused.getsockname()[1]}"
        url = f"http://{host}/a"
        if redirected:
            url = server.host("/model", HostedFile(b"", redirect_to=url))

        with pytest.raises(DownloadError, match=rf"^{host} could not be reached .* --weights FILE"):
            fetch(url, destination, None)


@pytest.mark.parametrize("url", ["nowhere/a", "http://", "gopher://127.0.0.1/a", "http://127.0.0.1:port/a"])
def test_invalid_address_is_an_error(url: str, destination: Path) -> None:
    with pytest.raises(DownloadError, match="could not be reached"):
        fetch(url, destination, None)


@pytest.mark.skipif(not FULL_DISK.exists(), reason="this system has no /dev/full")
def test_error_for_a_full_disk_names_the_folder(server: FileServer, destination: Path) -> None:
    destination.parent.mkdir()
    destination.with_name("model.pth.part").symlink_to(FULL_DISK)

    with pytest.raises(DownloadError, match=r"cannot be stored in .*weights: No space left"):
        fetch(server.host("/a", HostedFile(CONTENT)), destination, None)


def test_download_interrupted_by_its_listener_continues_later(server: FileServer, destination: Path) -> None:
    url = server.host("/a", HostedFile(CONTENT))

    def interrupt(done: int, total: int | None) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fetch(url, destination, None, interrupt)
    fetch(url, destination, SHA256)

    assert server.requests[-1][1].startswith("bytes=")
    assert destination.read_bytes() == CONTENT
