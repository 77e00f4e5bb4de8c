from __future__ import annotations

import os
import plistlib
import sys
from typing import TYPE_CHECKING

import pytest

import macos_image
from set_up_error import SetUpError

if TYPE_CHECKING:
    from pathlib import Path

TOOLS = ("codesign", "hdiutil", "xcrun")
CERTIFICATE = "Developer ID Application: The Semblance authors (ABCDE12345)"


@pytest.fixture
def program(tmp_path: Path) -> Path:
    program = tmp_path / "build" / "frozen" / "Semblance.app"
    (program / "Contents").mkdir(parents=True)
    return program


@pytest.fixture
def log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a file in which stand-ins for the tools of macOS note their arguments."""
    if sys.platform == "win32":
        pytest.skip("the stand-ins are shell scripts")
    log = tmp_path / "log"
    for tool in TOOLS:
        script = tmp_path / "tools" / tool
        script.parent.mkdir(exist_ok=True)
        script.write_text(f'#!/bin/sh\necho "{tool} $*" >> "{log}"\nexit "${{STATUS:-0}}"\n')
        script.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path / "tools"), prepend=os.pathsep)
    for name in (macos_image.CERTIFICATE, macos_image.PROFILE):
        monkeypatch.delenv(name, raising=False)
    return log


def test_image_without_a_certificate_is_signed_for_this_computer_alone(
    program: Path, log: Path, tmp_path: Path
) -> None:
    macos_image.build(program, "1.2.3", tmp_path / "dist")

    sign, verify, create = log.read_text().splitlines()
    moved = tmp_path / "build" / "image" / "Semblance.app"
    assert sign == f"codesign --force --sign - {moved}"
    assert verify.endswith(f"--strict {moved}")
    assert f"-srcfolder {moved.parent} " in create
    assert f" {tmp_path / 'dist'}/semblance-1.2.3-" in create


def test_image_contains_the_program_and_a_link_to_the_applications(program: Path, log: Path, tmp_path: Path) -> None:
    for _ in range(2):
        (program / "Contents").mkdir(parents=True, exist_ok=True)
        macos_image.build(program, "1.2.3", tmp_path / "dist")

    content = tmp_path / "build" / "image"
    assert sorted(file.name for file in content.iterdir()) == ["Applications", "Semblance.app"]
    assert os.readlink(content / "Applications") == "/Applications"
    assert (content / "Semblance.app" / "Contents").is_dir()


def test_image_with_a_certificate_is_signed_for_all_and_notarised(
    program: Path, log: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(macos_image.CERTIFICATE, CERTIFICATE)
    monkeypatch.setenv(macos_image.PROFILE, "semblance")
    macos_image.build(program, "1.2.3", tmp_path)

    sign, _, _, sign_image, submit, staple = log.read_text().splitlines()
    assert f"--sign {CERTIFICATE} --options runtime --timestamp --entitlements {macos_image.ENTITLEMENTS}" in sign
    assert f"--sign {CERTIFICATE} --timestamp {tmp_path}/semblance" in sign_image
    assert submit.startswith("xcrun notarytool submit ")
    assert submit.endswith(" --keychain-profile semblance --wait")
    assert staple.startswith("xcrun stapler staple ")


def test_failed_step_ends_the_build(program: Path, log: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STATUS", "3")
    with pytest.raises(SetUpError, match="codesign ended with status 3"):
        macos_image.build(program, "1.2.3", tmp_path)
    assert len(log.read_text().splitlines()) == 1


def test_notarisation_without_a_certificate_is_refused(program: Path, tmp_path: Path) -> None:
    with pytest.raises(SetUpError, match=macos_image.CERTIFICATE):
        macos_image.commands(program, tmp_path / "image.dmg", {macos_image.PROFILE: "semblance"})


def test_macos_offers_the_program_for_pictures_but_not_as_their_default() -> None:
    info = plistlib.loads(plistlib.dumps(macos_image.info("1.2.3")))
    (pictures,) = info["CFBundleDocumentTypes"]
    assert {"heic", "jpg", "nef"} <= set(pictures["CFBundleTypeExtensions"])
    assert (pictures["CFBundleTypeRole"], pictures["LSHandlerRank"]) == ("Viewer", "Alternate")
    assert info["CFBundleVersion"] == info["CFBundleShortVersionString"] == "1.2.3"


def test_signed_program_may_compile_the_model() -> None:
    entitlements = plistlib.loads(macos_image.ENTITLEMENTS.read_bytes())
    assert entitlements["com.apple.security.cs.allow-jit"] is True
