"""The pipeline between the decoders and the catalog, with several batches queued for the model."""

from __future__ import annotations

import asyncio
import gc
import threading
from typing import TYPE_CHECKING

import pytest

from core.errors import ModelError
from core.indexing import pipeline
from core.indexing.pipeline import AHEAD, EMBED_BATCH, Pipeline
from core.indexing.progress import Meter
from core.types import PhotoFile
from core.workers import batches
from tests.helpers.indexing.bench import Bench, paint_many
from tests.helpers.limits import HANG_TIMEOUT

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from pathlib import Path

    from core.types import Root

QUEUED = AHEAD * EMBED_BATCH


@pytest.fixture(autouse=True)
def _patient_pipeline(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have an abandoned pipeline wait for the model, however slow the machine is."""
    monkeypatch.setattr(pipeline, "SETTLE_SECONDS", HANG_TIMEOUT)


@pytest.fixture
def root(bench: Bench, tmp_path: Path) -> Root:
    return bench.root(tmp_path / "photos")


@pytest.fixture
def files(root: Root) -> list[Path]:
    """Return more photos than may be queued for the model."""
    return paint_many(root.path, QUEUED + 2 * EMBED_BATCH + 1)


class Gate:
    """Blocks batches on the model threads until it is opened."""

    def __init__(self, bench: Bench) -> None:
        self._opened = threading.Event()
        bench.embedder.on_embed = self._pass

    def _pass(self) -> None:
        assert self._opened.wait(HANG_TIMEOUT), "the gate was not opened"

    def open(self) -> None:
        self._opened.set()


def run_with_pipeline(bench: Bench, use: Callable[[Pipeline], Coroutine[None, None, None]]) -> list[dict[str, object]]:
    """Call `use` with a pipeline, and return the errors that the event loop reported."""
    loop_errors: list[dict[str, object]] = []

    async def main() -> None:
        asyncio.get_running_loop().set_exception_handler(lambda _, context: loop_errors.append(context))
        async with bench.synced_index() as synced_index:
            await use(Pipeline(bench.run_context(synced_index, Meter(lambda _: None))))
        gc.collect()

    asyncio.run(main())
    return loop_errors


async def embed(pipe: Pipeline, bench: Bench, root: Root, files: list[Path]) -> None:
    for path in files:
        stat, photo = path.stat(), bench.read(path)
        assert photo.pixels is not None
        await pipe.embed(root, PhotoFile(path, stat.st_size, stat.st_mtime_ns), photo.details, photo.pixels)


async def run_ready_callbacks() -> None:
    """Let the event loop run everything that does not have to wait."""
    for _ in range(50):
        await asyncio.sleep(0)


def stored(bench: Bench, root: Root) -> list[Path]:
    """Return the photos in the catalog, and check that each has an embedding."""
    known = bench.catalog.known(root, bench.embedder.key)
    assert all(photo.embedded for photo in known.values())
    return sorted(known)


def test_model_threads_run_batches_at_the_same_time(bench: Bench, root: Root, files: list[Path]) -> None:
    all_running = threading.Barrier(batches())

    def meet() -> None:
        all_running.wait(HANG_TIMEOUT)

    bench.embedder.on_embed = meet

    async def use(pipe: Pipeline) -> None:
        await embed(pipe, bench, root, files[:QUEUED])
        await pipe.finish(root)

    run_with_pipeline(bench, use)
    assert stored(bench, root) == files[:QUEUED]
    assert bench.embedder.background_batches == [EMBED_BATCH] * AHEAD


def test_finishing_stores_and_counts_all_photos(bench: Bench, root: Root, files: list[Path]) -> None:
    async def use(pipe: Pipeline) -> None:
        await embed(pipe, bench, root, files)
        await pipe.finish(root)
        assert pipe.embedded == len(files)

    assert run_with_pipeline(bench, use) == []
    assert stored(bench, root) == files
    for file in files:
        assert bench.search(file, top_k=1)[0].path == file, "the photo has the embedding of another one"


def test_adding_photos_waits_while_the_model_queue_is_full(bench: Bench, root: Root, files: list[Path]) -> None:
    async def use(pipe: Pipeline) -> None:
        gate = Gate(bench)
        await embed(pipe, bench, root, files[: QUEUED + EMBED_BATCH - 1])
        more = asyncio.create_task(embed(pipe, bench, root, files[QUEUED + EMBED_BATCH - 1 :]))
        await run_ready_callbacks()
        assert not more.done()
        gate.open()
        await more
        await pipe.finish(root)

    run_with_pipeline(bench, use)
    assert stored(bench, root) == files


@pytest.mark.parametrize("cancellations", [1, 2])
def test_a_cancelled_run_stores_the_batches_given_to_the_model(
    bench: Bench, root: Root, files: list[Path], cancellations: int
) -> None:
    async def use(pipe: Pipeline) -> None:
        gate = Gate(bench)
        await embed(pipe, bench, root, files[: QUEUED + 1])
        abandoning = asyncio.create_task(pipe.abandon(root, asyncio.CancelledError()))
        for _ in range(cancellations - 1):
            await run_ready_callbacks()
            abandoning.cancel()
        await run_ready_callbacks()
        assert not abandoning.done()
        gate.open()
        await asyncio.wait([abandoning])
        assert abandoning.cancelled() == (cancellations > 1)
        assert pipe.embedded == QUEUED

    assert run_with_pipeline(bench, use) == []
    assert stored(bench, root) == files[:QUEUED]


def test_a_slow_model_does_not_delay_a_cancelled_run(
    bench: Bench, root: Root, files: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pipeline, "SETTLE_SECONDS", 0.01)

    async def use(pipe: Pipeline) -> None:
        gate = Gate(bench)
        await embed(pipe, bench, root, files[:QUEUED])
        await pipe.abandon(root, asyncio.CancelledError())
        gate.open()

    assert run_with_pipeline(bench, use) == []
    assert stored(bench, root) == []


def test_nothing_is_stored_after_an_error(bench: Bench, root: Root, files: list[Path]) -> None:
    gate = Gate(bench)

    async def use(pipe: Pipeline) -> None:
        await embed(pipe, bench, root, files[:QUEUED])
        abandoning = asyncio.create_task(pipe.abandon(root, ModelError("The model does not run.")))
        gate.open()
        await abandoning
        assert bench.embedder.embedded == QUEUED, "the pipeline did not wait for the model"

    assert run_with_pipeline(bench, use) == []
    assert stored(bench, root) == []


@pytest.mark.parametrize("failing", [1, 2, AHEAD])
def test_only_the_first_model_error_is_raised_and_none_is_logged(
    bench: Bench, root: Root, files: list[Path], failing: int
) -> None:
    turns = iter(range(AHEAD))

    def fail() -> None:
        if next(turns) >= AHEAD - failing:
            raise ModelError("The model does not run.")

    bench.embedder.on_embed = fail

    async def embed_all(pipe: Pipeline) -> None:
        await embed(pipe, bench, root, files[:QUEUED])
        await pipe.finish(root)

    async def use(pipe: Pipeline) -> None:
        with pytest.raises(ModelError, match="does not run") as caught:
            await embed_all(pipe)
        await pipe.abandon(root, caught.value)

    assert run_with_pipeline(bench, use) == []
    assert stored(bench, root) == []


def test_cancelling_while_waiting_for_the_model_loses_no_batch(bench: Bench, root: Root, files: list[Path]) -> None:
    async def use(pipe: Pipeline) -> None:
        gate = Gate(bench)
        full = QUEUED + EMBED_BATCH
        await embed(pipe, bench, root, files[: full - 1])
        waiting = asyncio.create_task(embed(pipe, bench, root, files[full - 1 :]))
        await run_ready_callbacks()
        waiting.cancel()
        await asyncio.wait([waiting])
        assert waiting.cancelled()
        asyncio.get_running_loop().call_soon(gate.open)
        await pipe.abandon(root, asyncio.CancelledError())
        assert pipe.embedded == full

    assert run_with_pipeline(bench, use) == []
    assert stored(bench, root) == files[: QUEUED + EMBED_BATCH]
