"""The settings in force for the open library."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from core.library import settings

if TYPE_CHECKING:
    from pathlib import Path

    from core.library.settings import IndexingSettings, IndexSettings, Settings


class CurrentSettings:
    """The settings in force and the server's token, shared by all parts of the engine that use them.

    They change on the event loop's thread only.
    """

    def __init__(self, library: Path, chosen: Settings, token: str) -> None:
        self._library = library
        self._settings = chosen
        self._token = token

    @property
    def settings(self) -> Settings:
        """Return the settings in force."""
        return self._settings

    @property
    def token(self) -> str:
        """Return the token for the server; empty to use the one in the system's keyring."""
        return self._token

    def use_index(self, index: IndexSettings, token: str) -> None:
        """Switch to another search index."""
        self._settings, self._token = replace(self._settings, index=index), token

    def use_indexing(self, indexing: IndexingSettings) -> None:
        """Switch to another way of indexing."""
        self._settings = replace(self._settings, indexing=indexing)

    def save(self) -> None:
        """Save the settings. Call this on the store thread, and only after they have been used successfully.

        Raises:
            LibraryError: The library folder cannot be written.
        """
        settings.save(self._library, self._settings)

    def save_indexing(self) -> None:
        """Save how photos are indexed and leave the other saved settings alone. Called on the store thread.

        Raises:
            LibraryError: The library folder cannot be written, or its settings cannot be read.
        """
        saved = settings.load(self._library)
        settings.save(self._library, replace(saved, indexing=self._settings.indexing))
