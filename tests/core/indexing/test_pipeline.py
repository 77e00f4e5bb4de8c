"""Photos between the decoders and the catalog, while the model has several batches before it."""

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
from tests.helpers.limits import HANGING

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from pathlib import Path

    from core.types import Root

HELD = AHEAD * EMBED_BATCH


@pytest.fixture(autouse=True)
def _model_has_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have a run that is given up wait for the model, however slow the machine is."""
    monkeypatch.setattr(pipeline, "SETTLE_SECONDS", HANGING)


@pytest.fixture
def root(bench: Bench, tmp_path: Path) -> Root:
    return bench.root(tmp_path / "photos")


@pytest.fixture
def files(root: Root) -> list[Path]:
    """Return more photos than the model may have before it."""
    return paint_many(root.path, HELD + 2 * EMBED_BATCH + 1)


class Gate:
    """Holds batches on the threads of the model, until it is opened."""

    def __init__(self, bench: Bench) -> None:
        self._opened = threading.Event()
        bench.embedder.on_embed = self._pass

    def _pass(self) -> None:
        assert self._opened.wait(HANGING), "nobody opened it"

    def open(self) -> None:
        self._opened.set()


def in_pipeline(bench: Bench, use: Callable[[Pipeline], Coroutine[None, None, None]]) -> list[dict[str, object]]:
    """Return what the event loop had to complain of."""
    complaints: list[dict[str, object]] = []

    async def main() -> None:
        asyncio.get_running_loop().set_exception_handler(lambda _, context: complaints.append(context))
        async with bench.synced_index() as synced_index:
            await use(Pipeline(bench.tools(synced_index, Meter(lambda _: None))))
        gc.collect()

    asyncio.run(main())
    return complaints


async def take(pipe: Pipeline, bench: Bench, root: Root, files: list[Path]) -> None:
    for path in files:
        stat, photo = path.stat(), bench.read(path, lambda _: None)
        assert photo.pixels is not None
        await pipe.embed(root, PhotoFile(path, stat.st_size, stat.st_mtime_ns), photo.details, photo.pixels)


async def go_round() -> None:
    """Let the event loop do all that nothing holds."""
    for _ in range(50):
        await asyncio.sleep(0)


def stored(bench: Bench, root: Root) -> list[Path]:
    """Return the photos that the catalog has, each of which must have its embedding."""
    known = bench.catalog.known(root, bench.embedder.key)
    assert all(photo.embedded for photo in known.values())
    return sorted(known)


def test_the_model_has_a_batch_on_every_thread_at_once(bench: Bench, root: Root, files: list[Path]) -> None:
    all_there = threading.Barrier(batches())

    def meet() -> None:
        all_there.wait(HANGING)

    bench.embedder.on_embed = meet

    async def use(pipe: Pipeline) -> None:
        await take(pipe, bench, root, files[:HELD])
        await pipe.finish(root)

    in_pipeline(bench, use)
    assert stored(bench, root) == files[:HELD]
    assert bench.embedder.behind == [EMBED_BATCH] * AHEAD


def test_everything_is_stored_and_counted_when_it_finishes(bench: Bench, root: Root, files: list[Path]) -> None:
    async def use(pipe: Pipeline) -> None:
        await take(pipe, bench, root, files)
        await pipe.finish(root)
        assert pipe.embedded == len(files)

    assert in_pipeline(bench, use) == []
    assert stored(bench, root) == files
    for file in files:
        assert bench.search(file, top_k=1)[0].path == file, "it has the embedding of another photo"


def test_no_more_is_taken_than_the_model_may_have_before_it(bench: Bench, root: Root, files: list[Path]) -> None:
    async def use(pipe: Pipeline) -> None:
        gate = Gate(bench)
        await take(pipe, bench, root, files[: HELD + EMBED_BATCH - 1])
        more = asyncio.create_task(take(pipe, bench, root, files[HELD + EMBED_BATCH - 1 :]))
        await go_round()
        assert not more.done()
        gate.open()
        await more
        await pipe.finish(root)

    in_pipeline(bench, use)
    assert stored(bench, root) == files


@pytest.mark.parametrize("cancellations", [1, 2])
def test_a_cancelled_run_keeps_what_the_model_has(
    bench: Bench, root: Root, files: list[Path], cancellations: int
) -> None:
    async def use(pipe: Pipeline) -> None:
        gate = Gate(bench)
        await take(pipe, bench, root, files[: HELD + 1])
        giving_up = asyncio.create_task(pipe.abandon(root, asyncio.CancelledError()))
        for _ in range(cancellations - 1):
            await go_round()
            giving_up.cancel()
        await go_round()
        assert not giving_up.done()
        gate.open()
        await asyncio.wait([giving_up])
        assert giving_up.cancelled() == (cancellations > 1)
        assert pipe.embedded == HELD

    assert in_pipeline(bench, use) == []
    assert stored(bench, root) == files[:HELD]


def test_a_model_that_is_slow_does_not_hold_up_a_cancelled_run(
    bench: Bench, root: Root, files: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pipeline, "SETTLE_SECONDS", 0.01)

    async def use(pipe: Pipeline) -> None:
        gate = Gate(bench)
        await take(pipe, bench, root, files[:HELD])
        await pipe.abandon(root, asyncio.CancelledError())
        gate.open()

    assert in_pipeline(bench, use) == []
    assert stored(bench, root) == []


def test_nothing_is_kept_after_an_error(bench: Bench, root: Root, files: list[Path]) -> None:
    gate = Gate(bench)

    async def use(pipe: Pipeline) -> None:
        await take(pipe, bench, root, files[:HELD])
        giving_up = asyncio.create_task(pipe.abandon(root, ModelError("The model does not run.")))
        gate.open()
        await giving_up
        assert bench.embedder.seen == HELD, "it did not wait for what the model had"

    assert in_pipeline(bench, use) == []
    assert stored(bench, root) == []


@pytest.mark.parametrize("failing", [1, 2, AHEAD])
def test_an_error_of_the_model_comes_out_once_and_the_others_are_not_reported(
    bench: Bench, root: Root, files: list[Path], failing: int
) -> None:
    turns = iter(range(AHEAD))

    def fail() -> None:
        if next(turns) >= AHEAD - failing:
            raise ModelError("The model does not run.")

    bench.embedder.on_embed = fail

    async def take_all(pipe: Pipeline) -> None:
        await take(pipe, bench, root, files[:HELD])
        await pipe.finish(root)

    async def use(pipe: Pipeline) -> None:
        with pytest.raises(ModelError, match="does not run") as caught:
            await take_all(pipe)
        await pipe.abandon(root, caught.value)

    assert in_pipeline(bench, use) == []
    assert stored(bench, root) == []


def test_cancelling_while_it_waits_for_the_model_loses_no_batch(bench: Bench, root: Root, files: list[Path]) -> None:
    async def use(pipe: Pipeline) -> None:
        gate = Gate(bench)
        full = HELD + EMBED_BATCH
        await take(pipe, bench, root, files[: full - 1])
        waiting = asyncio.create_task(take(pipe, bench, root, files[full - 1 :]))
        await go_round()
        waiting.cancel()
        await asyncio.wait([waiting])
        assert waiting.cancelled()
        asyncio.get_running_loop().call_soon(gate.open)
        await pipe.abandon(root, asyncio.CancelledError())
        assert pipe.embedded == full

    assert in_pipeline(bench, use) == []
    assert stored(bench, root) == files[: HELD + EMBED_BATCH]
