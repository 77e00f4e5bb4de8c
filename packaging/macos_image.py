"""Builds the disk image for macOS from the frozen program.

The program is signed with the certificate that the variable `CODESIGN_IDENTITY` names, and notarised with the keychain
profile that `NOTARYTOOL_PROFILE` names. Without a certificate, it gets a signature that only this computer trusts.
"""

from __future__ import annotations

import os
import platform
import plistlib
import shutil
import subprocess
from typing import TYPE_CHECKING, Any

from environment import CHECKOUT
from picture_types import EXTENSIONS
from set_up_error import SetUpError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    Command = list[str | Path]

ICON = "semblance.icns"
INFO = "Info.plist"
CERTIFICATE = "CODESIGN_IDENTITY"
PROFILE = "NOTARYTOOL_PROFILE"
ENTITLEMENTS = CHECKOUT / "packaging" / "installer" / "macos" / "entitlements.plist"


def prepare(python: Path, version: str, made: Path) -> None:
    """Write what PyInstaller needs for macOS to the folder `made`. `python` is that of the environment.

    Raises:
        SetUpError: The icon could not be drawn.
    """
    made.mkdir(parents=True, exist_ok=True)
    (made / INFO).write_bytes(plistlib.dumps(info(version)))
    if subprocess.call([python, CHECKOUT / "packaging" / "app_icons.py", made / ICON]):
        raise SetUpError("The icon of the program could not be drawn.")


def info(version: str) -> dict[str, Any]:
    """Return what the program tells macOS about itself. PyInstaller adds its name and its executable."""
    pictures = {
        "CFBundleTypeName": "Picture",
        "CFBundleTypeRole": "Viewer",
        "CFBundleTypeExtensions": [extension.removeprefix(".") for extension in EXTENSIONS],
        "LSHandlerRank": "Alternate",  # offered by "Open With", and never the default
    }
    return {
        "CFBundleIdentifier": "app.semblance.Semblance",
        "CFBundleShortVersionString": version,
        "CFBundleVersion": version,
        "CFBundleDocumentTypes": [pictures],
        "LSApplicationCategoryType": "public.app-category.photography",
        "NSHighResolutionCapable": True,
        "NSHumanReadableCopyright": "The Semblance authors. Apache License 2.0.",
    }


def build(program: Path, version: str, target: Path) -> None:
    """Write the disk image with a frozen program to the folder `target`.

    Raises:
        SetUpError: A step failed. Its output says why.
    """
    target.mkdir(parents=True, exist_ok=True)
    content = program.parents[1] / "image"
    shutil.rmtree(content, ignore_errors=True)
    content.mkdir()
    (content / "Applications").symlink_to("/Applications")
    image = target / f"semblance-{version}-{platform.machine()}.dmg"
    for command in commands(program.rename(content / program.name), image, os.environ):
        if status := subprocess.call(command):
            raise SetUpError(f"The disk image could not be built: {command[0]} ended with status {status}.")


def commands(program: Path, image: Path, environment: Mapping[str, str]) -> list[Command]:
    """Return the commands that sign a program, and make a disk image of the folder that it is in.

    Raises:
        SetUpError: A program cannot be notarised without a certificate.
    """
    certificate, profile = environment.get(CERTIFICATE), environment.get(PROFILE)
    if profile and not certificate:
        raise SetUpError(f"{PROFILE} is set, but no certificate is named. Name one in {CERTIFICATE}.")
    # PyInstaller has signed the libraries in the program. The program itself has changed since.
    hardened: Command = ["--options", "runtime", "--timestamp", "--entitlements", ENTITLEMENTS] if certificate else []
    steps: list[Command] = [
        ["codesign", "--force", "--sign", certificate or "-", *hardened, program],
        ["codesign", "--verify", "--deep", "--strict", program],
        ["hdiutil", "create", "-volname", "Semblance", "-srcfolder", program.parent, "-format", "ULMO", "-ov", image],
    ]
    if certificate:
        steps.append(["codesign", "--sign", certificate, "--timestamp", image])
    if profile:
        steps.append(["xcrun", "notarytool", "submit", image, "--keychain-profile", profile, "--wait"])
        steps.append(["xcrun", "stapler", "staple", image])
    return steps
