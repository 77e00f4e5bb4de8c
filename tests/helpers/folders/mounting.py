"""Drives that are mounted on folders: by the system, or only as far as it tells on which device a folder is."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import pytest


class Drive(Protocol):
    """A drive that may be mounted on a `folder`. What is written there while it is, is on the drive."""

    folder: Path

    def connect(self) -> None: ...

    def disconnect(self, *, leaves_folder: bool = True) -> None: ...


class MountedDrive:
    """A drive that the system mounts, see `may_mount`."""

    def __init__(self, folder: Path, store: Path) -> None:
        self.folder = folder
        self._store = store
        store.mkdir(parents=True)
        _mount("-t", "tmpfs", "tmpfs", store)

    def connect(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        _mount("--bind", self._store, self.folder)

    def disconnect(self, *, leaves_folder: bool = True) -> None:
        _unmount(self.folder)
        if not leaves_folder:
            self.folder.rmdir()

    def take_away(self) -> None:
        if os.path.ismount(self.folder):
            _unmount(self.folder)
        _unmount(self._store)


class ToldDrive:
    """A drive whose folder is said to be on another device while it is mounted there."""

    _devices = 1 << 20

    def __init__(self, folder: Path, store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        self._store, self._covered = store, store.with_name(f"covered by {store.name}")
        self.is_connected = False
        store.mkdir(parents=True)
        ToldDrive._devices += 1
        self._device = ToldDrive._devices
        self._ask = os.stat
        monkeypatch.setattr(os, "stat", self._stat)

    def connect(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        self.folder.rename(self._covered)
        self._store.rename(self.folder)
        self.is_connected = True

    def disconnect(self, *, leaves_folder: bool = True) -> None:
        self.is_connected = False
        self.folder.rename(self._store)
        self._covered.rename(self.folder)
        if not leaves_folder:
            self.folder.rmdir()

    def _stat(self, path: str | Path | int = ".", **how: bool) -> os.stat_result:
        status = self._ask(path, **how)
        if not self.is_connected or isinstance(path, int) or not self._holds(path):
            return status
        fields = {name: getattr(status, name) for name in dir(status) if name.startswith("st_")}
        return os.stat_result((*status[:2], self._device, *status[3:]), fields)

    def _holds(self, path: str | Path) -> bool:
        return Path(os.path.realpath(path)).is_relative_to(self.folder)


def may_mount(folder: Path) -> bool:
    """Tell whether this user may mount something on a folder here."""
    if sys.platform != "linux" or os.geteuid() != 0:
        return False
    try:
        _mount("-t", "tmpfs", "tmpfs", folder)
    except (OSError, subprocess.CalledProcessError):
        return False
    _unmount(folder)
    return True


def _mount(*arguments: str | Path) -> None:
    subprocess.run(["mount", *arguments], check=True, capture_output=True)


def _unmount(folder: Path) -> None:
    subprocess.run(["umount", folder], check=True, capture_output=True)
