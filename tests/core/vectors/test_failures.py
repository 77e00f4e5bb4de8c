"""What is told of errors that cannot be had at will."""

from __future__ import annotations

import pytest
from pymilvus.exceptions import MilvusException

from core.errors import DamagedIndexError, LibraryError, SemblanceError, UnreachableIndexError, VectorIndexError
from core.vectors.connection import Server
from core.vectors.failures import errors_at

REMOTE = Server("http://milvus:19530", "user:hush-hush")
LOCAL = Server("unix:/tmp/milvus.sock", is_local=True)
AT = "The search index on the Milvus server at http://milvus:19530 could not search"


def told(server: Server, code: int, text: str, kind: type[VectorIndexError] = VectorIndexError) -> SemblanceError:
    with pytest.raises(SemblanceError) as error, errors_at(server, "search", kind):
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
def test_full_disk_is_told(code: int, text: str) -> None:
    here, there = told(LOCAL, code, text), told(REMOTE, code, text)

    assert isinstance(here, LibraryError)
    assert str(here).startswith("The disk with the search index is full. Free some space")
    assert str(there).startswith("The disk of the Milvus server at http://milvus:19530 is full.")
    assert not isinstance(there, UnreachableIndexError)


@pytest.mark.parametrize("text", ["disk quota exceeded, please allocate more resources", "quota exceeded[reason=disk]"])
def test_full_server_is_told(text: str) -> None:
    assert "is full" in str(told(REMOTE, 7, text))


@pytest.mark.parametrize("code", [100, 101, 103])
def test_what_a_server_lost_or_has_not_loaded_is_worth_another_try(code: int) -> None:
    assert isinstance(told(REMOTE, code, "collection not found"), UnreachableIndexError)


@pytest.mark.parametrize("code", [100, 101])
def test_what_a_local_index_lost_is_no_reason_to_start_it_again(code: int) -> None:
    assert not isinstance(told(LOCAL, code, "collection not found"), UnreachableIndexError)


def test_other_error_is_told_in_one_line_as_what_it_is_taken_for() -> None:
    error = told(REMOTE, 65535, "segment lost: retry.\nstack trace:\n  at x", DamagedIndexError)

    assert isinstance(error, DamagedIndexError)
    assert str(error) == f"{AT}: segment lost: retry. See the server's log for details."
    assert str(told(LOCAL, 1, "bad bytes")) == "The search index could not search: bad bytes."
