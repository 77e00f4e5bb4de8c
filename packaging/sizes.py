"""Shows what takes the room in the frozen program."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path, PurePath

MEGABYTE = 1_000_000
INTERNAL = "_internal"
"""The folder that PyInstaller puts everything into but the executable, which contains all modules in Python."""

SAME_PART = {"faiss_cpu": "faiss", "pillow": "PIL", "python3": "python", "shiboken6": "PySide6"}
"""Folders that belong to a part with another name."""


def table(program: Path) -> str:
    """Return a line for each part of a frozen program with its size in MB, the largest first, and their sum.

    Parts below 1 MB are one line together.
    """
    sizes: Counter[str] = Counter()
    for file in program.rglob("*"):
        if file.is_symlink() or file.is_file():
            sizes[part_of(file.relative_to(program))] += file.lstat().st_size
    large = [(part, size) for part, size in sizes.most_common() if size >= MEGABYTE]
    rest = sizes.total() - sum(size for _, size in large)
    lines = [*large, ("rest", rest), ("together", sizes.total())]
    return "\n".join(f"{size / MEGABYTE:8.1f} MB  {part}" for part, size in lines)


def part_of(file: PurePath) -> str:
    """Return the part that a file belongs to, by its path in the folder of the program."""
    top, *inside = file.parts
    if top != INTERNAL:
        return f"modules in Python ({top})" if not inside else top
    if len(inside) == 1:
        return "python"
    if inside[0] == "resources":
        return inside[1]
    name = re.split(r"[.-]", inside[0])[0]  # without the end of NAME.libs or NAME-VERSION.dist-info
    return SAME_PART.get(name, name)
