"""The events of a watched folder."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

LIMITS = {
    "watch limit reached": "fs.inotify.max_user_watches",
    "Too many open files": "fs.inotify.max_user_instances",
}
"""Texts in the system's error messages, with the system setting whose limit was reached."""


@dataclass(frozen=True, slots=True)
class RescanNeeded:
    """The complete folder is watched from now on. Rescan it, because earlier changes may have been missed."""


@dataclass(frozen=True, slots=True)
class Changed:
    """Files that may have changed, and folders whose complete content may have."""

    paths: frozenset[str]


@dataclass(frozen=True, slots=True)
class Refused:
    """The system refused to watch the folder. `limit` is the system setting to raise, if that is the reason."""

    reason: str
    limit: str = ""


WatchEvent: TypeAlias = RescanNeeded | Changed | Refused


def refusal(error: OSError) -> Refused:
    """Return the event for an error that occurred when a folder was to be watched."""
    reason = error.strerror or str(error)
    return Refused(reason.partition(" about [")[0], next((LIMITS[text] for text in LIMITS if text in reason), ""))
