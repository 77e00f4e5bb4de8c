from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event, get_ident
from typing import TYPE_CHECKING

import pytest

from core.folders.timeouts import TimedCalls
from tests.helpers.checkout import CHECKOUT
from tests.helpers.limits import HANG_TIMEOUT

if TYPE_CHECKING:
    from collections.abc import Iterator

DISK, SHARE = Path("disk"), Path("share")


class SilentShare:
    """A share whose server is down: calls block until it is back."""

    def __init__(self) -> None:
        self.is_back = Event()
        self.times = 0

    def answer(self) -> str:
        self.times += 1
        self.is_back.wait()
        return "here"


@pytest.fixture
def share() -> Iterator[SilentShare]:
    share = SilentShare()
    yield share
    share.is_back.set()


def test_calls_do_not_run_on_the_thread_of_the_caller() -> None:
    answers = TimedCalls(2 * HANG_TIMEOUT).run({DISK: get_ident, SHARE: get_ident})

    assert answers.keys() == {DISK, SHARE}
    assert get_ident() not in answers.values()


def test_call_that_times_out_is_left_out_of_the_results(share: SilentShare) -> None:
    assert TimedCalls(2).run({SHARE: share.answer, DISK: lambda: "here"}) == {DISK: "here"}


def test_all_calls_run_at_the_same_time() -> None:
    first, second = Event(), Event()

    def wait_for_each_other(mine: Event, other: Event) -> bool:
        mine.set()
        return other.wait(HANG_TIMEOUT)

    answers = TimedCalls(2 * HANG_TIMEOUT).run(
        {DISK: lambda: wait_for_each_other(first, second), SHARE: lambda: wait_for_each_other(second, first)}
    )

    assert answers == {DISK: True, SHARE: True}


def test_blocked_path_is_not_called_again_until_it_answers(share: SilentShare) -> None:
    calls = TimedCalls(0.05)

    assert calls.run({SHARE: share.answer}) == calls.run({SHARE: share.answer}) == {}
    assert share.times == 1

    share.is_back.set()
    while not (answers := calls.run({SHARE: share.answer})):
        pass
    assert answers == {SHARE: "here"}


def test_closing_ends_a_run_that_waits_for_a_blocked_call(share: SilentShare) -> None:
    calls, is_asked = TimedCalls(2 * HANG_TIMEOUT), Event()

    def answer() -> str:
        is_asked.set()
        return share.answer()

    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(calls.run, {SHARE: answer})
        assert is_asked.wait(HANG_TIMEOUT)
        calls.close()
        assert running.result(HANG_TIMEOUT) == {}


def test_no_call_is_made_after_closing(share: SilentShare) -> None:
    calls = TimedCalls(2 * HANG_TIMEOUT)
    calls.close()

    assert calls.run({SHARE: share.answer}) == {}
    assert share.times == 0


def test_blocked_call_does_not_keep_the_program_from_exiting() -> None:
    code = """
from pathlib import Path
from threading import Event
from core.folders.timeouts import TimedCalls
print(TimedCalls(0.01).run({Path(): Event().wait}))
"""

    ended = subprocess.run(
        [sys.executable, "-c", code], cwd=CHECKOUT, capture_output=True, text=True, timeout=HANG_TIMEOUT
    )

    assert (ended.returncode, ended.stdout.strip()) == (0, "{}")
