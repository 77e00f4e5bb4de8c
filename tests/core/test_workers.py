from __future__ import annotations

import asyncio
import gc
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing
from functools import partial
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.workers import Workers, decoders, finish, in_order, run, streams
from tests.helpers.checkout import CHECKOUT
from tests.helpers.limits import HANG_TIMEOUT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(4) as pool:
        yield pool


def fail(text: str) -> None:
    raise ValueError(text)


def test_function_runs_on_a_thread_of_the_pool(pool: ThreadPoolExecutor) -> None:
    async def main() -> str:
        return await run(pool, "{} {mark}".format, "a", mark="!")

    assert asyncio.run(main()) == "a !"
    assert asyncio.run(run(pool, threading.current_thread)) is not threading.main_thread()


def test_error_of_the_function_is_raised(pool: ThreadPoolExecutor) -> None:
    with pytest.raises(ValueError, match="wrong"):
        asyncio.run(run(pool, fail, "wrong"))


def test_each_pool_has_its_own_thread() -> None:
    workers = Workers()
    try:
        names = [asyncio.run(run(pool, threading.current_thread)).name for pool in (workers.store, workers.model)]
        again = asyncio.run(run(workers.store, threading.current_thread)).name
    finally:
        workers.shutdown()

    assert names[0] == again
    assert names[0] != names[1]
    assert all(name.startswith("semblance-") for name in names)


def test_shutdown_finishes_running_work_and_drops_queued_work() -> None:
    before = set(threading.enumerate())
    workers, begun, may_end = Workers(), threading.Event(), threading.Event()
    done: list[int] = []

    def slow() -> None:
        begun.set()
        may_end.wait(HANG_TIMEOUT)
        done.append(1)

    workers.store.submit(slow)
    dropped = workers.store.submit(done.append, 2)
    begun.wait(HANG_TIMEOUT)
    dropped.add_done_callback(lambda _: may_end.set())

    workers.shutdown()

    assert done == [1]
    assert dropped.cancelled()
    assert set(threading.enumerate()) <= before


def test_one_photo_per_core_is_decoded_at_once_up_to_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    for cores, photos in ((None, 2), (1, 1), (2, 2), (12, 12), (64, 16)):
        monkeypatch.setattr("os.cpu_count", lambda cores=cores: cores)
        assert decoders() == photos


def test_one_batch_per_core_is_embedded_at_once_up_to_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    for cores, batches in ((None, 2), (1, 1), (2, 2), (6, 6), (64, 8)):
        monkeypatch.setattr("os.cpu_count", lambda cores=cores: cores)
        assert streams() == batches


def test_the_model_pool_has_two_threads_per_stream() -> None:
    """So each stream finds its next batch waiting."""
    workers, may_end, before = Workers(), threading.Event(), set(threading.enumerate())
    try:
        for _ in range(3 * streams()):
            workers.model.submit(may_end.wait, HANG_TIMEOUT)
        assert len(set(threading.enumerate()) - before) == 2 * streams()
    finally:
        may_end.set()
        workers.shutdown()


def test_blocked_detached_call_does_not_delay_the_end_of_the_program() -> None:
    code = """
import asyncio
from threading import Event
from core.workers import run_detached
async def main():
    waiting = run_detached(Event().wait)
    await asyncio.wait([waiting], timeout=0.01)
    waiting.cancel()
asyncio.run(main())
"""

    subprocess.run([sys.executable, "-c", code], cwd=CHECKOUT, check=True, timeout=HANG_TIMEOUT)


@settings(max_examples=30, deadline=None)
@given(count=st.integers(0, 30), ahead=st.integers(1, 10), threads=st.integers(1, 4))
def test_results_are_in_order_and_jobs_in_flight_are_limited(count: int, ahead: int, threads: int) -> None:
    waiting, most, received = 0, 0, []

    def jobs() -> Iterator[Callable[[], int]]:
        nonlocal waiting, most
        for number in range(count):
            waiting += 1
            most = max(most, waiting)
            yield partial(int, number)

    async def main(pool: ThreadPoolExecutor) -> None:
        nonlocal waiting
        async for result in in_order(pool, jobs(), ahead):
            waiting -= 1
            received.append(result)

    with ThreadPoolExecutor(threads) as pool:
        asyncio.run(main(pool))

    assert received == list(range(count))
    assert most == min(count, ahead)


def test_slow_first_job_does_not_block_the_others(pool: ThreadPoolExecutor) -> None:
    last_has_run = threading.Event()

    def first() -> bool:
        return last_has_run.wait(HANG_TIMEOUT)

    def last() -> bool:
        last_has_run.set()
        return True

    async def main() -> list[bool]:
        return [result async for result in in_order(pool, [first, bool, last], 3)]

    assert asyncio.run(main()) == [True, False, True]


async def read_all(pool: ThreadPoolExecutor, jobs: Iterable[Callable[[], None]]) -> None:
    async with aclosing(in_order(pool, jobs, 4)) as results:
        async for _ in results:
            pass


def test_cancelling_drops_jobs_that_have_not_started() -> None:
    may_end = threading.Event()
    ran: list[int] = []

    async def main(pool: ThreadPoolExecutor) -> None:
        begun, loop = asyncio.Event(), asyncio.get_running_loop()

        def slow() -> None:
            loop.call_soon_threadsafe(begun.set)
            may_end.wait(HANG_TIMEOUT)

        task = asyncio.create_task(read_all(pool, [slow, *(partial(ran.append, number) for number in range(5))]))
        await begun.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        may_end.set()

    with ThreadPoolExecutor(1) as pool:
        asyncio.run(main(pool))

    assert ran == []


def test_only_the_first_failing_job_is_reported() -> None:
    reported: list[dict[str, object]] = []
    may_fail = threading.Event()

    def first() -> None:
        may_fail.wait(HANG_TIMEOUT)
        fail("first")

    async def main(pool: ThreadPoolExecutor) -> None:
        asyncio.get_running_loop().set_exception_handler(lambda _, context: reported.append(context))
        task = asyncio.create_task(read_all(pool, [first, *[partial(fail, "other")] * 3]))
        await asyncio.sleep(0)
        await run(pool, int)  # queued behind the other three, which the second thread runs meanwhile
        may_fail.set()
        with pytest.raises(ValueError, match="first"):
            await task

    with ThreadPoolExecutor(2) as pool:
        asyncio.run(main(pool))
    gc.collect()

    assert reported == []


def test_finish_returns_the_result_of_the_work(pool: ThreadPoolExecutor) -> None:
    async def main() -> int:
        return await finish(asyncio.ensure_future(run(pool, int, "7")))

    assert asyncio.run(main()) == 7


def test_finish_raises_the_error_of_the_work(pool: ThreadPoolExecutor) -> None:
    async def main() -> None:
        await finish(asyncio.ensure_future(run(pool, fail, "wrong")))

    with pytest.raises(ValueError, match="wrong"):
        asyncio.run(main())


@pytest.mark.parametrize("cancellations", [1, 3])
@pytest.mark.parametrize("fails", [False, True])
def test_cancelled_finish_still_waits_for_the_work(cancellations: int, fails: bool) -> None:
    async def main() -> None:
        may_end = asyncio.Event()

        async def work() -> None:
            await may_end.wait()
            if fails:
                fail("wrong")

        working = asyncio.ensure_future(work())
        task = asyncio.create_task(finish(working))
        for _ in range(cancellations):
            await asyncio.sleep(0)
            task.cancel()
        for _ in range(5):
            await asyncio.sleep(0)
        assert not task.done()
        may_end.set()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert working.done()
        assert not working.cancelled()

    asyncio.run(main())
