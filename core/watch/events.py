"""What a watch on a folder tells."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

LIMITS = {
    "watch limit reached": "fs.inotify.max_user_watches",
    "Too many open files": "fs.inotify.max_user_instances",
}


@dataclass(frozen=True, slots=True)
class Whole:
    """Everything is watched from now on; what happened before is not known."""


@dataclass(frozen=True, slots=True)
class Changed:
    """What may be different: files, and folders with all that is in them."""

    paths: frozenset[str]


@dataclass(frozen=True, slots=True)
class Refused:
    """The folder cannot be watched. `limit` is the system's setting to raise, where it is one."""

    reason: str
    limit: str = ""


WatchEvent: TypeAlias = Whole | Changed | Refused


def refused(error: OSError) -> Refused:
    """Return what is told of a folder that the system does not watch."""
    reason = error.strerror or str(error)
    return Refused(reason.partition(" about [")[0], next((LIMITS[words] for words in LIMITS if words in reason), ""))
