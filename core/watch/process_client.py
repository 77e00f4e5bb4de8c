"""Listening to the process that watches a folder."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import threading
from contextlib import suppress
from functools import partial
from multiprocessing.connection import wait
from typing import TYPE_CHECKING, TypeAlias

from core.watch.events import Refused
from core.watch.process import serve
from core.workers import finish, start_unmoved

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable
    from multiprocessing.connection import Connection
    from multiprocessing.process import BaseProcess
    from pathlib import Path

    from core.watch.events import WatchEvent

Serve: TypeAlias = "Callable[[str, str, Connection], None]"
"""Sends the news of a folder, which leaves one out, into a pipe; runs in a process of its own."""

STOP_SECONDS = 1.0


async def watch_root(path: Path, leave_out: Path, serve: Serve = serve) -> AsyncGenerator[WatchEvent, None]:
    """Yield the news of a folder until it is gone, without those of a folder in it. Close it, or its process goes on.

    Many folders, or a network share that does not answer, hold up the process alone.
    """
    loop = asyncio.get_running_loop()
    news: asyncio.Queue[WatchEvent | None] = asyncio.Queue()
    ended = loop.create_future()
    halt, halting = multiprocessing.Pipe(duplex=False)
    start = partial(_start, serve, os.fspath(path), os.fspath(leave_out))

    def tell(function: Callable[[WatchEvent | None], None], item: WatchEvent | None) -> None:
        with suppress(RuntimeError):  # the loop is closed
            loop.call_soon_threadsafe(function, item)

    def listen() -> None:
        try:
            _listen(start, halt, partial(tell, news.put_nowait))
        finally:
            tell(news.put_nowait, None)
            tell(ended.set_result, None)

    thread = threading.Thread(target=listen, name=f"semblance-watch {path}")
    thread.start()
    try:
        while (item := await news.get()) is not None:
            yield item
    finally:
        halting.close()
        await finish(ended)
        thread.join()
        halt.close()


def _start(serve: Serve, path: str, leave_out: str) -> tuple[BaseProcess, Connection]:
    # "spawn" everywhere: a fork would copy our threads' locks in whatever state they are.
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=serve, args=(path, leave_out, theirs), name="semblance-watch", daemon=True)
    try:
        start_unmoved(process)
    except OSError:
        ours.close()
        raise
    finally:
        theirs.close()
    return process, ours


def _listen(
    start: Callable[[], tuple[BaseProcess, Connection]], halt: Connection, tell: Callable[[WatchEvent], None]
) -> None:
    """Tell the news until the process ends or `halt` is closed at its other end."""
    try:
        process, pipe = start()
    except OSError as error:
        tell(Refused(error.strerror or str(error)))
        return
    with pipe, suppress(EOFError, ConnectionError):
        while halt not in wait([pipe, halt]):
            tell(pipe.recv())
    # Nothing is lost by it; and a process that hangs over its disk is not waited for.
    process.kill()
    process.join(STOP_SECONDS)
