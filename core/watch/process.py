"""Watching a folder, in a process of its own.

watchfiles holds the interpreter lock while it has the system watch a folder, which may take seconds, and where a
network share does not answer any more, for ever.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import psutil

from core.watch.events import Changed, Whole, refused

if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from multiprocessing.connection import Connection

    from watchfiles._rust_notify import RustNotify

    from core.watch.events import WatchEvent

Found: TypeAlias = "set[tuple[int, str]]"
"""What happened to which path, as watchfiles says it."""

ADDED, DELETED = 1, 3
BATCH_MS = 1_000
STEP_MS = 300
CHECK_MS = 2_000
POLL_MS = 60_000
LET_GO_SECONDS = 0.5
TRIES = 5
EACH_FOLDER_BY_ITSELF = sys.platform == "linux"


@dataclass(frozen=True, slots=True)
class Hangup:
    """Tells that nobody listens any more."""

    pipe: Connection

    def is_set(self) -> bool:
        """Tell whether the other end of the pipe is closed; nothing is ever sent from there."""
        try:
            return self.pipe.poll(0)
        except OSError:  # how Windows says so
            return True


def serve(root: str, leave_out: str, pipe: Connection) -> None:
    """Send the news of a folder until it is gone or nobody listens."""
    # Ctrl-C reaches every process of the terminal; the one that started us decides what it means.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with suppress(ConnectionError):
        for news in FolderWatch(root, leave_out).news(Hangup(pipe)):
            pipe.send(news)


def arm(folders: list[str]) -> RustNotify:
    """Return a watch on folders, which has begun.

    Raises:
        OSError: One of them is gone, or the system watches no more of them.
    """
    from watchfiles._rust_notify import RustNotify, WatchfilesRustInternalError

    try:
        # Left to find the folders itself, it gives up at the first that may not be read, or at the system's limit: with
        # an error, or, told to ignore those, without a word. On other systems a folder is watched with all in it.
        return RustNotify(folders, False, False, POLL_MS, not EACH_FOLDER_BY_ITSELF, False)
    except WatchfilesRustInternalError as error:
        raise OSError(str(error)) from error


class FolderWatch:
    """The watch on a folder and on what is in it, but for hidden folders and the library."""

    def __init__(self, root: str, leave_out: str, arm: Callable[[list[str]], RustNotify] = arm) -> None:
        """Take note. `arm` has the system watch folders."""
        self._root = root
        self._real = os.path.realpath(root)  # what a Mac reports, whatever it was asked for
        left_out = os.path.realpath(leave_out)
        self._left_out = "" if _holds(left_out, self._real) else left_out
        self._arm = arm
        self._watched: set[str] = set()
        self._overlooked: Found = set()

    def news(self, stop: Hangup) -> Generator[WatchEvent, None, None]:
        """Yield `Whole` when everything is watched, then what changes, until the folder is gone or it is to stop."""
        try:
            identity, mounts = _identity(self._real), _mounts(self._real)
            watch = self._begin()
            yield Whole()
            while not stop.is_set():
                found = _next(watch, stop)
                if _identity(self._real) != identity:
                    return  # another folder has its place; and that all in it was deleted is not so
                before, mounts = mounts, _mounts(self._real)
                if found is None or mounts != before:  # what is on a drive that came is not watched yet
                    watch = self._begin(watch)
                    yield Whole()
                    continue
                found |= self._overlooked
                self._overlooked = set()
                if self._has_new_folder(found):
                    old, watch = watch, self._begin(watch)
                    rest = _rest(old)
                    if rest is None:
                        yield Whole()
                    found |= rest or set()
                if seen := [self._inner(path) for _, path in found if self._is_seen(path)]:
                    yield Changed(frozenset(os.path.join(self._root, path) for path in seen))
        except (FileNotFoundError, NotADirectoryError):
            return
        except OSError as error:
            yield refused(error)

    def _begin(self, old: RustNotify | None = None) -> RustNotify:
        """Return a watch on all folders there are; `old` goes on meanwhile, so that nothing is missed."""
        try:
            return self._try()
        except OSError as error:
            if old is None or isinstance(error, FileNotFoundError | NotADirectoryError):
                raise
        # Both together may be more than the system has.
        old.close()
        time.sleep(LET_GO_SECONDS)
        return self._try()

    def _try(self, times: int = TRIES) -> RustNotify:
        folders = self._folders()
        try:
            watch = self._arm(folders)
        except FileNotFoundError:
            if times == 1:
                raise
            return self._try(times - 1)  # one of them was deleted meanwhile
        self._watched = set(folders)
        # Made after the folder that they are in was listed, and before it was watched.
        self._overlooked = {(ADDED, folder) for folder in self._folders() if folder not in self._watched}
        return watch

    def _folders(self) -> list[str]:
        """Return the folders to watch, each by the first path that leads to it, as a look at the photos takes them."""
        if not EACH_FOLDER_BY_ITSELF:
            return [self._real]
        with os.scandir(self._real):
            pass  # or say why not; below it, what may not be read is passed over
        seen = set()
        with suppress(OSError):
            seen.add(_identity(self._left_out))
        found, waiting = [], [self._real]
        while waiting:
            folder = waiting.pop()
            with suppress(OSError, UnicodeEncodeError):
                folder.encode()  # watchfiles takes no other names
                identity = _identity(folder)
                if identity not in seen:
                    seen.add(identity)
                    waiting += [os.path.join(folder, name) for name in _inside(folder)]
                    found.append(folder)
        return found

    def _has_new_folder(self, found: Found) -> bool:
        return EACH_FOLDER_BY_ITSELF and any(
            kind != DELETED and (kind == ADDED or path not in self._watched) and os.path.isdir(path)
            for kind, path in found
            if self._is_seen(path)
        )

    def _is_seen(self, path: str) -> bool:
        is_hidden = any(part.startswith(".") for part in self._inner(path).split(os.sep))
        return not is_hidden and not _holds(self._left_out, path)

    def _inner(self, path: str) -> str:
        return path.removeprefix(self._real).lstrip(os.sep)


def _next(watch: RustNotify, stop: Hangup) -> Found | None:
    """Return what was found; None where that is not known."""
    try:
        found = watch.watch(BATCH_MS, STEP_MS, CHECK_MS, stop)
    except RuntimeError:
        return None  # about a name that is not UTF-8, for one; this watch says nothing else ever after
    return set() if isinstance(found, str) else found


def _rest(watch: RustNotify) -> Found | None:
    """Return what a watch has found up to now, and end it; None where that is not known."""
    try:
        found = watch.watch(1, 1, 1, None)
    except RuntimeError:
        return None
    watch.close()
    return set() if isinstance(found, str) else found


def _inside(folder: str) -> list[str]:
    """Return the names of the folders in a folder, the last first."""
    with os.scandir(folder) as entries:
        return sorted((entry.name for entry in entries if entry.name[0] != "." and _is_folder(entry)), reverse=True)


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:
        return False


def _identity(folder: str) -> tuple[int, int]:
    status = os.stat(folder)
    # A watch on a folder keeps its number on Linux; elsewhere some file systems make up a new one now and then.
    return status.st_dev, status.st_ino if EACH_FOLDER_BY_ITSELF else 0


def _mounts(folder: str) -> set[tuple[str, str]]:
    """Return what is mounted in a folder, and where, without asking any drive."""
    with suppress(OSError):
        if sys.platform != "win32":  # where each drive is asked
            mounted = psutil.disk_partitions(all=True)
            return {(each.device, each.mountpoint) for each in mounted if _holds(folder, each.mountpoint)}
    return set()


def _holds(folder: str, path: str) -> bool:
    return bool(folder) and f"{path}{os.sep}".startswith(f"{folder.rstrip(os.sep)}{os.sep}")
