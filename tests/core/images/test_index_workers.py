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
from core.types import PhotoDetails
from tests.helpers.indexing.bench import paint, paint_many
from tests.helpers.limits import HANG_TIMEOUT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from multiprocessing.process import BaseProcess
    from pathlib import Path

SPEC = InputSpec(32, 24, 0, Resample.BILINEAR, (0.5, 0.5, 0.5), (0.5, 0.5, 0.5))
posix = pytest.mark.skipif(os.name == "nt", reason="needs POSIX signals")


def readers() -> list[BaseProcess]:
    return [child for child in multiprocessing.active_children() if child.name == "semblance-indexing"]


def running() -> list[int]:
    return [reader.pid or 0 for reader in readers()]


def unknown(_: bytes) -> None:
    """Return no details, because the content is unknown."""


def paint_large(file: Path) -> Path:
    """Paint a photo that is large enough to be decoded only after `known` has answered."""
    file.write_bytes(paint(file, 1).read_bytes().ljust(LARGE_FILE, b"\0"))
    return file


@pytest.fixture
def workers(tmp_path: Path) -> Iterator[IndexWorkers]:
    workers = IndexWorkers(SPEC, 2, tmp_path / "thumbnails")
    yield workers
    workers.close()
    assert running() == []


def test_worker_reads_a_photo_like_the_main_process(workers: IndexWorkers, tmp_path: Path) -> None:
    for file in (paint(tmp_path / "a.png", 1), paint(tmp_path / "b.jpg", 2, (900, 700))):
        actual, expected = workers.read(file, unknown), read_photo(file, SPEC, unknown)
        assert actual.details == expected.details
        assert actual.pixels is not None
        assert expected.pixels is not None
        np.testing.assert_array_equal(actual.pixels, expected.pixels)


def test_only_a_large_file_gets_a_thumbnail(workers: IndexWorkers, tmp_path: Path) -> None:
    large, small = paint(tmp_path / "a.png", 1, (600, 400)), paint(tmp_path / "b.png", 2, (600, 400))
    large.write_bytes(large.read_bytes().ljust(LARGE_FILE, b"\0"))
    for file in (large, small):
        assert workers.read(file, unknown).pixels is not None
    files = ThumbnailFiles(tmp_path / "thumbnails")
    assert files.read(small) is None
    assert (kept := files.read(large)) is not None
    assert kept.state == state_of(large)


@pytest.mark.parametrize("size", [0, LARGE_FILE])
def test_known_content_returns_its_known_details_without_pixels(
    workers: IndexWorkers, tmp_path: Path, size: int
) -> None:
    broken, sound, other = tmp_path / "a.jpg", paint(tmp_path / "b.png", 1), paint(tmp_path / "c.png", 2)
    broken.write_bytes(b"no picture at all".ljust(size))
    sound.write_bytes(sound.read_bytes().ljust(size, b"\0"))
    known = PhotoDetails(b"c", 1, 2, 3)
    for file in (broken, sound):
        photo = workers.read(file, lambda _: known)
        assert (photo.details, photo.pixels) == (known, None)
    assert ThumbnailFiles(tmp_path / "thumbnails").read(sound) is None  # a large file with known content is not decoded
    read = workers.read(other, unknown)  # must not get a reply that is left over from an earlier photo
    assert read.pixels is not None
    np.testing.assert_array_equal(read.pixels, read_photo(other, SPEC, unknown).pixels)


def test_worker_raises_the_same_errors_as_the_main_process(workers: IndexWorkers, tmp_path: Path) -> None:
    (tmp_path / "damaged.jpg").write_bytes(b"\xff\xd8\xff and then nothing")
    with pytest.raises(UnreadableError, match="No such file"):
        workers.read(tmp_path / "gone.jpg", unknown)
    with pytest.raises(DecodeError) as damaged:
        workers.read(tmp_path / "damaged.jpg", unknown)
    assert not isinstance(damaged.value, UnreadableError)
    assert workers.read(paint(tmp_path / "good.png", 1), unknown).pixels is not None


@pytest.mark.skipif(os.name == "nt", reason="file names are always Unicode on Windows")
def test_photo_with_an_undecodable_name_is_read(workers: IndexWorkers, tmp_path: Path) -> None:
    file = paint(tmp_path / "a.png", 1)
    assert workers.read(file.rename(tmp_path / os.fsdecode(b"\xff\n.png")), unknown).pixels is not None


@posix
def test_photo_is_tried_again_if_its_process_dies(workers: IndexWorkers, tmp_path: Path) -> None:
    file = paint_large(tmp_path / "a.png")
    calls: list[bytes] = []

    def kill_once(content: bytes) -> None:
        calls.append(content)
        if len(calls) == 1:
            os.kill(running()[0], signal.SIGKILL)

    assert workers.read(file, kill_once).pixels is not None
    assert len(calls) == 2


@posix
def test_photo_that_crashes_every_process_is_damaged_and_other_photos_are_read(
    workers: IndexWorkers, tmp_path: Path
) -> None:
    bad, good = paint_large(tmp_path / "bad.png"), paint_many(tmp_path, 8)

    def kill_all(_: bytes) -> None:
        for pid in running():
            os.kill(pid, signal.SIGKILL)

    with pytest.raises(DecodeError, match="makes the decoder crash"):
        workers.read(bad, kill_all)
    with ThreadPoolExecutor(2) as pool:
        assert all(photo.pixels is not None for photo in pool.map(lambda file: workers.read(file, unknown), good))


@posix
def test_photo_that_takes_too_long_to_decode_is_given_up(
    workers: IndexWorkers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = paint_large(tmp_path / "a.png")
    assert workers.read(file, unknown).pixels is not None  # a process has started, so its start does not count

    monkeypatch.setattr(index_workers, "DECODE_SECONDS", 0.5)
    with pytest.raises(DecodeError, match="decoding it took too long"):
        workers.read(file, lambda _: os.kill(running()[0], signal.SIGSTOP))
    monkeypatch.undo()

    assert workers.read(file, unknown).pixels is not None


@posix
def test_closing_interrupts_a_read(tmp_path: Path) -> None:
    workers = IndexWorkers(SPEC, 1, tmp_path / "thumbnails")
    file = paint_large(tmp_path / "a.png")
    stopped = threading.Event()

    def stop_it(_: bytes) -> None:
        os.kill(running()[0], signal.SIGSTOP)
        stopped.set()

    with ThreadPoolExecutor(1) as pool:
        reading = pool.submit(workers.read, file, stop_it)
        assert stopped.wait(HANG_TIMEOUT)
        workers.close()
        with pytest.raises(DecodeError):
            reading.result(HANG_TIMEOUT)
    assert running() == []


def test_closing_waits_for_all_stuck_processes_together(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    count = 4
    workers, all_there = IndexWorkers(SPEC, count, tmp_path / "thumbnails"), threading.Barrier(count)

    def wait_for_all(_: bytes) -> None:
        all_there.wait(HANG_TIMEOUT)

    with ThreadPoolExecutor(count) as pool:
        list(pool.map(lambda file: workers.read(file, wait_for_all), paint_many(tmp_path, count)))
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
        workers.close()
    workers.close()

    assert waits_before_kill == [0] * count
    assert len(waits) == count
    assert 0 < sum(waits) < 2 * 0.5
    assert running() == []


@posix
def test_closing_interrupts_a_read_even_if_its_process_does_not_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    workers, stopped = IndexWorkers(SPEC, 1, tmp_path / "thumbnails"), threading.Event()

    def stop_it(_: bytes) -> None:
        os.kill(running()[0], signal.SIGSTOP)
        stopped.set()

    with ThreadPoolExecutor(1) as pool, monkeypatch.context() as stuck:
        stuck.setattr(process_pool, "STOP_SECONDS", 0.1)
        stuck.setattr("multiprocessing.process.BaseProcess.kill", lambda _: None)
        reading = pool.submit(workers.read, paint_large(tmp_path / "a.png"), stop_it)
        assert stopped.wait(HANG_TIMEOUT)
        workers.close()
        with pytest.raises(DecodeError):
            reading.result(HANG_TIMEOUT)
    (reader,) = readers()
    reader.kill()
    reader.join()


@posix
def test_worker_process_has_a_lower_priority(workers: IndexWorkers, tmp_path: Path) -> None:
    workers.read(paint(tmp_path / "a.png", 1), unknown)
    (pid,) = running()
    assert os.getpriority(os.PRIO_PROCESS, pid) > os.getpriority(os.PRIO_PROCESS, 0)


def test_photo_is_unreadable_for_now_if_no_process_can_be_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    workers = IndexWorkers(SPEC, 1, tmp_path / "thumbnails")
    file = paint(tmp_path / "a.png", 1)

    def refuse(*_: object) -> None:
        raise BlockingIOError(11, "Resource temporarily unavailable")

    with monkeypatch.context() as short:
        short.setattr(process_pool, "start_process", refuse)
        with pytest.raises(UnreadableError, match="No process could be started"):
            workers.read(file, unknown)
    assert workers.read(file, unknown).pixels is not None
    workers.close()
