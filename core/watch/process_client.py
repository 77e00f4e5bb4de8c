"""Starts the process that watches a folder, and receives its events."""

from __future__ import annotations

import asyncio
import os
import threading
from contextlib import suppress
from functools import partial
from multiprocessing import Pipe
from multiprocessing.connection import wait
from typing import TYPE_CHECKING, TypeAlias

from core.processes import start_process
from core.watch.process import Refused, serve
from core.workers import finish

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable
    from multiprocessing.connection import Connection
    from multiprocessing.process import BaseProcess
    from pathlib import Path

    from core.watch.process import WatchEvent

Serve: TypeAlias = "Callable[[str, str, Connection], None]"
"""Sends the events of a folder into a pipe, except those of a folder to leave out. Runs in a process of its own."""

STOP_SECONDS = 1.0


async def watch_root(path: Path, leave_out: Path, serve: Serve = serve) -> AsyncGenerator[WatchEvent, None]:
    """Yield the events of a folder, except those inside `leave_out`, until the folder is gone.

    Close the generator to end the process that watches. Only that process is delayed by a large number of folders or
    by a network share that does not answer.
    """
    loop = asyncio.get_running_loop()
    events: asyncio.Queue[WatchEvent | None] = asyncio.Queue()
    ended = loop.create_future()
    stop_receiver, stop_sender = Pipe(duplex=False)
    start = partial(_start, serve, os.fspath(path), os.fspath(leave_out))

    def call_in_loop(function: Callable[[WatchEvent | None], None], item: WatchEvent | None) -> None:
        with suppress(RuntimeError):  # the loop is closed
            loop.call_soon_threadsafe(function, item)

    def receive() -> None:
        try:
            _receive(start, stop_receiver, partial(call_in_loop, events.put_nowait))
        finally:
            call_in_loop(events.put_nowait, None)
            call_in_loop(ended.set_result, None)

    thread = threading.Thread(target=receive, name=f"semblance-watch {path}")
    thread.start()
    try:
        while (item := await events.get()) is not None:
            yield item
    finally:
        stop_sender.close()
        await finish(ended)
        thread.join()
        stop_receiver.close()


def _start(serve: Serve, path: str, leave_out: str) -> tuple[BaseProcess, Connection]:
    ours, theirs = Pipe()
    try:
        process = start_process("semblance-watch", serve, path, leave_out, theirs)
    except OSError:
        ours.close()
        raise
    finally:
        theirs.close()
    return process, ours


def _receive(
    start: Callable[[], tuple[BaseProcess, Connection]],
    stop_receiver: Connection,
    on_event: Callable[[WatchEvent], None],
) -> None:
    """Start the process and pass on its events, until it ends or the other end of `stop_receiver` is closed."""
    try:
        process, pipe = start()
    except OSError as error:
        on_event(Refused(error.strerror or str(error)))
        return
    with pipe, suppress(EOFError, ConnectionError):
        while stop_receiver not in wait([pipe, stop_receiver]):
            on_event(pipe.recv())
    # Killing loses nothing, and a process that is blocked by its drive must not delay us.
    process.kill()
    process.join(STOP_SECONDS)
