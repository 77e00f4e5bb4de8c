"""How Milvus Lite writes, reads and merges the files of its rows, with little memory.

What it does by itself takes four times the memory for what it writes, and once more for what it reads.
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

SEGMENT_ROWS = 4096
GROUP_ROWS = 512  # as many are made ready at once to be written, or read
MANY_FILES = 512

SMALL_PARTS = SimpleNamespace(
    # No number of an embedding comes twice: a dictionary of them is only large.
    write_table=partial(pq.write_table, row_group_size=GROUP_ROWS, use_dictionary=False),
    read_table=partial(pq.read_table, pre_buffer=False, use_threads=False),
)
"""What it writes and reads files by."""


def spare_memory() -> None:
    """Have it use less from now on."""
    data_file.pq = SMALL_PARTS
    # It merges files up to so many rows, with three times their size in memory, and all of them above so many files.
    compaction.MAX_SEGMENT_ROWS = SEGMENT_ROWS
    compaction.MAX_DATA_FILES = MANY_FILES
    compaction.CompactionManager._cap_by_row_limit = staticmethod(that_fit)  # noqa: SLF001 - called by this name only


def that_fit(files: Iterable[str], folder: str) -> list[str]:
    """Return the smallest of some files, as many as one merged file has room for.

    Its own choice begins with the first, be they full already, and may make two files of them.
    """
    paths = {file: os.path.join(folder, file) for file in files}
    fitting, rows = [], 0
    for file, path in sorted(paths.items(), key=lambda each: os.path.getsize(each[1])):
        rows += pq.read_metadata(path).num_rows
        if rows > SEGMENT_ROWS:
            break
        fitting.append(file)
    return fitting
