"""The keyring as Semblance uses it: real backends of the library `keyring`, but never the one of this computer."""

from __future__ import annotations

import logging
import subprocess
import sys
from threading import Event
from typing import TYPE_CHECKING

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.core import load_keyring
from keyring.errors import InitError, KeyringError, KeyringLocked, PasswordSetError

from core.library import token_store
from tests.helpers.checkout import CHECKOUT
from tests.helpers.engine.keyrings import Memory, in_use

if TYPE_CHECKING:
    from collections.abc import Iterator

HOME, WORK = "http://127.0.0.1:19530", "https://milvus.example/photos"
TOKEN = "root:s3cret"


class Broken(KeyringBackend):
    """A keyring whose every call ends in one error, which tells the secret, as a careless one may."""

    def __init__(self, error: type[Exception]) -> None:
        self._error = error

    def get_password(self, service: str, username: str) -> str | None:
        raise self._error(f"{service} {username} {TOKEN}")

    def set_password(self, service: str, username: str, password: str) -> None:
        raise self._error(f"{service} {username} {password}")

    def delete_password(self, service: str, username: str) -> None:
        raise self._error(f"{service} {username} {TOKEN}")


class Silent(Memory):
    """A keyring that waits for something that does not happen."""

    def __init__(self) -> None:
        self.happened = Event()

    def get_password(self, service: str, username: str) -> str | None:
        self.happened.wait()
        return super().get_password(service, username)


@pytest.fixture(autouse=True)
def _own_keyring_comes_back() -> Iterator[None]:
    with in_use(keyring.get_keyring()):
        yield


@pytest.fixture
def memory() -> Memory:
    kept = Memory()
    keyring.set_keyring(kept)
    return kept


def test_a_token_is_kept_under_the_name_of_the_program_and_the_place(memory: Memory) -> None:
    assert token_store.remember(HOME, TOKEN)
    assert memory.kept == {("Semblance", HOME): TOKEN}
    assert token_store.read(HOME) == TOKEN


def test_every_place_has_a_token_of_its_own(memory: Memory) -> None:
    assert token_store.remember(HOME, "one")
    assert token_store.remember(WORK, "two")
    assert (token_store.read(HOME), token_store.read(WORK)) == ("one", "two")
    token_store.forget(HOME)
    assert (token_store.read(HOME), token_store.read(WORK)) == ("", "two")
    assert len(memory.kept) == 1


def test_a_new_token_takes_the_place_of_the_old_one(memory: Memory) -> None:
    assert token_store.remember(HOME, "old")
    assert token_store.remember(HOME, TOKEN)
    assert list(memory.kept.values()) == [TOKEN]


@pytest.mark.usefixtures("memory")
def test_what_was_never_kept_is_empty_and_can_be_forgotten(caplog: pytest.LogCaptureFixture) -> None:
    assert token_store.read(HOME) == ""
    token_store.forget(HOME)
    assert caplog.messages == []


@pytest.mark.parametrize("name", ["fail", "null"])
def test_a_system_without_a_keyring_keeps_nothing(name: str) -> None:
    keyring.set_keyring(load_keyring(f"keyring.backends.{name}.Keyring"))
    assert not token_store.remember(HOME, TOKEN)
    assert token_store.read(HOME) == ""
    token_store.forget(HOME)


@pytest.mark.parametrize(
    "error", [KeyringError, InitError, KeyringLocked, PasswordSetError, OSError, ImportError, RuntimeError]
)
def test_a_keyring_that_fails_keeps_nothing_and_the_log_is_not_told_the_token(
    error: type[Exception], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    keyring.set_keyring(Broken(error))
    assert not token_store.remember(HOME, TOKEN)
    assert token_store.read(HOME) == ""
    token_store.forget(HOME)
    assert error.__name__ in caplog.text
    assert TOKEN not in caplog.text


def test_a_keyring_that_hangs_is_not_waited_for_for_ever(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    silent = Silent()
    keyring.set_keyring(silent)
    monkeypatch.setattr(token_store, "TIMEOUT_SECONDS", 0.05)
    assert token_store.read(HOME) == ""
    assert not token_store.remember(HOME, TOKEN)
    token_store.forget(HOME)
    assert "did not respond" in caplog.text
    silent.happened.set()


def test_a_keyring_that_is_not_installed_is_no_keyring(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "no.such.Keyring")
    monkeypatch.setattr("keyring.core._keyring_backend", None)
    assert not token_store.remember(HOME, TOKEN)
    assert token_store.read(HOME) == ""


def test_the_library_is_loaded_by_the_first_call_only() -> None:
    code = "import sys; from core.library import token_store; print('keyring' in sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], cwd=CHECKOUT, capture_output=True, text=True, check=True)
    assert loaded.stdout.strip() == "False"
