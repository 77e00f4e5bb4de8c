"""Telling whether anybody has changed the files of a local index since it was closed.

Milvus Lite answers from what it finds: over a damaged manifest it goes back to an older one, and a damaged index file
may load and find nothing. Neither is noticed by counting rows.
"""

from __future__ import annotations

import hashlib
import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def fingerprint(folder: Path) -> str:
    """Return a digest of the names, sizes and times of all files in a folder; empty where there is no file."""
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
