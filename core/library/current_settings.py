"""What the user has chosen for the library that is open, now and for the next start."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from core.library import settings

if TYPE_CHECKING:
    from pathlib import Path

    from core.library.settings import Settings


class CurrentSettings:
    """The settings in force and the token, shared by all who act on them. Changed on the event loop's thread."""

    def __init__(self, library: Path, chosen: Settings, token: str) -> None:
        """Take note; nothing is written before `save`."""
        self._library = library
        self._settings = chosen
        self._token = token

    @property
    def settings(self) -> Settings:
        """Return the settings in force."""
        return self._settings

    @property
    def token(self) -> str:
        """Return the token for the server; empty where the system's keyring is to be asked."""
        return self._token

    def use_index(self, wanted: Settings, token: str) -> None:
        """Take over where the search index is and how it is built, and nothing else."""
        now = self._settings
        self._settings = replace(
            wanted,
            model=now.model,
            weights=now.weights,
            gentle=now.gentle,
            pause_on_battery=now.pause_on_battery,
            watch=now.watch,
        )
        self._token = token

    def use_pace(self, *, gentle: bool, pause_on_battery: bool, watch: bool) -> None:
        """Take over how indexing is to behave."""
        self._settings = replace(self._settings, gentle=gentle, pause_on_battery=pause_on_battery, watch=watch)

    def save(self) -> None:
        """Keep the settings for the next start, once they have proved to work. Called on the store thread.

        Raises:
            LibraryError: The library folder cannot be written.
        """
        settings.save(self._library, self._settings)

    def save_pace(self) -> None:
        """Keep how indexing is to behave, and of the rest what was kept before. Called on the store thread.

        Raises:
            LibraryError: The library folder cannot be written, or its settings cannot be read.
        """
        now, kept = self._settings, settings.load(self._library)
        pace = replace(kept, gentle=now.gentle, pause_on_battery=now.pause_on_battery, watch=now.watch)
        settings.save(self._library, pace)
