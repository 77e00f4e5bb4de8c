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
XZ_MAGIC = b"\xfd7zXZ\0"

needs_tools = pytest.mark.skipif(
    not all(map(shutil.which, ("makeself", "tar", "xz", "zstd"))), reason="makeself, tar, xz or zstd is not installed"
)


def built(program: Path, target: Path) -> dict[str, bytes]:
    packages.build(Path(sys.executable), program, "1.2.3", COMMIT_TIME, target)
    return {file.name: file.read_bytes() for file in target.iterdir()}


@pytest.mark.slow
@needs_tools
def test_packages_and_archives_are_the_same_whenever_they_are_built(program: Path, tmp_path: Path) -> None:
    first = built(program, tmp_path / "first")
    for file in program.rglob("*"):
        os.utime(file, (COMMIT_TIME + 9, COMMIT_TIME + 9))
        file.chmod(0o700 if os.access(file, os.X_OK) else 0o600)  # as with another umask
    (tmp_path / "elsewhere").mkdir()
    shutil.rmtree(program.with_name("share"))
    moved = program.parent.rename(tmp_path / "elsewhere" / "frozen")
    second = built(moved / "semblance", tmp_path / "second")
    assert first.keys() == second.keys()
    assert sorted(name.rpartition(".")[2] for name in first) == ["deb", "deb", "rpm", "rpm", "run", "zst", "zst"]
    assert [name for name in first if first[name] != second[name]] == []
    (run,) = (data for name, data in first.items() if name.endswith(".run"))
    assert b"Tue, 14 Nov 2023 22:13:20" in run
    assert XZ_MAGIC in run


@pytest.mark.slow
@needs_tools
def test_pytorch_has_packages_of_its_own_that_put_it_beside_the_program(program: Path, tmp_path: Path) -> None:
    built(program, tmp_path / "dist")
    (package,) = (tmp_path / "dist").glob("semblance-pytorch_1.2.3-1_*.deb")
    listed = subprocess.run(["dpkg-deb", "--contents", package], capture_output=True, text=True, check=True).stdout
    assert "./usr/lib/semblance/pytorch/torch/__init__.py" in listed
    depends = subprocess.run(["dpkg-deb", "--field", package, "Depends"], capture_output=True, text=True, check=True)
    assert depends.stdout == "semblance (= 1.2.3-1)\n"
    (package,) = (tmp_path / "dist").glob("semblance_1.2.3-1_*.deb")
    listed = subprocess.run(["dpkg-deb", "--contents", package], capture_output=True, text=True, check=True).stdout
    assert "torch" not in listed
    (archive,) = (tmp_path / "dist").glob("semblance-pytorch-1.2.3-linux-*.tar.zst")
    listed = subprocess.run(["tar", "-tf", archive], capture_output=True, text=True, check=True).stdout
    assert "pytorch/torch/__init__.py" in listed.splitlines()


@pytest.mark.slow
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
