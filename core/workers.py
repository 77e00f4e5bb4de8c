"""The engine's threads. Each resource is owned by one thread pool, so no locks are needed."""

from __future__ import annotations

import asyncio
import os
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from threading import Thread
from typing import TYPE_CHECKING, ParamSpec, TypeVar

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Iterable
    from concurrent.futures import Executor

NICENESS = 10
"""The niceness of background processes and threads, on systems that have one."""

P = ParamSpec("P")
T = TypeVar("T")


def decoders() -> int:
    """Return how many photos are decoded at once: one per core, in low-priority processes."""
    return max(1, min(16, os.cpu_count() or 2))


def matchers() -> int:
    """Return how many photos are compared with a query at once, each in a process of 90 MB: one per core, up to 4."""
    return max(2, min(4, os.cpu_count() or 2))


def streams() -> int:
    """Return how many batches the model runs at once: one per core. Each takes 45 MB with the default network."""
    return max(1, min(8, os.cpu_count() or 2))


def batches() -> int:
    """Return how many batches the model is given at once, so that each stream finds its next batch waiting."""
    return 2 * streams()


def _pool(name: str, threads: int = 1) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(threads, thread_name_prefix=f"semblance-{name}")


@dataclass(frozen=True, slots=True)
class Workers:
    """The thread pools of the engine, named after what they own.

    decode: reads the photos of an indexing run. Each thread has a decode worker process.
    interactive: decodes what the user waits for (queries, thumbnails), so that it does not queue behind a run.
    model: loads models and runs them for an indexing run, one batch on each thread.
    matching: compares pictures by local features. Each thread has a worker process.
    compare: compares embeddings with one another, one piece on each thread.
    query: runs the model on what the user waits for, so that it does not queue behind a run.
    store: writes the catalog and the search index, and opens and closes them.
    read: searches, so that a flush of the search index does not delay them.
    connect: connects to the search index, so that a server that does not respond blocks nothing else.
    drives: accesses drives and network shares, which may take long to time out.
    """

    decode: Executor = field(default_factory=lambda: _pool("decode", decoders()))
    interactive: Executor = field(default_factory=lambda: _pool("interactive", 2))
    model: Executor = field(default_factory=lambda: _pool("model", batches()))
    matching: Executor = field(default_factory=lambda: _pool("matching", matchers()))
    compare: Executor = field(default_factory=lambda: _pool("compare", decoders()))
    query: Executor = field(default_factory=lambda: _pool("query"))
    store: Executor = field(default_factory=lambda: _pool("store"))
    read: Executor = field(default_factory=lambda: _pool("read"))
    connect: Executor = field(default_factory=lambda: _pool("connect", 2))
    drives: Executor = field(default_factory=lambda: _pool("drives", 2))

    def shutdown(self) -> None:
        """Wait for the work in progress, drop what is queued, and end the threads."""
        first = (
            self.decode,
            self.interactive,
            self.matching,
            self.compare,
            self.model,
            self.query,
            self.connect,
            self.drives,
        )
        for pool in (*first, self.read, self.store):
            pool.shutdown(wait=True, cancel_futures=True)


async def run(pool: Executor, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Call the function on a thread of the pool and return its result."""
    return await asyncio.get_running_loop().run_in_executor(pool, partial(function, *args, **kwargs))


def run_detached(function: Callable[[], T]) -> asyncio.Future[T]:
    """Call the function on a daemon thread, which does not delay the end of the program, and return its result."""
    outcome: Future[T] = Future()
    outcome.set_running_or_notify_cancel()

    def work() -> None:
        try:
            outcome.set_result(function())
        except BaseException as error:  # noqa: BLE001 - it is raised where the future is awaited
            outcome.set_exception(error)

    Thread(target=work, name="semblance-detached", daemon=True).start()
    return asyncio.wrap_future(outcome)


async def in_order(pool: Executor, jobs: Iterable[Callable[[], T]], ahead: int) -> AsyncGenerator[T, None]:
    """Run jobs on the pool and yield their results in order, with at most `ahead` jobs queued or not yet yielded."""
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
    """Wait for work that must not be interrupted. A cancellation is raised only when the work is done."""
    cancelled = False
    while not work.done():
        try:
            await asyncio.wait([work])
        except asyncio.CancelledError:
            cancelled = True
    if cancelled:
        work.exception()  # retrieved, or asyncio logs that it never was
        raise asyncio.CancelledError
    return work.result()
