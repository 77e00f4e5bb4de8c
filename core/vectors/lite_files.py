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

MERGED_BYTES = 14 << 20
"""It merges files of so much together, and has three times that in memory meanwhile. It takes four at least: new ones,
which are a little larger than 2 MB, and not what was made of four."""

MANY_FILES = 512
"""Above so many, it merges as few as two."""

GROUP_ROWS = 512  # as many are made ready at once to be written, or read

SMALL_PARTS = SimpleNamespace(
    # No number of an embedding comes twice: a dictionary of them is only large.
    write_table=partial(pq.write_table, row_group_size=GROUP_ROWS, use_dictionary=False),
    read_table=partial(pq.read_table, pre_buffer=False, use_threads=False),
)
"""What it writes and reads files by."""


def spare_memory() -> None:
    """Have it use less from now on."""
    data_file.pq = SMALL_PARTS
    compaction.MAX_DATA_FILES = MANY_FILES
    compaction.CompactionManager._cap_by_row_limit = staticmethod(that_fit)  # noqa: SLF001 - called by this name only


def that_fit(files: Iterable[str], folder: str) -> list[str]:
    """Return the smallest of some files, as many as are merged at once.

    Its own choice begins with the first, be they large already, and counts rows, of which it takes 200,000.
    """
    sizes = sorted((os.path.getsize(os.path.join(folder, file)), file) for file in files)
    fitting, total = [], 0
    for size, file in sizes:
        total += size
        if total > MERGED_BYTES:
            break
        fitting.append(file)
    return fitting
