from __future__ import annotations

import os
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from core.errors import LibraryError, LibraryInUseError
from core.library.files import LibraryFiles, LibraryLock

if TYPE_CHECKING:
    from collections.abc import Iterator

HOLDS_THE_LOCK = """
import sys
from pathlib import Path
from core.library.files import LibraryLock
lock = LibraryLock(Path(sys.argv[1]))
print("held", flush=True)
sys.stdin.read()
"""
TRIES_THE_LOCK = """
import sys
from pathlib import Path
from core.errors import LibraryInUseError
from core.library.files import LibraryLock
try:
    LibraryLock(Path(sys.argv[1])).release()
    print("free")
except LibraryInUseError as error:
    print(error)
"""
ENVIRONMENT = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "new" / "library"


@contextmanager
def held_elsewhere(folder: Path) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        [sys.executable, "-c", HOLDS_THE_LOCK, folder],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=ENVIRONMENT,
    ) as program:
        assert program.stdout is not None
        assert program.stdout.readline() == "held\n"
        yield program
        program.kill()


def test_second_program_is_rejected_with_the_process_id_of_the_first(folder: Path) -> None:
    lock = LibraryLock(folder)

    done = subprocess.run(
        [sys.executable, "-c", TRIES_THE_LOCK, folder], capture_output=True, text=True, check=True, env=ENVIRONMENT
    )
    lock.release()

    assert f"{folder} is open in another Semblance (process {os.getpid()})" in done.stdout
    assert "--library" in done.stdout


def test_killed_program_releases_the_lock(folder: Path) -> None:
    with held_elsewhere(folder) as program:
        with pytest.raises(LibraryInUseError, match=rf"\(process {program.pid}\)"):
            LibraryLock(folder)
        program.kill()
        program.wait()

        LibraryLock(folder).release()


def test_library_cannot_be_opened_twice_in_one_program(folder: Path) -> None:
    lock = LibraryLock(folder)

    with pytest.raises(LibraryInUseError):
        LibraryLock(folder)
    lock.release()

    LibraryLock(folder).release()


def test_rejected_lock_does_not_affect_the_existing_one(folder: Path) -> None:
    lock = LibraryLock(folder)
    for _ in range(2):
        with pytest.raises(LibraryInUseError, match=f"process {os.getpid()}"):
            LibraryLock(folder)
    lock.release()


@pytest.mark.parametrize("location", ["file", "file/below"])
def test_error_names_the_folder_that_cannot_be_created(tmp_path: Path, location: str) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(LibraryError, match=rf"The library folder {tmp_path / location} cannot be used: .*--library"):
        LibraryLock(tmp_path / location)


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="this user can write everywhere")
def test_folder_without_write_permission_is_an_error(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)

    with pytest.raises(LibraryError, match="Permission denied"):
        LibraryLock(tmp_path)
    tmp_path.chmod(0o700)


def test_parts_of_a_library_are_inside_it_and_distinct(tmp_path: Path) -> None:
    library = LibraryFiles(tmp_path)
    parts = {library.catalog, library.milvus, library.models, library.thumbnails}

    assert len(parts) == 4
    assert {part.parent for part in parts} == {tmp_path}


def test_size_includes_files_in_hidden_folders(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(bytes(100))
    (tmp_path / "sub" / ".hidden").mkdir(parents=True)
    (tmp_path / "sub" / ".hidden" / "b").write_bytes(bytes(23))

    assert LibraryFiles(tmp_path).size() == 123
    assert LibraryFiles(tmp_path / "gone").size() == 0


def test_size_ignores_folders_that_are_deleted_meanwhile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a").write_bytes(bytes(100))
    doomed = tmp_path / "doomed"
    doomed.mkdir()
    scandir = os.scandir

    def delete_first(path: str | os.PathLike[str]) -> object:
        if Path(path) == doomed and doomed.exists():
            doomed.rmdir()
        return scandir(path)

    monkeypatch.setattr(os, "scandir", delete_first)

    assert LibraryFiles(tmp_path).size() == 100
