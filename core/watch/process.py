"""Watches one folder. Runs in a process of its own.

While watchfiles has the system watch a folder, it holds the interpreter lock. This can take seconds, or forever on a
network share that does not answer.
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

from core.folders.skipped import is_in_skipped_folder

if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from multiprocessing.connection import Connection

    from watchfiles._rust_notify import RustNotify


LIMITS = {
    "watch limit reached": "fs.inotify.max_user_watches",
    "Too many open files": "fs.inotify.max_user_instances",
}
"""Texts in the system's error messages, with the system setting whose limit was reached."""

RawChanges: TypeAlias = "set[tuple[int, str]]"
"""Changes as watchfiles reports them: pairs of a kind (`ADDED`, 2 for modified, `DELETED`) and a path."""

ADDED, DELETED = 1, 3
BATCH_MS = 1_000
STEP_MS = 300
CHECK_MS = 2_000
POLL_MS = 60_000
RELEASE_SECONDS = 0.5
ATTEMPTS = 5

WATCHES_EACH_FOLDER = sys.platform == "linux"
"""Linux watches single folders. Other systems watch a folder together with everything below it."""


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


@dataclass(frozen=True, slots=True)
class StopSignal:
    """A stop event for watchfiles. It is set once the listener closes its end of the pipe."""

    pipe: Connection

    def is_set(self) -> bool:
        """Return whether the other end of the pipe is closed; nothing is ever sent from there."""
        try:
            return self.pipe.poll(0)
        except OSError:  # Windows reports the closed end with this error
            return True


def serve(root: str, leave_out: str, pipe: Connection) -> None:
    """Send the events of a folder until the folder is gone or the listener closes the pipe."""
    # Ctrl-C reaches every process of the terminal. The parent process decides how to react to it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with suppress(ConnectionError):
        for event in FolderWatch(root, leave_out).events(StopSignal(pipe)):
            pipe.send(event)


def start_watch(folders: list[str]) -> RustNotify:
    """Have the system watch some folders, and return the running watch.

    Raises:
        OSError: One of the folders is gone, or the system refuses to watch more.
    """
    from watchfiles._rust_notify import RustNotify, WatchfilesRustInternalError

    try:
        # On Linux the folders are listed one by one instead of recursively. A recursive watch fails at the first folder
        # that is unreadable or exceeds the system's limit. Told to ignore such errors, it stops there silently.
        return RustNotify(folders, False, False, POLL_MS, not WATCHES_EACH_FOLDER, False)
    except WatchfilesRustInternalError as error:
        raise OSError(str(error)) from error


class FolderWatch:
    """Watches a folder and everything in it except hidden folders and the library."""

    def __init__(self, root: str, leave_out: str, start: Callable[[list[str]], RustNotify] = start_watch) -> None:
        self._root = root
        self._real_root = os.path.realpath(root)  # macOS reports real paths, whatever path is watched
        left_out = os.path.realpath(leave_out)
        self._left_out = "" if _contains(left_out, self._real_root) else left_out
        self._start = start
        self._watched: set[str] = set()
        self._missed: RawChanges = set()

    def events(self, stop: StopSignal) -> Generator[WatchEvent, None, None]:
        """Yield `RescanNeeded` once everything is watched, then the changes, until the folder is gone or `stop` is set.

        Ends with `Refused` if the system cannot watch the folder.
        """
        try:
            identity, mounts = _identity(self._real_root), _mounts(self._real_root)
            watch = self._begin()
            yield RescanNeeded()
            while not stop.is_set():
                changes = _next_changes(watch, stop)
                if _identity(self._real_root) != identity:
                    return  # the folder was replaced by another one, so its files were not deleted as reported
                mounts_before, mounts = mounts, _mounts(self._real_root)
                if changes is None or mounts != mounts_before:  # a newly mounted drive is not watched yet
                    watch = self._begin(watch)
                    yield RescanNeeded()
                    continue
                changes |= self._missed
                self._missed = set()
                if self._has_new_folder(changes):
                    old, watch = watch, self._begin(watch)
                    remaining = _remaining_changes(old)
                    if remaining is None:
                        yield RescanNeeded()
                    changes |= remaining or set()
                if paths := [self._relative(path) for _, path in changes if self._is_relevant(path)]:
                    yield Changed(frozenset(os.path.join(self._root, path) for path in paths))
        except (FileNotFoundError, NotADirectoryError):
            return
        except OSError as error:
            yield refusal(error)

    def _begin(self, old: RustNotify | None = None) -> RustNotify:
        """Return a watch on all current folders. The `old` watch keeps running meanwhile, so that nothing is missed."""
        try:
            return self._attempt()
        except OSError as error:
            if old is None or isinstance(error, FileNotFoundError | NotADirectoryError):
                raise
        # Both watches together may exceed the system's limit.
        old.close()
        time.sleep(RELEASE_SECONDS)
        return self._attempt()

    def _attempt(self, attempts: int = ATTEMPTS) -> RustNotify:
        folders = self._folders()
        try:
            watch = self._start(folders)
        except FileNotFoundError:
            if attempts == 1:
                raise
            return self._attempt(attempts - 1)  # a folder was deleted since it was listed
        self._watched = set(folders)
        # Folders that were created after their parent was listed and before it was watched.
        self._missed = {(ADDED, folder) for folder in self._folders() if folder not in self._watched}
        return watch

    def _folders(self) -> list[str]:
        """Return the folders to watch, each by the first path that leads to it, in the order of a scan."""
        if not WATCHES_EACH_FOLDER:
            return [self._real_root]
        with os.scandir(self._real_root):
            pass  # raises if the root is unreadable; unreadable folders below it are skipped
        seen = set()
        with suppress(OSError):
            seen.add(_identity(self._left_out))
        found, waiting = [], [self._real_root]
        while waiting:
            folder = waiting.pop()
            with suppress(OSError, UnicodeEncodeError):
                folder.encode()  # watchfiles accepts only names that are valid UTF-8
                identity = _identity(folder)
                if identity not in seen:
                    seen.add(identity)
                    waiting += [os.path.join(folder, name) for name in _subfolders(folder)]
                    found.append(folder)
        return found

    def _has_new_folder(self, changes: RawChanges) -> bool:
        return WATCHES_EACH_FOLDER and any(
            kind != DELETED and (kind == ADDED or path not in self._watched) and os.path.isdir(path)
            for kind, path in changes
            if self._is_relevant(path)
        )

    def _is_relevant(self, path: str) -> bool:
        """Return whether a path is neither hidden nor in the library."""
        return not is_in_skipped_folder(self._relative(path).split(os.sep)) and not _contains(self._left_out, path)

    def _relative(self, path: str) -> str:
        return path.removeprefix(self._real_root).lstrip(os.sep)


def _next_changes(watch: RustNotify, stop: StopSignal) -> RawChanges | None:
    """Return the next changes, or None if they are unknown because the watch broke."""
    try:
        changes = watch.watch(BATCH_MS, STEP_MS, CHECK_MS, stop)
    except RuntimeError:
        return None  # a name that is not UTF-8 causes this, for example, and the watch reports nothing afterwards
    return set() if isinstance(changes, str) else changes


def _remaining_changes(watch: RustNotify) -> RawChanges | None:
    """Close a watch and return the changes that it has collected, or None if they are unknown."""
    try:
        changes = watch.watch(1, 1, 1, None)
    except RuntimeError:
        return None
    watch.close()
    return set() if isinstance(changes, str) else changes


def _subfolders(folder: str) -> list[str]:
    """Return the names of the visible folders in a folder, in reverse order."""
    with os.scandir(folder) as entries:
        return sorted((entry.name for entry in entries if entry.name[0] != "." and _is_folder(entry)), reverse=True)


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:
        return False


def _identity(folder: str) -> tuple[int, int]:
    status = os.stat(folder)
    # A watch keeps a folder's inode number in use on Linux. On other systems, some file systems change it now and then.
    return status.st_dev, status.st_ino if WATCHES_EACH_FOLDER else 0


def _mounts(folder: str) -> set[tuple[str, str]]:
    """Return the devices mounted inside a folder, with their mount points, without accessing any drive."""
    with suppress(OSError):
        if sys.platform != "win32":  # Windows would access each drive
            partitions = psutil.disk_partitions(all=True)
            return {(each.device, each.mountpoint) for each in partitions if _contains(folder, each.mountpoint)}
    return set()


def _contains(folder: str, path: str) -> bool:
    return bool(folder) and f"{path}{os.sep}".startswith(f"{folder.rstrip(os.sep)}{os.sep}")
