"""Milvus Lite with little memory, however many photos there are.

It comes with every embedding twice in memory: in the table of rows and in the index. Here both stay in their files; of
the index, the system keeps in memory what searches use, as long as nobody else needs the room.
"""

from __future__ import annotations

import ctypes
import os
import sys

MEMTABLE_BYTES = 2 << 20  # a row that is not flushed costs 50 us in every search
LARGE_BLOCK = 128 << 10  # bytes; what is larger is given back as soon as it is freed
M_MMAP_THRESHOLD, M_ARENA_MAX = -3, -8  # of malloc.h


def spare_memory() -> None:
    """Have little of it in this process. It comes before anything of Milvus Lite is imported."""
    os.environ["MILVUS_LITE_MEMTABLE_MEMORY_LIMIT_BYTES"] = str(MEMTABLE_BYTES)
    if sys.platform == "linux":
        os.environ["ARROW_DEFAULT_MEMORY_POOL"] = "system"  # Arrow's own keeps what it has freed
        if mallopt := getattr(ctypes.CDLL(None), "mallopt", None):  # of glibc, and not of others
            mallopt(M_MMAP_THRESHOLD, LARGE_BLOCK)
            mallopt(M_ARENA_MAX, 1)
    from milvus_lite.engine import collection

    from core.vectors import lite_files
    from core.vectors.lite_segment import LeanSegment

    collection.Segment = LeanSegment
    lite_files.spare_memory()
