"""Drives that are mounted on folders, either by the operating system or simulated by patching `os.stat`."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import pytest


class Drive(Protocol):
    """A drive that can be mounted on `folder`. Files written there while it is mounted are on the drive."""

    folder: Path

    def connect(self) -> None: ...

    def disconnect(self, *, leaves_folder: bool = True) -> None: ...


class MountedDrive:
    """A drive that the operating system mounts, which needs the rights that `may_mount` checks."""

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

    def destroy(self) -> None:
        if os.path.ismount(self.folder):
            _unmount(self.folder)
        _unmount(self._store)


class SimulatedDrive:
    """A drive for which `os.stat` reports another device number while it is mounted on its folder."""

    _devices = 1 << 20

    def __init__(self, folder: Path, store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        self._store, self._mount_point = store, store.with_name(f"mount point of {store.name}")
        self.is_connected = False
        store.mkdir(parents=True)
        SimulatedDrive._devices += 1
        self._device = SimulatedDrive._devices
        self._real_stat = os.stat
        monkeypatch.setattr(os, "stat", self._stat)

    def connect(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        self.folder.rename(self._mount_point)
        self._store.rename(self.folder)
        self.is_connected = True

    def disconnect(self, *, leaves_folder: bool = True) -> None:
        self.is_connected = False
        self.folder.rename(self._store)
        self._mount_point.rename(self.folder)
        if not leaves_folder:
            self.folder.rmdir()

    def _stat(self, path: str | Path | int = ".", **how: bool) -> os.stat_result:
        status = self._real_stat(path, **how)
        if not self.is_connected or isinstance(path, int) or not self._holds(path):
            return status
        fields = {name: getattr(status, name) for name in dir(status) if name.startswith("st_")}
        return os.stat_result((*status[:2], self._device, *status[3:]), fields)

    def _holds(self, path: str | Path) -> bool:
        return Path(os.path.realpath(path)).is_relative_to(self.folder)


def may_mount(folder: Path) -> bool:
    """Return whether this user may mount a file system on a folder."""
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
