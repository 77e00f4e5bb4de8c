"""The list of the files in the frozen program, and the table of their sizes."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

import sizes
from file_list import file_list

if TYPE_CHECKING:
    from pathlib import Path

MEGABYTES = {
    "semblance": 3,
    "licences/numpy/LICENSE.txt": 0,
    "_internal/faiss/_swigfaiss.so": 5,
    "_internal/faiss_cpu.libs/libopenblaso.so": 7,
    "_internal/numpy-2.4.6.dist-info/METADATA": 0,
    "_internal/numpy.libs/libscipy_openblas.so": 10,
    "_internal/libpython3.11.so.1.0": 2,
    "_internal/python3.11/lib-dynload/math.so": 4,
    "_internal/resources/models/converted/model.bin": 8,
    "_internal/resources/samples/photos/cat.png": 1,
    "_internal/yaml/_yaml.so": 0,
}


@pytest.fixture
def program(tmp_path: Path) -> Path:
    """Return a folder with files and links like those of the frozen program."""
    folder = tmp_path / "semblance"
    for name, megabytes in MEGABYTES.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("wb") as opened:
            opened.write(name.encode())
            opened.truncate(megabytes * sizes.MEGABYTE + 100_000)  # a hole, which takes no room on the disk
    return folder


def test_list_has_every_file_sorted_by_path_with_its_hash(program: Path) -> None:
    lines = [line.split("  ") for line in file_list(program).splitlines()]
    assert [path for _, path in lines] == sorted(MEGABYTES)
    for digest, path in lines:
        assert digest == hashlib.sha256((program / path).read_bytes()).hexdigest()


@pytest.mark.skipif(not shutil.which("sha256sum"), reason="sha256sum is not installed")
@pytest.mark.skipif(os.name == "nt", reason="Windows requires a special permission for symbolic links")
def test_list_is_in_the_format_of_sha256sum_and_links_are_followed(program: Path) -> None:
    (program / "_internal" / "libopenblaso.so").symlink_to("faiss_cpu.libs/libopenblaso.so")

    def check(listed: str) -> int:
        command = ["sha256sum", "--check", "--strict", "--status"]
        return subprocess.run(command, input=listed, cwd=program, encoding="utf-8", check=False).returncode

    listed = file_list(program)
    assert "  _internal/libopenblaso.so\n" in listed
    assert check(listed) == 0
    (program / "_internal" / "yaml" / "_yaml.so").write_bytes(b"changed")
    assert check(listed) == 1


def test_same_files_in_two_folders_have_the_same_list(program: Path, tmp_path: Path) -> None:
    shutil.copytree(program, tmp_path / "second")
    assert file_list(tmp_path / "second") == file_list(program)


def test_table_has_the_parts_by_size_and_their_sum(program: Path) -> None:
    assert [line.split(maxsplit=2) for line in sizes.table(program).splitlines()] == [
        ["12.2", "MB", "faiss"],
        ["10.2", "MB", "numpy"],
        ["8.1", "MB", "models"],
        ["6.2", "MB", "python"],
        ["3.1", "MB", "modules in Python (semblance)"],
        ["1.1", "MB", "samples"],
        ["0.2", "MB", "rest"],
        ["41.1", "MB", "together"],
    ]
