"""Tokens of Milvus servers, stored in the keyring of the user's system.

Tokens are stored nowhere else, so without a keyring none is saved.
"""

from __future__ import annotations

import logging
from threading import Thread
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

SERVICE = "Semblance"

TIMEOUT_SECONDS = 30.0
"""Long enough for the user to unlock the keyring. A keyring that hangs must not block the program for ever."""

_log = logging.getLogger(__name__)


def read(location: str) -> str:
    """Return the token for the server at a location, or an empty string if the keyring has none or fails."""

    def load() -> str | None:
        import keyring  # takes a tenth of a second, and is needed for servers only

        return keyring.get_password(SERVICE, location)

    return _with_timeout(load) or ""


def remember(location: str, token: str) -> bool:
    """Save the token for the server at a location, and return whether the keyring has stored it."""

    def save() -> str | None:
        import keyring

        keyring.set_password(SERVICE, location, token)
        # A disabled keyring accepts every password without storing it.
        return keyring.get_password(SERVICE, location)

    return _with_timeout(save) == token


def forget(location: str) -> None:
    """Delete the token for the server at a location from the keyring, if it has one."""

    def delete() -> None:
        import keyring

        if keyring.get_password(SERVICE, location) is not None:
            keyring.delete_password(SERVICE, location)

    _with_timeout(delete)


def _with_timeout(use_keyring: Callable[[], str | None]) -> str | None:
    """Return the result of a keyring call, or None if it fails or times out."""
    results: list[str | None] = []

    def run() -> None:
        _silence_keyring_log()
        try:
            results.append(use_keyring())
        except Exception as error:  # noqa: BLE001 - each keyring backend raises errors of its own
            # Only the name of the error is logged, because its message may contain the token.
            _log.warning("The keyring of this system could not be used (%s).", type(error).__name__)
            results.append(None)

    # A daemon thread, because one that hangs must not keep the program alive.
    thread = Thread(target=run, name="keyring", daemon=True)
    thread.start()
    thread.join(TIMEOUT_SECONDS)
    if not results:
        _log.warning("The keyring of this system did not respond within %.0f seconds.", TIMEOUT_SECONDS)
        return None
    return results[0]


def _silence_keyring_log() -> None:
    # The library logs a traceback for each backend that it cannot load before it tries the next one.
    if not logging.getLogger().isEnabledFor(logging.DEBUG):
        logging.getLogger("keyring").setLevel(logging.CRITICAL)
