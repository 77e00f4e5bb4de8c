"""Run Milvus Lite with little memory, however many photos there are.

Lite keeps every embedding in memory twice: in the table of rows and in the search index. Here both stay in their files,
and the system caches the parts of the search index that searches use.

This takes patches of Lite's internals. They are applied to the versions that they were tested with and to no other: a
Lite without them is slower and needs more memory, but its answers are right.
"""

from __future__ import annotations

import ctypes
import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection

TESTED_VERSIONS = frozenset({"3.2.2"})
"""The versions of Milvus Lite that the patches were tested with."""

MEMTABLE_BYTES = 2 << 20  # every row that is not flushed adds 50 us to a search
LARGE_BLOCK = 128 << 10  # bytes; malloc returns larger blocks to the system as soon as they are freed
M_MMAP_THRESHOLD, M_ARENA_MAX = -3, -8  # from malloc.h


def save_memory(tested_versions: Collection[str]) -> str:
    """Reduce the memory that this process needs. Call it before anything of Milvus Lite is imported.

    Returns why Milvus Lite runs unpatched, or an empty string if it is patched.
    """
    os.environ["MILVUS_LITE_MEMTABLE_MEMORY_LIMIT_BYTES"] = str(MEMTABLE_BYTES)
    if sys.platform == "linux":
        os.environ["ARROW_DEFAULT_MEMORY_POOL"] = "system"  # Arrow's own pool keeps freed memory
        if mallopt := getattr(ctypes.CDLL(None), "mallopt", None):  # only glibc has it
            mallopt(M_MMAP_THRESHOLD, LARGE_BLOCK)
            mallopt(M_ARENA_MAX, 1)
    return patch(tested_versions)


def patch(tested_versions: Collection[str]) -> str:
    """Apply all patches or none. Returns why there are none, or an empty string."""
    from importlib import metadata  # imported here, because the program starts sooner without it

    try:
        version = metadata.version("milvus-lite")
    except metadata.PackageNotFoundError:
        return "its version is unknown"
    if version not in tested_versions:
        return f"version {version} was not tested"
    try:
        from core.vectors import lite_files, lite_segment
    except (ImportError, AttributeError) as error:
        return f"version {version} has changed ({error})"
    patches = (*lite_segment.PATCHES, *lite_files.PATCHES)
    for owner, name in (*lite_segment.OVERRIDDEN, *((owner, name) for owner, name, _ in patches)):
        if not hasattr(owner, name):
            return f"version {version} has changed ({owner.__name__}.{name} is missing)"
    for owner, name, replacement in patches:
        setattr(owner, name, replacement)
    return ""
