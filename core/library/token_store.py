"""The tokens of Milvus servers, in the keyring of the user's system and nowhere else. Without a keyring: none."""

from __future__ import annotations

import logging
from threading import Thread
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

SERVICE = "Semblance"

PATIENCE = 30.0
"""Seconds that a keyring gets: time for a person to unlock it, but a keyring that hangs must not hang us."""

_log = logging.getLogger(__name__)


def read(location: str) -> str:
    """Return the token for the server at a place; an empty one where the keyring has none or cannot be asked."""

    def ask() -> str | None:
        import keyring  # a tenth of a second, and only a server has a token

        return keyring.get_password(SERVICE, location)

    return _answer_to(ask) or ""


def remember(location: str, token: str) -> bool:
    """Keep the token for the server at a place, and tell whether the keyring has it from now on."""

    def keep() -> str | None:
        import keyring

        keyring.set_password(SERVICE, location, token)
        # A keyring that was switched off takes everything and keeps nothing.
        return keyring.get_password(SERVICE, location)

    return _answer_to(keep) == token


def forget(location: str) -> None:
    """Take the token for the server at a place out of the keyring, if it is there."""

    def drop() -> None:
        import keyring

        if keyring.get_password(SERVICE, location) is not None:
            keyring.delete_password(SERVICE, location)

    _answer_to(drop)


def _answer_to(ask: Callable[[], str | None]) -> str | None:
    """Return what a keyring answers, or nothing where it fails or says nothing in time."""
    answers: list[str | None] = []

    def run() -> None:
        _silence_the_library()
        try:
            answers.append(ask())
        except Exception as error:  # noqa: BLE001 - each kind of keyring lets through errors of its own system
            # By its name alone: what a keyring of whatever make writes into its errors may be the token.
            _log.warning("The keyring of this system could not be used (%s).", type(error).__name__)
            answers.append(None)

    # Left behind where it hangs, and no reason for the program to go on living.
    thread = Thread(target=run, name="keyring", daemon=True)
    thread.start()
    thread.join(PATIENCE)
    if not answers:
        _log.warning("The keyring of this system did not answer within %.0f seconds.", PATIENCE)
        return None
    return answers[0]


def _silence_the_library() -> None:
    # It writes the traceback of every keyring that it cannot load to standard error, and then takes another one.
    if not logging.getLogger().isEnabledFor(logging.DEBUG):
        logging.getLogger("keyring").setLevel(logging.CRITICAL)
