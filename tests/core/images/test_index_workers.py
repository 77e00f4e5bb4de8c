from __future__ import annotations

import multiprocessing
import os
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import pytest

from core import processes
from core.errors import DecodeError, LibraryError, UnreadableError
from core.images import index_workers, process_pool
from core.images.embedded_preview import read_preview
from core.images.index_workers import IndexWorkers
from core.images.model_input import InputSpec, Resample
from core.images.photo_cache import state_of
from core.images.reader import LARGE_FILE, content_key, read_photo
from core.images.thumbnail import ThumbnailFiles
from core.types import Metadata, PhotoDetails
from tests.helpers.indexing.bench import paint, paint_many
from tests.helpers.limits import HANG_TIMEOUT
from tests.helpers.pictures import crashing_decoders
from tests.helpers.pictures.camera import save_photo
from tests.helpers.pictures.drawn import encoded, exif, quarters

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from multiprocessing.process import BaseProcess
    from multiprocessing.synchronize import Barrier
    from pathlib import Path

SPEC = InputSpec(32, 24, 0, Resample.BILINEAR, (0.5, 0.5, 0.5), (0.5, 0.5, 0.5))
PREVIEW_SPEC = replace(SPEC, height=16, width=20)
posix = pytest.mark.skipif(os.name == "nt", reason="needs POSIX signals")


def readers() -> list[BaseProcess]:
    return [child for child in multiprocessing.active_children() if child.name == "semblance-indexing"]


def running() -> list[int]:
    return [reader.pid or 0 for reader in readers()]


def unknown(_: bytes) -> None:
    """Return no details, because the content is unknown."""


def always(details: PhotoDetails, _: bytes) -> PhotoDetails:
    return details


def wait_for_all(barrier: Barrier, _: bytes) -> None:
    barrier.wait(HANG_TIMEOUT)


def fail(_: bytes) -> None:
    raise LibraryError("The disk is gone.")


@contextmanager
def start(
    tmp_path: Path, known: Callable[[bytes], PhotoDetails | None] = unknown, count: int = 2
) -> Iterator[IndexWorkers]:
    workers = IndexWorkers(SPEC, PREVIEW_SPEC, count, tmp_path / "thumbnails", known)
    yield workers
    workers.close()
    assert running() == []


@pytest.fixture
def workers(tmp_path: Path) -> Iterator[IndexWorkers]:
    with start(tmp_path) as workers:
        yield workers


def test_worker_reads_a_photo_like_the_main_process(workers: IndexWorkers, tmp_path: Path) -> None:
    for file in (paint(tmp_path / "a.png", 1), paint(tmp_path / "b.jpg", 2, (900, 700))):
        actual, expected = workers.read(file), read_photo(file, SPEC, unknown)
        assert actual.details == expected.details
        assert actual.pixels is not None
        assert expected.pixels is not None
        np.testing.assert_array_equal(actual.pixels, expected.pixels)


def test_worker_reads_a_preview_like_the_main_process_in_its_own_size(workers: IndexWorkers, tmp_path: Path) -> None:
    file = save_photo(tmp_path / "a.jpg", quarters(800, 600))

    actual, expected = workers.preview(file), read_preview(file, PREVIEW_SPEC)

    assert actual
    assert expected
    assert actual.details == expected.details
    assert actual.pixels is not None
    assert expected.pixels is not None
    np.testing.assert_array_equal(actual.pixels, expected.pixels)


def test_worker_reads_only_the_metadata(workers: IndexWorkers, tmp_path: Path) -> None:
    photo, damaged = tmp_path / "a.jpg", tmp_path / "b.jpg"
    photo.write_bytes(encoded(quarters(), "JPEG", exif=exif(1, "2020:01:02 03:04:05")))
    damaged.write_bytes(b"no picture at all")

    assert workers.metadata(photo) == Metadata(1_577_934_245, camera="Maker")
    assert workers.metadata(damaged) == Metadata()
    with pytest.raises(UnreadableError, match="could not be read: No such file"):
        workers.metadata(tmp_path / "missing.jpg")


def test_only_a_large_file_gets_a_thumbnail(workers: IndexWorkers, tmp_path: Path) -> None:
    large, small = paint(tmp_path / "a.png", 1, (600, 400)), paint(tmp_path / "b.png", 2, (600, 400))
    large.write_bytes(large.read_bytes().ljust(LARGE_FILE, b"\0"))
    for file in (large, small):
        assert workers.read(file).pixels is not None
    files = ThumbnailFiles(tmp_path / "thumbnails")
    assert files.read(small) is None
    assert (kept := files.read(large)) is not None
    assert kept.state == state_of(large)


@pytest.mark.parametrize("size", [0, LARGE_FILE])
def test_known_content_returns_its_known_details_without_decoding(tmp_path: Path, size: int) -> None:
    broken, sound = tmp_path / "a.jpg", paint(tmp_path / "b.png", 1)
    broken.write_bytes(b"no picture at all".ljust(size))
    sound.write_bytes(sound.read_bytes().ljust(size, b"\0"))
    known = PhotoDetails(b"c", 1, 2, Metadata(3))
    with start(tmp_path, partial(always, known)) as workers:
        for file in (broken, sound):
            photo = workers.read(file)
            assert (photo.details, photo.pixels) == (known, None)
    assert ThumbnailFiles(tmp_path / "thumbnails").read(sound) is None


def test_an_error_of_the_catalog_is_not_blamed_on_the_photo(tmp_path: Path) -> None:
    with start(tmp_path, fail) as workers, pytest.raises(LibraryError, match="The disk is gone"):
        workers.read(paint(tmp_path / "a.png", 1))


def test_worker_raises_the_same_errors_as_the_main_process(workers: IndexWorkers, tmp_path: Path) -> None:
    (tmp_path / "damaged.jpg").write_bytes(b"\xff\xd8\xff and then nothing")
    with pytest.raises(UnreadableError, match="No such file"):
        workers.read(tmp_path / "gone.jpg")
    with pytest.raises(DecodeError) as damaged:
        workers.read(tmp_path / "damaged.jpg")
    assert not isinstance(damaged.value, UnreadableError)
    assert workers.read(paint(tmp_path / "good.png", 1)).pixels is not None


@pytest.mark.skipif(os.name == "nt", reason="file names are always Unicode on Windows")
def test_photo_with_an_undecodable_name_is_read(workers: IndexWorkers, tmp_path: Path) -> None:
    file = paint(tmp_path / "a.png", 1)
    assert workers.read(file.rename(tmp_path / os.fsdecode(b"\xff\n.png"))).pixels is not None


def test_photo_is_tried_again_if_its_process_dies(tmp_path: Path) -> None:
    crashed = processes.context.Event()
    with start(tmp_path, partial(crashing_decoders.crash_first, crashed)) as workers:
        assert workers.read(paint(tmp_path / "a.png", 1)).pixels is not None
    assert crashed.is_set()


def test_photo_that_crashes_every_process_is_damaged_and_other_photos_are_read(tmp_path: Path) -> None:
    bad, good = paint(tmp_path / "bad.png", 99), paint_many(tmp_path, 8)
    with start(tmp_path, partial(crashing_decoders.crash_at, content_key(bad.read_bytes()))) as workers:
        with pytest.raises(DecodeError, match="makes the decoder crash"):
            workers.read(bad)
        with ThreadPoolExecutor(2) as pool:
            assert all(photo.pixels is not None for photo in pool.map(workers.read, good))


def test_photo_that_takes_too_long_to_decode_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = paint(tmp_path / "a.png", 1)
    monkeypatch.setattr(index_workers, "DECODE_SECONDS", 0.5)
    with monkeypatch.context() as slow:
        slow.setattr(index_workers, "_serve", crashing_decoders.announce_decoding_and_hang)
        with start(tmp_path) as workers, pytest.raises(DecodeError, match="decoding it took too long"):
            workers.read(file)


def test_photo_that_takes_too_long_to_read_is_tried_again_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hanging = processes.context.Event()
    monkeypatch.setattr(process_pool, "READ_SECONDS", 0.5)
    with (
        start(tmp_path, partial(crashing_decoders.set_and_hang, hanging)) as workers,
        pytest.raises(UnreadableError, match="Reading the file took too long"),
    ):
        workers.read(paint(tmp_path / "a.png", 1))


def test_closing_interrupts_a_read(tmp_path: Path) -> None:
    hanging = processes.context.Event()
    file = paint(tmp_path / "a.png", 1)
    with (
        start(tmp_path, partial(crashing_decoders.set_and_hang, hanging)) as workers,
        ThreadPoolExecutor(1) as pool,
    ):
        reading = pool.submit(workers.read, file)
        assert hanging.wait(HANG_TIMEOUT)
        workers.close()
        with pytest.raises(DecodeError):
            reading.result(HANG_TIMEOUT)


def test_closing_waits_for_all_stuck_processes_together(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    count = 4
    known = partial(wait_for_all, processes.context.Barrier(count))
    workers = IndexWorkers(SPEC, PREVIEW_SPEC, count, tmp_path / "thumbnails", known)
    with ThreadPoolExecutor(count) as pool:
        list(pool.map(workers.read, paint_many(tmp_path, count)))
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


def test_closing_interrupts_a_read_even_if_its_process_does_not_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hanging = processes.context.Event()
    workers = IndexWorkers(
        SPEC, PREVIEW_SPEC, 1, tmp_path / "thumbnails", partial(crashing_decoders.set_and_hang, hanging)
    )
    with ThreadPoolExecutor(1) as pool, monkeypatch.context() as stuck:
        stuck.setattr(process_pool, "STOP_SECONDS", 0.1)
        stuck.setattr("multiprocessing.process.BaseProcess.kill", lambda _: None)
        reading = pool.submit(workers.read, paint(tmp_path / "a.png", 1))
        assert hanging.wait(HANG_TIMEOUT)
        workers.close()
        with pytest.raises(DecodeError):
            reading.result(HANG_TIMEOUT)
    (reader,) = readers()
    reader.kill()
    reader.join()


@posix
def test_worker_process_has_a_lower_priority(workers: IndexWorkers, tmp_path: Path) -> None:
    workers.read(paint(tmp_path / "a.png", 1))
    (pid,) = running()
    assert os.getpriority(os.PRIO_PROCESS, pid) > os.getpriority(os.PRIO_PROCESS, 0)


def test_photo_is_unreadable_for_now_if_no_process_can_be_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    workers = IndexWorkers(SPEC, PREVIEW_SPEC, 1, tmp_path / "thumbnails", unknown)
    file = paint(tmp_path / "a.png", 1)

    def refuse(*_: object) -> None:
        raise BlockingIOError(11, "Resource temporarily unavailable")

    with monkeypatch.context() as short:
        short.setattr(process_pool, "start_process", refuse)
        with pytest.raises(UnreadableError, match="No process could be started"):
            workers.read(file)
    assert workers.read(file).pixels is not None
    workers.close()
