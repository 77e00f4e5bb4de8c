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

from core.errors import DecodeError
from core.images import interactive_workers, process_pool
from core.images.interactive_workers import PROCESSES, InteractiveWorkers
from core.images.model_input import InputSpec, Resample
from core.images.query import Query, make_query
from core.images.reader import UnreadableError
from core.images.thumbnail import make_thumbnail
from core.workers import start_uninterrupted
from tests.helpers.checkout import CHECKOUT
from tests.helpers.indexing.bench import paint
from tests.helpers.limits import HANGING
from tests.helpers.pictures import crashing_decoders
from tests.helpers.pictures.drawn import encoded, quarters

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from multiprocessing.process import BaseProcess
    from pathlib import Path

SPEC = InputSpec(32, 24, 0, Resample.BILINEAR, (0.5, 0.5, 0.5), (0.5, 0.5, 0.5))
SIDE = 48
posix = pytest.mark.skipif(os.name == "nt", reason="has signals and named pipes")

KILLED = """
import os, signal, sys
from pathlib import Path
from core.images.interactive_workers import InteractiveWorkers

photo = Path(sys.argv[1])
viewers = InteractiveWorkers(photo.parent / "thumbnails")
viewers.thumbnail(photo, 32)
print("shown", flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


def running() -> list[int]:
    return [child.pid or 0 for child in multiprocessing.active_children() if child.name == "semblance-viewer"]


def by_path(viewers: InteractiveWorkers, photo: Path) -> object:
    return viewers.query(photo, SPEC, all_views=True)


def by_bytes(viewers: InteractiveWorkers, photo: Path) -> object:
    return viewers.query(photo.read_bytes(), SPEC, all_views=True)


def thumbnail(viewers: InteractiveWorkers, photo: Path) -> object:
    return viewers.thumbnail(photo, SIDE)


each_way = pytest.mark.parametrize("show", [by_path, by_bytes, thumbnail])


def replace_decoding(monkeypatch: pytest.MonkeyPatch, replacement: Callable[..., None]) -> None:
    for name in ("make_query", "make_thumbnail"):
        monkeypatch.setattr(interactive_workers, name, replacement)


@pytest.fixture
def viewers(tmp_path: Path) -> Iterator[InteractiveWorkers]:
    viewers = InteractiveWorkers(tmp_path / "thumbnails")
    yield viewers
    viewers.close()
    assert running() == []


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    return paint(tmp_path / "photo.png", 1)


def _assert_same(there: Query, here: Query) -> None:
    assert there.content == here.content
    assert there.views.flags.writeable == here.views.flags.writeable
    np.testing.assert_array_equal(there.views, here.views)


@pytest.mark.parametrize("name", ["PNG", "JPEG", "GIF", "WEBP", "HEIF", "TIFF"])
def test_what_is_shown_is_what_it_is_when_decoded_in_this_process(
    viewers: InteractiveWorkers, tmp_path: Path, name: str
) -> None:
    data = encoded(quarters(300, 200), name)
    file = tmp_path / "picture"
    file.write_bytes(data)
    for all_views in (True, False):
        here = make_query(data, SPEC, all_views=all_views)
        assert here.views.shape == (10 if all_views else 1, SPEC.height, SPEC.width, 3)
        _assert_same(viewers.query(file, SPEC, all_views=all_views), here)
        _assert_same(viewers.query(data, SPEC, all_views=all_views), here)
    assert viewers.thumbnail(file, SIDE) == make_thumbnail(data, SIDE)


@pytest.mark.parametrize("by_bytes", [False, True])
def test_a_preview_of_any_picture_leaves_nothing_behind(
    viewers: InteractiveWorkers, tmp_path: Path, photo: Path, *, by_bytes: bool
) -> None:
    preview = viewers.preview(photo.read_bytes() if by_bytes else photo, SIDE)

    with Image.open(io.BytesIO(preview)) as image:
        assert max(image.size) == SIDE
    assert not (tmp_path / "thumbnails").exists()


@each_way
def test_no_picture_is_an_error_that_costs_no_process(
    viewers: InteractiveWorkers, photo: Path, tmp_path: Path, show: Callable[[InteractiveWorkers, Path], object]
) -> None:
    show(viewers, photo)
    before = running()
    (tmp_path / "text.jpg").write_text("text")
    with pytest.raises(DecodeError) as error:
        show(viewers, tmp_path / "text.jpg")
    assert not isinstance(error.value, UnreadableError)
    assert running() == before != []


@pytest.mark.parametrize("show", [by_path, thumbnail])
def test_a_photo_that_is_gone_cannot_be_read(
    viewers: InteractiveWorkers, tmp_path: Path, show: Callable[[InteractiveWorkers, Path], object]
) -> None:
    with pytest.raises(UnreadableError, match="No such file"):
        show(viewers, tmp_path / "gone.jpg")


@pytest.mark.skipif(os.name == "nt", reason="names are text there")
def test_a_name_that_is_no_text_is_read(viewers: InteractiveWorkers, photo: Path, tmp_path: Path) -> None:
    odd = photo.rename(tmp_path / os.fsdecode(b"\xff\n.png"))
    assert by_path(viewers, odd)
    assert thumbnail(viewers, odd)


@each_way
def test_a_picture_that_crashes_its_decoder_costs_no_other(
    viewers: InteractiveWorkers,
    photo: Path,
    show: Callable[[InteractiveWorkers, Path], object],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with monkeypatch.context() as crashing:
        replace_decoding(crashing, crashing_decoders.crash)
        for _ in range(PROCESSES):
            with pytest.raises(DecodeError, match="crashes its decoder"):
                show(viewers, photo)
    assert show(viewers, photo)


def test_a_picture_over_which_a_process_ends_is_tried_once_more(
    viewers: InteractiveWorkers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    replace_decoding(monkeypatch, crashing_decoders.crash_once)
    flag = tmp_path / "tried"
    viewers.query(os.fsencode(flag), SPEC, all_views=True)
    assert flag.exists()


@each_way
def test_a_picture_that_holds_up_its_decoder_is_given_up(
    viewers: InteractiveWorkers,
    photo: Path,
    show: Callable[[InteractiveWorkers, Path], object],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with monkeypatch.context() as hanging:
        replace_decoding(hanging, crashing_decoders.hang)
        limit = "THUMBNAIL_SECONDS" if show is thumbnail else "DECODE_SECONDS"
        hanging.setattr(interactive_workers, limit, 0.2)
        with pytest.raises(DecodeError, match="decoding it took too long"):
            show(viewers, photo)
    assert running() == []
    assert show(viewers, photo)


@posix
@pytest.mark.parametrize("show", [by_path, thumbnail])
def test_a_disk_that_does_not_answer_is_given_up(
    viewers: InteractiveWorkers,
    photo: Path,
    tmp_path: Path,
    show: Callable[[InteractiveWorkers, Path], object],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    os.mkfifo(tmp_path / "silent.jpg")
    with monkeypatch.context() as short:
        short.setattr(process_pool, "READ_SECONDS", 0.2)
        with pytest.raises(UnreadableError, match="Reading the file took too long"):
            show(viewers, tmp_path / "silent.jpg")
    assert show(viewers, photo)


@posix
def test_while_one_picture_holds_up_its_decoder_another_is_shown(
    tmp_path: Path, photo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    viewers = InteractiveWorkers(tmp_path / "thumbnails")
    began = tmp_path / "began"
    os.mkfifo(began)
    monkeypatch.setattr(interactive_workers, "make_query", crashing_decoders.tell_and_hang)
    with ThreadPoolExecutor(1) as pool:
        hanging = pool.submit(viewers.query, os.fsencode(began), SPEC, all_views=True)
        with began.open("rb"):
            assert thumbnail(viewers, photo)
            assert not hanging.done()
            assert len(running()) == PROCESSES
            viewers.close()
        with pytest.raises(DecodeError, match="Semblance is closing"):
            hanging.result(HANGING)
    assert running() == []


def test_a_process_that_is_ready_is_the_one_that_shows(viewers: InteractiveWorkers, photo: Path) -> None:
    assert running() == []
    viewers.get_ready()
    ready = running()
    viewers.get_ready()
    thumbnail(viewers, photo)
    by_path(viewers, photo)
    assert running() == ready
    assert len(ready) == 1


@posix
def test_no_process_is_started_early_while_one_is_decoding(
    viewers: InteractiveWorkers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    began = tmp_path / "began"
    os.mkfifo(began)
    monkeypatch.setattr(interactive_workers, "make_query", crashing_decoders.tell_and_hang)
    with ThreadPoolExecutor(1) as pool:
        hanging = pool.submit(viewers.query, os.fsencode(began), SPEC, all_views=True)
        with began.open("rb"):
            viewers.get_ready()
            assert len(running()) == 1
            viewers.close()
        with pytest.raises(DecodeError):
            hanging.result(HANGING)


@posix
def test_what_the_user_waits_for_steps_back_behind_nothing_and_ends_by_no_ctrl_c(
    viewers: InteractiveWorkers, photo: Path
) -> None:
    thumbnail(viewers, photo)
    (pid,) = running()
    assert os.getpriority(os.PRIO_PROCESS, pid) == os.getpriority(os.PRIO_PROCESS, 0)
    os.kill(pid, signal.SIGINT)
    by_path(viewers, photo)
    assert running() == [pid]


def test_nothing_is_started_once_closed(tmp_path: Path, photo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    closed = InteractiveWorkers(tmp_path / "thumbnails")
    thumbnail(closed, photo)
    closed.close()
    closed.get_ready()
    with pytest.raises(DecodeError, match="Semblance is closing"):
        by_path(closed, photo)

    closing = InteractiveWorkers(tmp_path / "thumbnails")

    def start_late(process: BaseProcess) -> None:
        start_uninterrupted(process)
        closing.close()

    monkeypatch.setattr(process_pool, "start_uninterrupted", start_late)
    closing.get_ready()
    assert running() == []


def test_a_picture_for_which_no_process_can_be_started_is_an_error(
    viewers: InteractiveWorkers, photo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: object) -> None:
        raise BlockingIOError(11, "Resource temporarily unavailable")

    with monkeypatch.context() as short:
        short.setattr(process_pool, "start_uninterrupted", refuse)
        viewers.get_ready()
        with pytest.raises(UnreadableError, match="No process could be started"):
            by_path(viewers, photo)
    assert by_path(viewers, photo)


@posix
def test_the_processes_of_a_program_that_is_killed_end_with_it(photo: Path) -> None:
    # What the process writes to is open in all its processes: it comes to its end when the last of them has ended.
    run = subprocess.run(
        [sys.executable, "-c", KILLED, photo], cwd=CHECKOUT, capture_output=True, timeout=HANGING, check=False
    )
    assert (run.returncode, run.stdout, run.stderr) == (-signal.SIGKILL, b"shown\n", b"")
