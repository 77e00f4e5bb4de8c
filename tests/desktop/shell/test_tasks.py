from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from core.errors import FolderError

if TYPE_CHECKING:
    import pytest
    from pytestqt.qtbot import QtBot
    from qasync import QEventLoop

    from desktop.tasks import Tasks


async def fail_with(error: Exception) -> None:
    await asyncio.sleep(0)
    raise error


async def note_in(notes: list[str], note: str, *, after: asyncio.Event | None = None) -> None:
    if after:
        await after.wait()
    notes.append(note)


def test_an_error_with_a_message_for_the_user_is_reported_unchanged(qtbot: QtBot, tasks: Tasks) -> None:
    with qtbot.waitSignal(tasks.failed) as failed:
        tasks.start("work", fail_with(FolderError("The folder is gone. Choose another.")))
    assert failed.args == ["The folder is gone. Choose another."]


def test_an_unexpected_error_is_reported_and_logged_with_its_traceback(
    qtbot: QtBot, tasks: Tasks, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR), qtbot.waitSignal(tasks.failed) as failed:
        tasks.start("work", fail_with(ZeroDivisionError("division by zero")))
    assert failed.args is not None
    assert "unexpected" in failed.args[0]
    assert "division by zero" in failed.args[0]
    assert [record.exc_info is not None for record in caplog.records] == [True]


def test_a_task_replaces_the_earlier_one_of_the_same_name(qtbot: QtBot, tasks: Tasks) -> None:
    notes: list[str] = []
    never = asyncio.Event()
    with qtbot.assertNotEmitted(tasks.failed):
        tasks.start("work", note_in(notes, "first", after=never))
        tasks.start("work", note_in(notes, "second"))
        tasks.start("other", note_in(notes, "other"))
        qtbot.waitUntil(lambda: sorted(notes) == ["other", "second"])


def test_closing_ends_all_tasks_and_waits_for_the_slowest(qtbot: QtBot, tasks: Tasks, loop: QEventLoop) -> None:
    ended: list[str] = []

    async def slow_to_stop() -> None:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            ended.append("slow")

    begun = loop.create_future()
    tasks.start("slow", slow_to_stop())
    loop.call_soon(begun.set_result, None)
    qtbot.waitUntil(begun.done)
    tasks.start("never begun", note_in(ended, "never begun", after=asyncio.Event()))
    closing = loop.create_task(tasks.close())
    qtbot.waitUntil(closing.done)
    assert ended == ["slow"]


def test_a_task_started_after_closing_does_not_run(qtbot: QtBot, tasks: Tasks, loop: QEventLoop) -> None:
    notes: list[str] = []
    closing = loop.create_task(tasks.close())
    qtbot.waitUntil(closing.done)
    with qtbot.assertNotEmitted(tasks.failed):
        late = tasks.start("late", note_in(notes, "late"))
        qtbot.waitUntil(late.done)
    assert late.cancelled()
    assert notes == []


def test_idle_also_waits_for_tasks_that_other_tasks_start(qtbot: QtBot, tasks: Tasks, loop: QEventLoop) -> None:
    notes: list[str] = []

    async def first() -> None:
        await asyncio.sleep(0)
        tasks.start("second", note_in(notes, "second"))

    tasks.start("first", first())
    idle = loop.create_task(tasks.idle())
    qtbot.waitUntil(idle.done)
    assert notes == ["second"]


def test_idle_does_not_wait_for_endless_tasks_but_closing_cancels_them(
    qtbot: QtBot, tasks: Tasks, loop: QEventLoop
) -> None:
    endless = tasks.start_endless("endless", note_in([], "never", after=asyncio.Event()))
    notes: list[str] = []
    tasks.start("short", note_in(notes, "short"))
    idle = loop.create_task(tasks.idle())
    qtbot.waitUntil(idle.done)
    assert notes == ["short"]
    assert not endless.done()
    closing = loop.create_task(tasks.close())
    qtbot.waitUntil(closing.done)
    assert endless.cancelled()


def test_ended_waits_for_the_last_task_of_the_name(qtbot: QtBot, tasks: Tasks, loop: QEventLoop) -> None:
    notes: list[str] = []
    held = asyncio.Event()
    tasks.start("search", note_in(notes, "first", after=held))
    ended = loop.create_task(tasks.ended("search"))

    async def search_again() -> None:
        await asyncio.sleep(0)
        tasks.start("search", note_in(notes, "second", after=held))
        for _ in range(5):
            await asyncio.sleep(0)

    searching = loop.create_task(search_again())
    qtbot.waitUntil(searching.done)
    assert not ended.done()
    held.set()
    qtbot.waitUntil(ended.done)
    assert notes == ["second"]
