"""Starts the engine's background processes."""

from __future__ import annotations

import multiprocessing
import signal
import sys
from multiprocessing import resource_tracker
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from multiprocessing.context import BaseContext
    from multiprocessing.process import BaseProcess

context: BaseContext = multiprocessing.get_context("spawn")
"""The same on every system: a fork would copy locks that other threads hold, in their locked state."""


def start_process(name: str, target: Callable[..., object], *args: object) -> BaseProcess:
    """Start a process that calls `target` and ends no later than this one, with SIGINT blocked.

    Ctrl-C sends SIGINT to every process of the terminal, which would end this one while it starts.

    Raises:
        OSError: The system cannot start a process.
    """
    # Every context has Process, but typeshed declares it only for the single kinds.
    process: BaseProcess = context.Process(target=target, args=args, name=name, daemon=True)  # type: ignore[attr-defined]
    if sys.platform == "win32":
        process.start()
        return process
    resource_tracker.ensure_running()  # if started by process.start() instead, it would unblock SIGINT
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        process.start()
    finally:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    return process
