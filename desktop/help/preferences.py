"""What the user has chosen about newer versions. It holds for all libraries."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QSettings, QStandardPaths

FILE_NAME = "updates.ini"
AUTOMATIC = "automatic"
LAST_CHECK = "last_check"
INTERVAL_S = 24 * 60 * 60


class UpdatePreferences:
    """Saves whether the automatic check is on, and when it last got an answer, in seconds since 1970."""

    def __init__(self, folder: Path) -> None:
        self._settings = QSettings(str(folder / FILE_NAME), QSettings.Format.IniFormat)

    @property
    def is_automatic(self) -> bool:
        """Return whether the user has turned the automatic check on."""
        return str(self._settings.value(AUTOMATIC)) == "true"

    @is_automatic.setter
    def is_automatic(self, is_automatic: bool) -> None:
        self._save(AUTOMATIC, "true" if is_automatic else "false")

    def is_due(self, now: float) -> bool:
        """Return whether the automatic check is on and got no answer in the 24 hours before `now`."""
        return self.is_automatic and not 0 <= now - self._last_check() < INTERVAL_S

    def note_check(self, now: float) -> None:
        """Save the time of an automatic check that got a valid answer."""
        self._save(LAST_CHECK, str(now))

    def _last_check(self) -> float:
        try:
            return float(str(self._settings.value(LAST_CHECK)))
        except ValueError:
            return 0

    def _save(self, key: str, value: str) -> None:
        self._settings.setValue(key, value)
        self._settings.sync()


def user_folder() -> Path:
    """Return the user's folder for the configuration of the program."""
    return Path(QStandardPaths.writableLocation(QStandardPaths.StandardLocation.AppConfigLocation))
