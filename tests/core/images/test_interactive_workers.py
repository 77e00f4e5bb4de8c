from __future__ import annotations

import io
import multiprocessing
import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from core.errors import DecodeError, UnreadableError
from core.images import interactive_workers, process_pool
from core.images.interactive_workers import PROCESSES, InteractiveWorkers
from core.images.model_input import InputSpec, Resample
from core.images.query import Query, make_query
from core.images.thumbnail import make_thumbnail
from core.processes import start_process
from core.search_request import QueryPicture
from tests.helpers.checkout import CHECKOUT
from tests.helpers.indexing.bench import paint
from tests.helpers.limits import HANG_TIMEOUT
from tests.helpers.pictures import crashing_decoders
from tests.helpers.pictures.drawn import encoded, quarters

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from multiprocessing.process import BaseProcess
    from pathlib import Path

SPEC = InputSpec(32, 24, 0, Resample.BILINEAR, (0.5, 0.5, 0.5), (0.5, 0.5, 0.5))
SIDE = 48
posix = pytest.mark.skipif(os.name == "nt", reason="needs signals and named pipes")

KILLED = """
import os, signal, sys
from pathlib import Path
from core.images.interactive_workers import InteractiveWorkers

photo = Path(sys.argv[1])
workers = InteractiveWorkers(photo.parent / "thumbnails")
workers.thumbnail(photo, 32)
print("shown", flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


def running() -> list[int]:
    return [child.pid or 0 for child in multiprocessing.active_children() if child.name == "semblance-interactive"]


def by_path(workers: InteractiveWorkers, photo: Path) -> object:
    return workers.query(QueryPicture(photo), SPEC, all_views=True)


def by_bytes(workers: InteractiveWorkers, photo: Path) -> object:
    return workers.query(QueryPicture(photo.read_bytes()), SPEC, all_views=True)


def thumbnail(workers: InteractiveWorkers, photo: Path) -> object:
    return workers.thumbnail(photo, SIDE)


each_way = pytest.mark.parametrize("show", [by_path, by_bytes, thumbnail])


def replace_decoding(monkeypatch: pytest.MonkeyPatch, replacement: Callable[..., None]) -> None:
    for name in ("make_query", "make_thumbnail"):
        monkeypatch.setattr(interactive_workers, name, replacement)


@pytest.fixture
def workers(tmp_path: Path) -> Iterator[InteractiveWorkers]:
    workers = InteractiveWorkers(tmp_path / "thumbnails")
    yield workers
    workers.close()
    assert running() == []


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    return paint(tmp_path / "photo.png", 1)


def _assert_same(actual: Query, expected: Query) -> None:
    assert actual.content == expected.content
    assert actual.views.flags.writeable == expected.views.flags.writeable
    np.testing.assert_array_equal(actual.views, expected.views)


@pytest.mark.parametrize("name", ["PNG", "JPEG", "GIF", "WEBP", "HEIF", "TIFF"])
def test_worker_decodes_pictures_like_the_main_process(workers: InteractiveWorkers, tmp_path: Path, name: str) -> None:
    data = encoded(quarters(300, 200), name)
    file = tmp_path / "picture"
    file.write_bytes(data)
    for all_views in (True, False):
        expected = make_query(data, SPEC, all_views=all_views)
        assert expected.views.shape == (10 if all_views else 1, SPEC.height, SPEC.width, 3)
        _assert_same(workers.query(QueryPicture(file), SPEC, all_views=all_views), expected)
        _assert_same(workers.query(QueryPicture(data), SPEC, all_views=all_views), expected)
    assert workers.thumbnail(file, SIDE) == make_thumbnail(data, SIDE)


@pytest.mark.parametrize("from_bytes", [False, True])
def test_preview_is_not_stored_in_the_cache(
    workers: InteractiveWorkers, tmp_path: Path, photo: Path, *, from_bytes: bool
) -> None:
    preview = workers.preview(photo.read_bytes() if from_bytes else photo, SIDE)

    with Image.open(io.BytesIO(preview)) as image:
        assert max(image.size) == SIDE
    assert not (tmp_path / "thumbnails").exists()


@each_way
def test_file_that_is_not_a_picture_is_an_error_and_its_process_survives(
    workers: InteractiveWorkers, photo: Path, tmp_path: Path, show: Callable[[InteractiveWorkers, Path], object]
) -> None:
    show(workers, photo)
    before = running()
    (tmp_path / "text.jpg").write_text("text")
    with pytest.raises(DecodeError) as error:
        show(workers, tmp_path / "text.jpg")
    assert not isinstance(error.value, UnreadableError)
    assert running() == before != []


@pytest.mark.parametrize("show", [by_path, thumbnail])
def test_missing_photo_is_unreadable(
    workers: InteractiveWorkers, tmp_path: Path, show: Callable[[InteractiveWorkers, Path], object]
) -> None:
    with pytest.raises(UnreadableError, match="No such file"):
        show(workers, tmp_path / "gone.jpg")


@pytest.mark.skipif(os.name == "nt", reason="file names are always Unicode on Windows")
def test_photo_with_an_undecodable_name_is_read(workers: InteractiveWorkers, photo: Path, tmp_path: Path) -> None:
    odd = photo.rename(tmp_path / os.fsdecode(b"\xff\n.png"))
    assert by_path(workers, odd)
    assert thumbnail(workers, odd)


@each_way
def test_picture_that_crashes_its_decoder_does_not_affect_others(
    workers: InteractiveWorkers,
    photo: Path,
    show: Callable[[InteractiveWorkers, Path], object],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with monkeypatch.context() as crashing:
        replace_decoding(crashing, crashing_decoders.crash)
        for _ in range(PROCESSES):
            with pytest.raises(DecodeError, match="makes the decoder crash"):
                show(workers, photo)
    assert show(workers, photo)


def test_picture_is_tried_again_if_its_process_dies(
    workers: InteractiveWorkers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    replace_decoding(monkeypatch, crashing_decoders.crash_once)
    flag = tmp_path / "tried"
    workers.query(QueryPicture(os.fsencode(flag)), SPEC, all_views=True)
    assert flag.exists()


@each_way
def test_picture_that_takes_too_long_to_decode_is_given_up(
    workers: InteractiveWorkers,
    photo: Path,
    show: Callable[[InteractiveWorkers, Path], object],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with monkeypatch.context() as hanging:
        replace_decoding(hanging, crashing_decoders.hang)
        limit = "THUMBNAIL_SECONDS" if show is thumbnail else "DECODE_SECONDS"
        hanging.setattr(interactive_workers, limit, 0.2)
        with pytest.raises(DecodeError, match="decoding it took too long"):
            show(workers, photo)
    assert running() == []
    assert show(workers, photo)


@posix
@pytest.mark.parametrize("show", [by_path, thumbnail])
def test_picture_on_a_silent_disk_is_given_up(
    workers: InteractiveWorkers,
    photo: Path,
    tmp_path: Path,
    show: Callable[[InteractiveWorkers, Path], object],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    os.mkfifo(tmp_path / "silent.jpg")
    with monkeypatch.context() as short:
        short.setattr(process_pool, "READ_SECONDS", 0.2)
        with pytest.raises(UnreadableError, match="Reading the file took too long"):
            show(workers, tmp_path / "silent.jpg")
    assert show(workers, photo)


@posix
def test_picture_is_decoded_while_another_one_blocks_its_process(
    tmp_path: Path, photo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    workers = InteractiveWorkers(tmp_path / "thumbnails")
    began = tmp_path / "began"
    os.mkfifo(began)
    monkeypatch.setattr(interactive_workers, "make_query", crashing_decoders.signal_and_hang)
    with ThreadPoolExecutor(1) as pool:
        hanging = pool.submit(workers.query, QueryPicture(os.fsencode(began)), SPEC, all_views=True)
        with began.open("rb"):
            assert thumbnail(workers, photo)
            assert not hanging.done()
            assert len(running()) == PROCESSES
            workers.close()
        with pytest.raises(DecodeError, match="Semblance is closing"):
            hanging.result(HANG_TIMEOUT)
    assert running() == []


def test_process_started_early_is_used_for_the_first_pictures(workers: InteractiveWorkers, photo: Path) -> None:
    assert running() == []
    workers.start_early()
    ready = running()
    workers.start_early()
    thumbnail(workers, photo)
    by_path(workers, photo)
    assert running() == ready
    assert len(ready) == 1


@posix
def test_no_process_is_started_early_while_one_is_decoding(
    workers: InteractiveWorkers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    began = tmp_path / "began"
    os.mkfifo(began)
    monkeypatch.setattr(interactive_workers, "make_query", crashing_decoders.signal_and_hang)
    with ThreadPoolExecutor(1) as pool:
        hanging = pool.submit(workers.query, QueryPicture(os.fsencode(began)), SPEC, all_views=True)
        with began.open("rb"):
            workers.start_early()
            assert len(running()) == 1
            workers.close()
        with pytest.raises(DecodeError):
            hanging.result(HANG_TIMEOUT)


@posix
def test_process_has_normal_priority_and_ignores_ctrl_c(workers: InteractiveWorkers, photo: Path) -> None:
    thumbnail(workers, photo)
    (pid,) = running()
    assert os.getpriority(os.PRIO_PROCESS, pid) == os.getpriority(os.PRIO_PROCESS, 0)
    os.kill(pid, signal.SIGINT)
    by_path(workers, photo)
    assert running() == [pid]


def test_no_process_is_started_after_closing(tmp_path: Path, photo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    closed = InteractiveWorkers(tmp_path / "thumbnails")
    thumbnail(closed, photo)
    closed.close()
    closed.start_early()
    with pytest.raises(DecodeError, match="Semblance is closing"):
        by_path(closed, photo)

    closing = InteractiveWorkers(tmp_path / "thumbnails")

    def start_late(name: str, target: Callable[..., object], *args: object) -> BaseProcess:
        process = start_process(name, target, *args)
        closing.close()
        return process

    monkeypatch.setattr(process_pool, "start_process", start_late)
    closing.start_early()
    assert running() == []


def test_picture_is_unreadable_if_no_process_can_be_started(
    workers: InteractiveWorkers, photo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise BlockingIOError(11, "Resource temporarily unavailable")

    with monkeypatch.context() as short:
        short.setattr(process_pool, "start_process", refuse)
        workers.start_early()
        with pytest.raises(UnreadableError, match="No process could be started"):
            by_path(workers, photo)
    assert by_path(workers, photo)


@posix
def test_processes_end_when_the_program_is_killed(photo: Path) -> None:
    # All processes inherit the output pipe, so `run` returns only when the last of them has ended.
    run = subprocess.run(
        [sys.executable, "-c", KILLED, photo], cwd=CHECKOUT, capture_output=True, timeout=HANG_TIMEOUT, check=False
    )
    assert (run.returncode, run.stdout, run.stderr) == (-signal.SIGKILL, b"shown\n", b"")
