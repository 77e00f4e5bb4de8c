"""Saving tokens with real backends of the `keyring` library, but never in the keyring of this computer."""

from __future__ import annotations

import logging
import subprocess
import sys
import threading
from threading import Event
from typing import TYPE_CHECKING

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.core import load_keyring
from keyring.errors import InitError, KeyringError, KeyringLocked, PasswordSetError

from core.library import token_store
from tests.helpers.checkout import CHECKOUT
from tests.helpers.engine.keyrings import MemoryKeyring, use_keyring
from tests.helpers.limits import HANG_TIMEOUT

if TYPE_CHECKING:
    from collections.abc import Iterator

HOME, WORK = "http://127.0.0.1:19530", "https://milvus.example/photos"
TOKEN = "root:s3cret"


class FailingKeyring(KeyringBackend):
    """A keyring that raises an error from every call, with the token in its message, as a careless backend may."""

    def __init__(self, error: type[Exception]) -> None:
        self._error = error

    def get_password(self, service: str, username: str) -> str | None:
        raise self._error(f"{service} {username} {TOKEN}")

    def set_password(self, service: str, username: str, password: str) -> None:
        raise self._error(f"{service} {username} {password}")

    def delete_password(self, service: str, username: str) -> None:
        raise self._error(f"{service} {username} {TOKEN}")


class HangingKeyring(MemoryKeyring):
    """A keyring whose reads block until `released` is set."""

    def __init__(self) -> None:
        super().__init__()
        self.released = Event()

    def get_password(self, service: str, username: str) -> str | None:
        self.released.wait()
        return super().get_password(service, username)


@pytest.fixture(autouse=True)
def _system_keyring_is_restored() -> Iterator[None]:
    with use_keyring(keyring.get_keyring()):
        yield


@pytest.fixture
def memory() -> MemoryKeyring:
    kept = MemoryKeyring()
    keyring.set_keyring(kept)
    return kept


def test_a_token_is_stored_under_the_program_name_and_the_server_address(memory: MemoryKeyring) -> None:
    assert token_store.remember(HOME, TOKEN)
    assert memory.kept == {("Semblance", HOME): TOKEN}
    assert token_store.read(HOME) == TOKEN


def test_each_server_has_its_own_token(memory: MemoryKeyring) -> None:
    assert token_store.remember(HOME, "one")
    assert token_store.remember(WORK, "two")
    assert (token_store.read(HOME), token_store.read(WORK)) == ("one", "two")
    token_store.forget(HOME)
    assert (token_store.read(HOME), token_store.read(WORK)) == ("", "two")
    assert len(memory.kept) == 1


def test_a_new_token_replaces_the_old_one(memory: MemoryKeyring) -> None:
    assert token_store.remember(HOME, "old")
    assert token_store.remember(HOME, TOKEN)
    assert list(memory.kept.values()) == [TOKEN]


@pytest.mark.usefixtures("memory")
def test_a_missing_token_reads_as_empty_and_can_be_forgotten(caplog: pytest.LogCaptureFixture) -> None:
    assert token_store.read(HOME) == ""
    token_store.forget(HOME)
    assert caplog.messages == []


@pytest.mark.parametrize("name", ["fail", "null"])
def test_no_token_is_stored_without_a_keyring(name: str) -> None:
    keyring.set_keyring(load_keyring(f"keyring.backends.{name}.Keyring"))
    assert not token_store.remember(HOME, TOKEN)
    assert token_store.read(HOME) == ""
    token_store.forget(HOME)


@pytest.mark.parametrize(
    "error", [KeyringError, InitError, KeyringLocked, PasswordSetError, OSError, ImportError, RuntimeError]
)
def test_a_failing_keyring_stores_nothing_and_the_log_does_not_show_the_token(
    error: type[Exception], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    keyring.set_keyring(FailingKeyring(error))
    assert not token_store.remember(HOME, TOKEN)
    assert token_store.read(HOME) == ""
    token_store.forget(HOME)
    assert error.__name__ in caplog.text
    assert TOKEN not in caplog.text


def test_a_hanging_keyring_times_out(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    hanging = HangingKeyring()
    keyring.set_keyring(hanging)
    monkeypatch.setattr(token_store, "TIMEOUT_SECONDS", 0.05)
    assert token_store.read(HOME) == ""
    assert not token_store.remember(HOME, TOKEN)
    token_store.forget(HOME)
    assert "did not respond" in caplog.text
    hanging.released.set()
    for thread in threading.enumerate():
        if thread.name == "keyring":
            thread.join(HANG_TIMEOUT)  # it must not write to the log of another test


def test_no_token_is_stored_if_the_keyring_backend_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "no.such.Keyring")
    monkeypatch.setattr("keyring.core._keyring_backend", None)
    assert not token_store.remember(HOME, TOKEN)
    assert token_store.read(HOME) == ""


def test_importing_the_token_store_does_not_import_keyring() -> None:
    code = "import sys; from core.library import token_store; print('keyring' in sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], cwd=CHECKOUT, capture_output=True, text=True, check=True)
    assert loaded.stdout.strip() == "False"
