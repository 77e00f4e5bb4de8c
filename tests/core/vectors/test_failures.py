"""Messages for errors that tests cannot provoke in Milvus itself."""

from __future__ import annotations

import pytest
from pymilvus.exceptions import MilvusException

from core.errors import DamagedIndexError, LibraryError, SemblanceError, UnreachableIndexError, VectorIndexError
from core.vectors.connection import Server
from core.vectors.failures import translated_errors

REMOTE = Server("http://milvus:19530", "user:hush-hush")
LOCAL = Server("unix:/tmp/milvus.sock", is_local=True)
AT = "The search index on the Milvus server at http://milvus:19530 could not search"


def translated(server: Server, code: int, text: str, kind: type[VectorIndexError] = VectorIndexError) -> SemblanceError:
    with pytest.raises(SemblanceError) as error, translated_errors(server, "search", kind):
        raise MilvusException(code, text)
    return error.value


@pytest.mark.parametrize(
    ("code", "text"),
    [
        (1, "OSError: [Errno 28] No space left on device: '/library/x'"),
        (65535, "write /var/lib/milvus: no space left on device"),
        (1, "[WinError 112] There is not enough space on the disk"),
    ],
)
def test_full_disk_is_reported(code: int, text: str) -> None:
    here, there = translated(LOCAL, code, text), translated(REMOTE, code, text)

    assert isinstance(here, LibraryError)
    assert str(here).startswith("The disk with the search index is full. Free some space")
    assert str(there).startswith("The disk of the Milvus server at http://milvus:19530 is full.")
    assert not isinstance(there, UnreachableIndexError)


@pytest.mark.parametrize("text", ["disk quota exceeded, please allocate more resources", "quota exceeded[reason=disk]"])
def test_exceeded_quota_is_reported_as_full(text: str) -> None:
    assert "is full" in str(translated(REMOTE, 7, text))


@pytest.mark.parametrize("code", [100, 101, 103])
def test_missing_or_unloaded_collection_on_a_server_counts_as_unreachable(code: int) -> None:
    assert isinstance(translated(REMOTE, code, "collection not found"), UnreachableIndexError)


@pytest.mark.parametrize("code", [100, 101])
def test_missing_local_collection_does_not_count_as_unreachable(code: int) -> None:
    assert not isinstance(translated(LOCAL, code, "collection not found"), UnreachableIndexError)


def test_other_error_is_reported_in_one_line_as_the_given_type() -> None:
    error = translated(REMOTE, 65535, "segment lost: retry.\nstack trace:\n  at x", DamagedIndexError)

    assert isinstance(error, DamagedIndexError)
    assert str(error) == f"{AT}: segment lost: retry. See the server's log for details."
    assert str(translated(LOCAL, 1, "bad bytes")) == "The search index could not search: bad bytes."
