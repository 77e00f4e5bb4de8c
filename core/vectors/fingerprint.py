"""Detects whether the files of a local index have changed since it was closed.

Milvus Lite does not report all damage. If the manifest is damaged, it falls back to an older one. A damaged index file
may load, but searches then find nothing. Counting rows reveals neither.
"""

from __future__ import annotations

import hashlib
import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def fingerprint(folder: Path) -> str:
    """Return a digest of the names, sizes and modification times of all files below a folder.

    It is empty if there are no files.
    """
    digest = hashlib.blake2b(digest_size=16)
    empty = True
    for location, folders, names in os.walk(folder):
        folders.sort()
        for name in sorted(names):
            file = os.path.join(location, name)
            status = os.lstat(file)
            line = f"{os.path.relpath(file, folder)}\0{status.st_size}\0{status.st_mtime_ns}\n"
            digest.update(os.fsencode(line))
            empty = False
    return "" if empty else digest.hexdigest()
