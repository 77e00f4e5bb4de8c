"""Patches that let Milvus Lite write, read and merge the files of its rows with little memory.

Unpatched, it needs four times the memory of what it writes, and twice the memory of what it reads.
"""

from __future__ import annotations

import os
from functools import partial
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pyarrow.parquet as pq
from milvus_lite.engine import compaction
from milvus_lite.storage import data_file

if TYPE_CHECKING:
    from collections.abc import Iterable
    from types import ModuleType

MERGED_BYTES = 14 << 20
"""The most bytes of files that Lite merges at once, which takes three times as much memory.

Lite merges four files or more at once. New files are a little larger than 2 MB and fit; four that were merged
before do not.
"""

MANY_FILES = 512
"""With more files than this, Lite merges as few as two at once."""

GROUP_ROWS = 512  # rows that are prepared at once for writing or reading

SMALL_PARTS = SimpleNamespace(
    # A number in an embedding hardly ever repeats, so a dictionary of them only makes the file larger.
    write_table=partial(pq.write_table, row_group_size=GROUP_ROWS, use_dictionary=False),
    read_table=partial(pq.read_table, pre_buffer=False, use_threads=False),
)
"""Stands in for `pyarrow.parquet` where Lite writes and reads the files of its rows."""


def smallest_files(files: Iterable[str], folder: str) -> list[str]:
    """Return the smallest files of a folder, up to `MERGED_BYTES` together.

    Lite's own choice starts with the first files, however large they are, and stops at 200,000 rows.
    """
    sizes = sorted((os.path.getsize(os.path.join(folder, file)), file) for file in files)
    fitting, total = [], 0
    for size, file in sizes:
        total += size
        if total > MERGED_BYTES:
            break
        fitting.append(file)
    return fitting


PATCHES: tuple[tuple[ModuleType | type, str, object], ...] = (
    (data_file, "pq", SMALL_PARTS),
    (compaction, "MAX_DATA_FILES", MANY_FILES),
    (compaction.CompactionManager, "_cap_by_row_limit", staticmethod(smallest_files)),
)
"""What is replaced: the module or class, the name in it, and the replacement."""
