"""The libraries of the Linux system that Qt needs and no Python package brings, and the screen that tests need."""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from set_up_error import SetUpError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


@dataclass(frozen=True, slots=True)
class SystemLibrary:
    """A shared library or a program, and the Debian package that it comes in."""

    file: str
    package: str

    def is_there(self) -> bool:
        """Return whether the dynamic linker finds the library, or the shell the program."""
        if ".so" not in self.file:
            return shutil.which(self.file) is not None
        try:
            ctypes.CDLL(self.file)
        except OSError:
            return False
        return True


WIDGETS = (
    SystemLibrary("libGL.so.1", "libgl1"),
    SystemLibrary("libEGL.so.1", "libegl1"),
    SystemLibrary("libglib-2.0.so.0", "libglib2.0-0"),
    SystemLibrary("libdbus-1.so.3", "libdbus-1-3"),
    SystemLibrary("libfontconfig.so.1", "libfontconfig1"),
    SystemLibrary("libxkbcommon.so.0", "libxkbcommon0"),
    SystemLibrary("libX11.so.6", "libx11-6"),
    SystemLibrary("libgssapi_krb5.so.2", "libgssapi-krb5-2"),
)
"""What Qt needs even without a screen."""

WINDOW = (
    SystemLibrary("libxcb-cursor.so.0", "libxcb-cursor0"),
    SystemLibrary("libxcb-icccm.so.4", "libxcb-icccm4"),
    SystemLibrary("libxcb-keysyms.so.1", "libxcb-keysyms1"),
    SystemLibrary("libxcb-shape.so.0", "libxcb-shape0"),
    SystemLibrary("libxkbcommon-x11.so.0", "libxkbcommon-x11-0"),
)
"""What a real window needs on top, under X11."""

TEST_SCREEN = (*WINDOW, SystemLibrary("Xvfb", "xvfb"), SystemLibrary("xauth", "xauth"))
"""What tests need to open a real window where there is no screen."""


def require(libraries: Iterable[SystemLibrary]) -> None:
    """Make sure of the libraries, installing them where that is possible.

    Raises:
        SetUpError: Some are missing and could not be installed. The text says which, and how to install them.
    """
    if lacking := provide(libraries):
        raise SetUpError(sentence(lacking))


def recommend(libraries: Iterable[SystemLibrary], without_them: str) -> None:
    """Try for the libraries, and say which are missing and what that means where they cannot be had."""
    if lacking := provide(libraries):
        print(f"{sentence(lacking)}\n{without_them}", file=sys.stderr)


def require_for_window() -> None:
    """Make sure of what the program needs here: less where there is no screen for a window."""
    require((*WIDGETS, *WINDOW) if "DISPLAY" in os.environ else WIDGETS)


def has_screen(system: str = sys.platform, environment: Mapping[str, str] = os.environ) -> bool:
    """Return whether a window can be seen by somebody."""
    return system != "linux" or bool(environment.get("DISPLAY") or environment.get("WAYLAND_DISPLAY"))


def provide(libraries: Iterable[SystemLibrary]) -> list[SystemLibrary]:
    """Install missing libraries when run by root on Debian or Ubuntu, and return those that are missing after that."""
    if sys.platform != "linux":
        return []
    lacking = [library for library in libraries if not library.is_there()]
    if not lacking or os.geteuid() != 0 or not shutil.which("apt-get"):
        return lacking
    packages = [library.package for library in lacking]
    print(f"Installing system packages: {' '.join(packages)}", file=sys.stderr, flush=True)
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in apt_commands(packages):
        done = subprocess.run(command, env=quiet, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            print(f"{' '.join(command)} failed. It says:\n{done.stderr.strip()}", file=sys.stderr)
    return [library for library in lacking if not library.is_there()]


def apt_commands(packages: list[str]) -> list[list[str]]:
    """Return the commands that install Debian packages without a question."""
    return [["apt-get", "update"], ["apt-get", "install", "--yes", "--no-install-recommends", *packages]]


def sentence(lacking: list[SystemLibrary]) -> str:
    """Return which libraries are missing, and how to install them."""
    files = ", ".join(library.file for library in lacking)
    how = "\n".join("    sudo " + " ".join(command) for command in apt_commands([part.package for part in lacking]))
    return f"This system lacks {files}. On Debian and Ubuntu these commands install what is missing:\n{how}"
