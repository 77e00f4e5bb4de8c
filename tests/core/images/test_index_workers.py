from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import numpy as np
import pytest

from core.errors import DecodeError
from core.images import index_workers, process_pool
from core.images.index_workers import IndexWorkers
from core.images.model_input import InputSpec, Resample
from core.images.reader import LARGE_FILE, UnreadableError, read_photo
from core.images.thumbnail import ThumbnailFiles, state_of
from core.types import Details
from tests.helpers.indexing.bench import paint, paint_many
from tests.helpers.limits import HANGING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SPEC = InputSpec(32, 24, 0, Resample.BILINEAR, (0.5, 0.5, 0.5), (0.5, 0.5, 0.5))
posix = pytest.mark.skipif(os.name == "nt", reason="sends signals")


def running() -> list[int]:
    return [child.pid or 0 for child in multiprocessing.active_children() if child.name == "semblance-reader"]


def new(_: bytes) -> None:
    """Know nothing."""


def paint_large(file: Path) -> Path:
    """Paint a photo that is decoded only when its reader was told that it is new, not while it is being told."""
    file.write_bytes(paint(file, 1).read_bytes().ljust(LARGE_FILE, b"\0"))
    return file


@pytest.fixture
def readers(tmp_path: Path) -> Iterator[IndexWorkers]:
    readers = IndexWorkers(SPEC, 2, tmp_path / "thumbnails")
    yield readers
    readers.close()
    assert running() == []


def test_a_photo_is_what_it_is_when_read_in_this_process(readers: IndexWorkers, tmp_path: Path) -> None:
    for file in (paint(tmp_path / "a.png", 1), paint(tmp_path / "b.jpg", 2, (900, 700))):
        there, here = readers.read(file, new), read_photo(file, SPEC, new)
        assert there.details == here.details
        assert there.pixels is not None
        assert here.pixels is not None
        np.testing.assert_array_equal(there.pixels, here.pixels)


def test_a_large_file_leaves_a_thumbnail_and_a_small_one_none(readers: IndexWorkers, tmp_path: Path) -> None:
    large, small = paint(tmp_path / "a.png", 1, (600, 400)), paint(tmp_path / "b.png", 2, (600, 400))
    large.write_bytes(large.read_bytes().ljust(LARGE_FILE, b"\0"))
    for file in (large, small):
        assert readers.read(file, new).pixels is not None
    files = ThumbnailFiles(tmp_path / "thumbnails")
    assert files.read(small) is None
    assert (kept := files.read(large)) is not None
    assert kept.state == state_of(large)


@pytest.mark.parametrize("size", [0, LARGE_FILE])
def test_known_content_is_taken_for_what_it_is_known_to_be(readers: IndexWorkers, tmp_path: Path, size: int) -> None:
    broken, sound, other = tmp_path / "a.jpg", paint(tmp_path / "b.png", 1), paint(tmp_path / "c.png", 2)
    broken.write_bytes(b"no picture at all".ljust(size))
    sound.write_bytes(sound.read_bytes().ljust(size, b"\0"))
    known = Details(b"c", 1, 2, 3)
    for file in (broken, sound):
        photo = readers.read(file, lambda _: known)
        assert (photo.details, photo.pixels) == (known, None)
    assert ThumbnailFiles(tmp_path / "thumbnails").read(sound) is None  # as it was not decoded where that takes long
    read = readers.read(other, new)  # by the same process, which is done with the others
    assert read.pixels is not None
    np.testing.assert_array_equal(read.pixels, read_photo(other, SPEC, new).pixels)


def test_errors_are_those_of_reading_in_this_process(readers: IndexWorkers, tmp_path: Path) -> None:
    (tmp_path / "damaged.jpg").write_bytes(b"\xff\xd8\xff and then nothing")
    with pytest.raises(UnreadableError, match="No such file"):
        readers.read(tmp_path / "gone.jpg", new)
    with pytest.raises(DecodeError) as damaged:
        readers.read(tmp_path / "damaged.jpg", new)
    assert not isinstance(damaged.value, UnreadableError)
    assert readers.read(paint(tmp_path / "good.png", 1), new).pixels is not None


@pytest.mark.skipif(os.name == "nt", reason="names are text there")
def test_a_name_that_is_no_text_is_read(readers: IndexWorkers, tmp_path: Path) -> None:
    file = paint(tmp_path / "a.png", 1)
    assert readers.read(file.rename(tmp_path / os.fsdecode(b"\xff\n.png")), new).pixels is not None


@posix
def test_a_photo_over_which_the_process_ends_is_tried_once_more(readers: IndexWorkers, tmp_path: Path) -> None:
    file = paint_large(tmp_path / "a.png")
    asked: list[bytes] = []

    def end_it_once(content: bytes) -> None:
        asked.append(content)
        if len(asked) == 1:
            os.kill(running()[0], signal.SIGKILL)

    assert readers.read(file, end_it_once).pixels is not None
    assert len(asked) == 2


@posix
def test_a_photo_that_crashes_every_process_is_damaged_and_costs_no_other(
    readers: IndexWorkers, tmp_path: Path
) -> None:
    bad, good = paint_large(tmp_path / "bad.png"), paint_many(tmp_path, 8)

    def end_all(_: bytes) -> None:
        for pid in running():
            os.kill(pid, signal.SIGKILL)

    with pytest.raises(DecodeError, match="crashes its decoder"):
        readers.read(bad, end_all)
    with ThreadPoolExecutor(2) as pool:
        assert all(photo.pixels is not None for photo in pool.map(lambda file: readers.read(file, new), good))


@posix
def test_a_photo_that_takes_for_ever_is_given_up(
    readers: IndexWorkers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = paint_large(tmp_path / "a.png")
    assert readers.read(file, new).pixels is not None  # the processes have started

    monkeypatch.setattr(index_workers, "DECODE_SECONDS", 0.5)
    with pytest.raises(DecodeError, match="decoding it took too long"):
        readers.read(file, lambda _: os.kill(running()[0], signal.SIGSTOP))
    monkeypatch.undo()

    assert readers.read(file, new).pixels is not None


@posix
def test_closing_ends_what_is_being_read(tmp_path: Path) -> None:
    readers = IndexWorkers(SPEC, 1, tmp_path / "thumbnails")
    file = paint_large(tmp_path / "a.png")
    stopped = threading.Event()

    def stop_it(_: bytes) -> None:
        os.kill(running()[0], signal.SIGSTOP)
        stopped.set()

    with ThreadPoolExecutor(1) as pool:
        reading = pool.submit(readers.read, file, stop_it)
        assert stopped.wait(HANGING)
        readers.close()
        with pytest.raises(DecodeError):
            reading.result(HANGING)
    assert running() == []


def test_processes_that_do_not_end_hold_up_closing_together(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    count = 4
    readers, all_there = IndexWorkers(SPEC, count, tmp_path / "thumbnails"), threading.Barrier(count)

    def wait_for_all(_: bytes) -> None:
        all_there.wait(HANGING)

    with ThreadPoolExecutor(count) as pool:
        list(pool.map(lambda file: readers.read(file, wait_for_all), paint_many(tmp_path, count)))
    assert len(running()) == count
    waits: list[float] = []
    waits_before_kill: list[int] = []
    wait_for_end = process_pool.DecoderProcess.wait_for_end

    def note(process: process_pool.DecoderProcess, seconds: float) -> None:
        waits.append(seconds)
        wait_for_end(process, seconds)

    with monkeypatch.context() as stuck:
        stuck.setattr(process_pool, "STOP_SECONDS", 0.5)
        stuck.setattr(process_pool.DecoderProcess, "wait_for_end", note)
        stuck.setattr("multiprocessing.process.BaseProcess.kill", lambda _: waits_before_kill.append(len(waits)))
        readers.close()
    readers.close()

    assert waits_before_kill == [0] * count
    assert len(waits) == count
    assert 0 < sum(waits) < 2 * 0.5
    assert running() == []


def test_reading_ends_when_it_is_closed_although_the_process_does_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    readers, stopped = IndexWorkers(SPEC, 1, tmp_path / "thumbnails"), threading.Event()

    def stop_it(_: bytes) -> None:
        os.kill(running()[0], signal.SIGSTOP)
        stopped.set()

    with ThreadPoolExecutor(1) as pool, monkeypatch.context() as stuck:
        stuck.setattr(process_pool, "STOP_SECONDS", 0.1)
        stuck.setattr("multiprocessing.process.BaseProcess.kill", lambda _: None)
        reading = pool.submit(readers.read, paint_large(tmp_path / "a.png"), stop_it)
        assert stopped.wait(HANGING)
        readers.close()
        with pytest.raises(DecodeError):
            reading.result(HANGING)
    for child in multiprocessing.active_children():
        child.kill()
        child.join()


@posix
def test_reading_lets_everything_else_go_first(readers: IndexWorkers, tmp_path: Path) -> None:
    readers.read(paint(tmp_path / "a.png", 1), new)
    (pid,) = running()
    assert os.getpriority(os.PRIO_PROCESS, pid) > os.getpriority(os.PRIO_PROCESS, 0)


def test_a_photo_for_which_no_process_can_be_started_is_left_to_the_next_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    readers = IndexWorkers(SPEC, 1, tmp_path / "thumbnails")
    file = paint(tmp_path / "a.png", 1)

    def refuse(_: object) -> None:
        raise BlockingIOError(11, "Resource temporarily unavailable")

    with monkeypatch.context() as short:
        short.setattr(process_pool, "start_uninterrupted", refuse)
        with pytest.raises(UnreadableError, match="No process could be started"):
            readers.read(file, new)
    assert readers.read(file, new).pixels is not None
    readers.close()
