"""The packages and archives, of a small program."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from linux import archives, packages

COMMIT_TIME = 1_700_000_000
GZIP_MAGIC = b"\x1f\x8b\x08"
NO_TIME = bytes(4)

needs_tools = pytest.mark.skipif(
    not all(map(shutil.which, ("makeself", "tar", "zstd"))), reason="makeself, tar or zstd is not installed"
)


def built(program: Path, target: Path) -> dict[str, bytes]:
    packages.build(Path(sys.executable), program, "1.2.3", COMMIT_TIME, target)
    return {file.suffix: file.read_bytes() for file in target.iterdir()}


@needs_tools
def test_packages_and_archives_are_the_same_whenever_they_are_built(program: Path, tmp_path: Path) -> None:
    first = built(program, tmp_path / "first")
    for file in program.rglob("*"):
        os.utime(file, (COMMIT_TIME + 9, COMMIT_TIME + 9))
    (tmp_path / "elsewhere").mkdir()
    second = built(program.rename(tmp_path / "elsewhere" / "semblance"), tmp_path / "second")
    assert first.keys() == {".deb", ".rpm", ".run", ".zst"}
    assert [kind for kind in first if first[kind] != second[kind]] == []
    assert b"Tue, 14 Nov 2023 22:13:20" in first[".run"]
    _, _, compressed = first[".run"].partition(GZIP_MAGIC)
    assert compressed[1:5] == NO_TIME


@needs_tools
@pytest.mark.parametrize("kind", ["tar.zst", "run"])
def test_archive_installs_and_removes_the_program(kind: str, program: Path, share: Path, tmp_path: Path) -> None:
    (tmp_path / "dist").mkdir()
    archives.build(program, share, "1.2.3", COMMIT_TIME, tmp_path / "dist")
    (archive,) = (tmp_path / "dist").glob(f"semblance-1.2.3-linux-*.{kind}")
    home = tmp_path / "home"
    home.mkdir()
    variables = {"HOME": str(home), "PATH": os.environ["PATH"], "TMPDIR": str(tmp_path)}
    if kind == "run":
        install: list[Path | str] = [archive, "--quiet", "--"]
    else:
        subprocess.run(["tar", "-xf", archive, "-C", tmp_path], check=True)
        install = [tmp_path / archive.name.removesuffix(".tar.zst") / "install.sh"]
    subprocess.run(install, env=variables, check=True)
    command = home / ".local" / "bin" / "semblance"
    assert subprocess.run([command], capture_output=True, text=True, check=True).stdout == "started \n"
    subprocess.run([*install, "--uninstall"], env=variables, check=True)
    assert list(home.iterdir()) == []
