"""The engine's threads: one owner per resource, so that no lock is needed anywhere."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from multiprocessing import resource_tracker
from threading import Thread
from typing import TYPE_CHECKING, ParamSpec, TypeVar

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Iterable
    from concurrent.futures import Executor
    from multiprocessing.process import BaseProcess

NICENESS = 10
"""Of the processes and threads that work in the background, where the system knows one."""

P = ParamSpec("P")
T = TypeVar("T")


def decoders() -> int:
    """Return how many photos are decoded at once: one on each core, by processes that let all others go first."""
    return max(1, min(16, os.cpu_count() or 2))


def streams() -> int:
    """Return how many batches the model runs at once, one on each core; each takes 45 MB in the default network."""
    return max(1, min(8, os.cpu_count() or 2))


def batches() -> int:
    """Return how many batches the model is given at once: a stream that has ended one finds the next there."""
    return 2 * streams()


def _pool(name: str, threads: int = 1) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(threads, thread_name_prefix=f"semblance-{name}")


@dataclass(frozen=True, slots=True)
class Workers:
    """Thread pools by what they own.

    decode: has the photos of an indexing run read, each thread by a process of its own.
    interactive: decodes what the user waits for (queries, thumbnails), which would queue behind that run.
    model: loads models, and runs them for an indexing run, a batch on each thread.
    query: runs the model on what the user waits for, which would queue behind that run.
    store: writes the catalog and the index, opens and closes them.
    read: searches, so that a flush does not hold them up.
    connect: opens the index, so that a silent server holds up nobody else.
    drives: waits for drives and shares, of which one that is silent takes its time to be given up.
    """

    decode: Executor = field(default_factory=lambda: _pool("decode", decoders()))
    interactive: Executor = field(default_factory=lambda: _pool("interactive", 2))
    model: Executor = field(default_factory=lambda: _pool("model", batches()))
    query: Executor = field(default_factory=lambda: _pool("query"))
    store: Executor = field(default_factory=lambda: _pool("store"))
    read: Executor = field(default_factory=lambda: _pool("read"))
    connect: Executor = field(default_factory=lambda: _pool("connect", 2))
    drives: Executor = field(default_factory=lambda: _pool("drives", 2))

    def shutdown(self) -> None:
        """End the threads after the work in hand; what is still waiting is dropped."""
        first = (self.decode, self.interactive, self.model, self.query, self.connect, self.drives)
        for pool in (*first, self.read, self.store):
            pool.shutdown(wait=True, cancel_futures=True)


def start_unmoved(process: BaseProcess) -> None:
    """Start a process that a Ctrl-C, which every process of a terminal gets, does not end while it starts."""
    if sys.platform == "win32":
        process.start()
        return
    resource_tracker.ensure_running()  # started along with the process otherwise, and then it lifts the block
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        process.start()
    finally:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})


async def run(pool: Executor, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Return what the function returns, called on a thread of the pool."""
    return await asyncio.get_running_loop().run_in_executor(pool, partial(function, *args, **kwargs))


def run_apart(function: Callable[[], T]) -> asyncio.Future[T]:
    """Return what the function will return, called on a thread for which nobody waits, nor does the program's end."""
    outcome: Future[T] = Future()
    outcome.set_running_or_notify_cancel()

    def work() -> None:
        try:
            outcome.set_result(function())
        except BaseException as error:  # noqa: BLE001 - it is raised where it is waited for
            outcome.set_exception(error)

    Thread(target=work, name="semblance-apart", daemon=True).start()
    return asyncio.wrap_future(outcome)


async def in_order(pool: Executor, jobs: Iterable[Callable[[], T]], ahead: int) -> AsyncGenerator[T, None]:
    """Yield the results of jobs in their order, at most `ahead` of them begun or waiting: the window is the brake."""
    loop = asyncio.get_running_loop()
    waiting: deque[asyncio.Future[T]] = deque()
    try:
        for job in jobs:
            waiting.append(loop.run_in_executor(pool, job))
            if len(waiting) >= ahead:
                yield await waiting.popleft()
        while waiting:
            yield await waiting.popleft()
    finally:
        for future in waiting:
            future.cancel()


async def finish(work: asyncio.Future[T]) -> T:
    """Return the result of work that must not be cut off: a cancellation is raised again when it is done."""
    cancelled = False
    while not work.done():
        try:
            await asyncio.wait([work])
        except asyncio.CancelledError:
            cancelled = True
    if cancelled:
        work.exception()  # looked at, so that it is not reported as forgotten
        raise asyncio.CancelledError
    return work.result()
