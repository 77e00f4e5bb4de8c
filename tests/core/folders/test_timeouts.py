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
from tests.helpers.limits import HANGING

if TYPE_CHECKING:
    from collections.abc import Iterator

DISK, SHARE = Path("disk"), Path("share")


class SilentShare:
    """A share whose server is gone: whoever asks waits until it is back."""

    def __init__(self) -> None:
        self.is_back = Event()
        self.asked = 0

    def answer(self) -> str:
        self.asked += 1
        self.is_back.wait()
        return "here"


@pytest.fixture
def share() -> Iterator[SilentShare]:
    share = SilentShare()
    yield share
    share.is_back.set()


def test_everybody_is_asked_apart_from_the_caller() -> None:
    answers = TimedCalls(2 * HANGING).run({DISK: get_ident, SHARE: get_ident})

    assert answers.keys() == {DISK, SHARE}
    assert get_ident() not in answers.values()


def test_silence_costs_only_the_answer_that_does_not_come(share: SilentShare) -> None:
    assert TimedCalls(2).run({SHARE: share.answer, DISK: lambda: "here"}) == {DISK: "here"}


def test_all_are_waited_for_at_the_same_time() -> None:
    first, second = Event(), Event()

    def wait_for_each_other(mine: Event, other: Event) -> bool:
        mine.set()
        return other.wait(HANGING)

    answers = TimedCalls(2 * HANGING).run(
        {DISK: lambda: wait_for_each_other(first, second), SHARE: lambda: wait_for_each_other(second, first)}
    )

    assert answers == {DISK: True, SHARE: True}


def test_who_owes_an_answer_is_not_asked_again_until_it_comes(share: SilentShare) -> None:
    calls = TimedCalls(0.05)

    assert calls.run({SHARE: share.answer}) == calls.run({SHARE: share.answer}) == {}
    assert share.asked == 1

    share.is_back.set()
    while not (answers := calls.run({SHARE: share.answer})):
        pass
    assert answers == {SHARE: "here"}


def test_closing_lets_go_whoever_waits_with_the_answers_that_are_there(share: SilentShare) -> None:
    calls, is_asked = TimedCalls(2 * HANGING), Event()

    def answer() -> str:
        is_asked.set()
        return share.answer()

    with ThreadPoolExecutor(1) as pool:
        asking = pool.submit(calls.run, {SHARE: answer})
        assert is_asked.wait(HANGING)
        calls.close()
        assert asking.result(HANGING) == {}


def test_nothing_is_asked_after_closing(share: SilentShare) -> None:
    calls = TimedCalls(2 * HANGING)
    calls.close()

    assert calls.run({SHARE: share.answer}) == {}
    assert share.asked == 0


def test_silence_does_not_hold_up_the_end_of_the_program() -> None:
    code = """
from pathlib import Path
from threading import Event
from core.folders.timeouts import TimedCalls
print(TimedCalls(0.01).run({Path(): Event().wait}))
"""

    ended = subprocess.run([sys.executable, "-c", code], cwd=CHECKOUT, capture_output=True, text=True, timeout=HANGING)

    assert (ended.returncode, ended.stdout.strip()) == (0, "{}")
