"""Lists the files of the frozen program with their hashes, so that two builds can be compared."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def file_list(program: Path) -> str:
    """Return a line for each file below a folder, in the format of sha256sum and sorted by path."""
    files = {file.relative_to(program).as_posix(): file for file in program.rglob("*") if file.is_file()}
    return "".join(f"{sha256(files[path])}  {path}\n" for path in sorted(files))


def sha256(file: Path) -> str:
    """Return the SHA-256 hash of a file in hexadecimal digits. A link has the hash of its target."""
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()
