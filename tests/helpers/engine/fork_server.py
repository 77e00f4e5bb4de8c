"""Starts the engine's processes in a tenth of the time by forking them from a process that has their imports.

The program itself spawns them. Tests that run `main.py` still cover that.
"""

from __future__ import annotations

import multiprocessing
import sys

from core import processes

IMPORTS = (
    "pymilvus",
    "pyarrow.parquet",
    "core.images.index_workers",
    "core.images.interactive_workers",
    "core.images.matching.workers",
    "cv2",
    "core.watch.process",
)
"""What takes the processes long to import. Milvus Lite itself is patched before it is imported."""


def use_fork_server() -> None:
    """Fork all processes that this process starts from now on, on systems that can."""
    if sys.platform == "linux":
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload(list(IMPORTS))
        processes.context = context
