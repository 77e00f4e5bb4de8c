"""System libraries that Qt needs on Linux and no Python package contains, and the virtual screen for tests."""

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
    """A shared library or program, and the Debian package that contains it."""

    file: str
    package: str

    def is_installed(self) -> bool:
        """Return whether the dynamic linker finds the library, or `PATH` has the program."""
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
"""What Qt needs, even without a screen."""

WINDOW = (
    SystemLibrary("libxcb-cursor.so.0", "libxcb-cursor0"),
    SystemLibrary("libxcb-icccm.so.4", "libxcb-icccm4"),
    SystemLibrary("libxcb-keysyms.so.1", "libxcb-keysyms1"),
    SystemLibrary("libxcb-shape.so.0", "libxcb-shape0"),
    SystemLibrary("libxkbcommon-x11.so.0", "libxkbcommon-x11-0"),
)
"""What else a visible window needs under X11."""

TEST_SCREEN = (
    *WINDOW,
    SystemLibrary("Xvfb", "xvfb"),
    SystemLibrary("xauth", "xauth"),
    SystemLibrary("openbox", "openbox"),
    SystemLibrary("xdotool", "xdotool"),
)
"""What tests need to open a window on a virtual screen, and to use it by mouse and keyboard."""

ARCHIVERS = (SystemLibrary("makeself", "makeself"), SystemLibrary("xz", "xz-utils"), SystemLibrary("zstd", "zstd"))

TEST_INSTALLERS = (
    *ARCHIVERS,
    SystemLibrary("makensis", "nsis"),
    SystemLibrary("shellcheck", "shellcheck"),
    SystemLibrary("desktop-file-validate", "desktop-file-utils"),
    SystemLibrary("appstreamcli", "appstream"),
)
"""What tests need to make installers of a small program, and to check the files of the desktop."""

BUILDING = (*WIDGETS, *WINDOW, *ARCHIVERS, SystemLibrary("strip", "binutils"))
"""What building a package needs. The small libraries of `WINDOW` become part of it."""

CHECKING_PACKAGES = (
    SystemLibrary("lintian", "lintian"),
    SystemLibrary("desktop-file-validate", "desktop-file-utils"),
    SystemLibrary("appstreamcli", "appstream"),
)


def require(libraries: Iterable[SystemLibrary]) -> None:
    """Check that the libraries are installed, and install missing ones if possible.

    Raises:
        SetUpError: Some are missing and could not be installed. The message has the commands that install them.
    """
    if missing := provide(libraries):
        raise SetUpError(missing_message(missing))


def recommend(libraries: Iterable[SystemLibrary], without_them: str) -> None:
    """Install missing libraries if possible, else print which are missing and the consequence `without_them`."""
    if missing := provide(libraries):
        print(f"{missing_message(missing)}\n{without_them}", file=sys.stderr)


def require_for_window() -> None:
    """Check that the libraries of the program are installed. Without a screen it needs fewer of them."""
    require((*WIDGETS, *WINDOW) if "DISPLAY" in os.environ else WIDGETS)


def has_screen(system: str = sys.platform, environment: Mapping[str, str] = os.environ) -> bool:
    """Return whether there is a screen for the window."""
    return system != "linux" or bool(environment.get("DISPLAY") or environment.get("WAYLAND_DISPLAY"))


def provide(libraries: Iterable[SystemLibrary]) -> list[SystemLibrary]:
    """Install missing libraries if this is root on Debian or Ubuntu, and return those that are still missing."""
    if sys.platform != "linux":
        return []
    missing = [library for library in libraries if not library.is_installed()]
    if not missing or os.geteuid() != 0 or not shutil.which("apt-get"):
        return missing
    packages = [library.package for library in missing]
    print(f"Installing system packages: {' '.join(packages)}", file=sys.stderr, flush=True)
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in apt_commands(packages):
        done = subprocess.run(command, env=quiet, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            print(f"{' '.join(command)} failed:\n{done.stderr.strip()}", file=sys.stderr)
    return [library for library in missing if not library.is_installed()]


def apt_commands(packages: list[str]) -> list[list[str]]:
    """Return the commands that install Debian packages without prompts."""
    return [["apt-get", "update"], ["apt-get", "install", "--yes", "--no-install-recommends", *packages]]


def missing_message(missing: list[SystemLibrary]) -> str:
    """Return a message with the missing libraries and the commands that install them."""
    files = ", ".join(library.file for library in missing)
    commands = apt_commands([library.package for library in missing])
    lines = "\n".join("    sudo " + " ".join(command) for command in commands)
    return f"This system lacks {files}. On Debian and Ubuntu, install what is missing with:\n{lines}"
