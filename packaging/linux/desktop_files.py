"""Writes what connects the program with a Linux desktop: its entry in the menu, icons, manual and completion."""

from __future__ import annotations

import gzip
import os
import subprocess
from datetime import UTC, datetime
from string import Template
from typing import TYPE_CHECKING

from environment import CHECKOUT
from picture_types import PICTURE_TYPES
from set_up_error import SetUpError

if TYPE_CHECKING:
    from pathlib import Path

FILES = CHECKOUT / "packaging" / "installer" / "linux"


def write(python: Path, version: str, commit_time: int, target: Path) -> None:
    """Write a folder with the layout of /usr/share. `python` is that of the environment.

    Raises:
        SetUpError: A file could not be made.
    """
    write_texts(version, commit_time, target)
    for script, folder in (("app_icons.py", target / "icons"), ("linux/completion.py", target)):
        command = [python, CHECKOUT / "packaging" / script, folder]
        if status := subprocess.call(command, env=os.environ | {"PYTHONPATH": str(CHECKOUT)}):
            raise SetUpError(f"packaging/{script} ended with status {status}.")


def write_texts(version: str, commit_time: int, target: Path) -> None:
    """Write the files in `FILES`/share, with a value for each variable in them. Manuals are compressed."""
    values = {
        "DATE": datetime.fromtimestamp(commit_time, UTC).date().isoformat(),
        "MEDIA_TYPES": "\n    ".join(f"<mediatype>{name}</mediatype>" for name in PICTURE_TYPES),
        "MIME_TYPES": "".join(f"{name};" for name in PICTURE_TYPES),
        "VERSION": version,
    }
    for source in (FILES / "share").rglob("*"):
        if source.is_dir():
            continue
        text = Template(source.read_text(encoding="utf-8")).substitute(values)
        file = target / source.relative_to(FILES / "share")
        file.parent.mkdir(parents=True, exist_ok=True)
        if file.suffix == ".1":
            compressed(text, file.with_name(f"{file.name}.gz"))
        else:
            file.write_text(text, encoding="utf-8")


def compressed(text: str, target: Path) -> Path:
    """Write a text compressed to `target`, with the same bytes every time, and return that."""
    target.write_bytes(gzip.compress(text.encode(), mtime=0))
    return target
