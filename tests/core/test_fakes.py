"""The contract of every embedder, checked for the fake and for the default model."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import numpy as np
import pytest

from core.library.settings import DEFAULT_MODEL
from core.models.registry import choose
from core.models.runtime import load
from tests.helpers.indexing.bench import FakeEmbedder

if TYPE_CHECKING:
    from pathlib import Path

    from core.models.embedder import Embedder
    from core.types import Pixels

pytest_plugins = ["tests.helpers.engine.fixtures"]


@pytest.fixture(scope="module", params=["fake", "real"])
def embedder(request: pytest.FixtureRequest) -> Embedder:
    if request.param == "fake":
        return FakeEmbedder()
    models: Path = request.getfixturevalue("models")
    return load(choose(DEFAULT_MODEL), models)


def _pictures(embedder: Embedder, count: int) -> Pixels:
    patches = np.random.default_rng(5).integers(0, 256, (count, 4, 4, 3), dtype=np.uint8)
    return patches.repeat(embedder.input.height // 4, axis=1).repeat(embedder.input.width // 4, axis=2)


def test_an_embedding_is_a_row_of_unit_norm(embedder: Embedder) -> None:
    vectors = embedder.embed(_pictures(embedder, 5))
    assert vectors.shape == (5, embedder.dim)
    assert vectors.dtype == np.float32
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(np.ones(5), abs=1e-5)


@pytest.mark.parametrize("background", [False, True])
def test_previews_have_embeddings_too(embedder: Embedder, background: bool) -> None:
    spec = embedder.preview_input
    previews = _pictures(embedder, 5)[:, : spec.height, : spec.width]
    vectors = embedder.embed(previews, background=background)
    assert vectors.shape == (5, embedder.dim)
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(np.ones(5), abs=1e-5)


def test_an_empty_batch_gives_no_rows(embedder: Embedder) -> None:
    assert embedder.embed(_pictures(embedder, 0)).shape == (0, embedder.dim)


def test_an_embedding_does_not_depend_on_the_rest_of_the_batch(embedder: Embedder) -> None:
    pictures = _pictures(embedder, 20)
    together = embedder.embed(pictures)
    alone = np.concatenate([embedder.embed(pictures[row : row + 1]) for row in (0, 7, 19)])
    assert np.abs(together[[0, 7, 19]] - alone).max() < 1e-4


def test_a_result_is_not_overwritten_by_the_next_call(embedder: Embedder) -> None:
    pictures = _pictures(embedder, 2)
    first = embedder.embed(pictures[:1])
    before = first.copy()
    embedder.embed(pictures[1:])
    assert np.array_equal(first, before)


@pytest.mark.parametrize("background", [False, True])
def test_several_threads_get_the_same_embeddings_as_one(embedder: Embedder, background: bool) -> None:
    pictures = _pictures(embedder, 24)
    batches = [pictures[start : start + 1 + start % 4] for start in range(20)]
    alone = [embedder.embed(batch) for batch in batches]

    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(lambda batch: embedder.embed(batch, background=background), batches))

    assert np.abs(np.concatenate(together) - np.concatenate(alone)).max() < 1e-6


def test_different_pictures_have_different_embeddings(embedder: Embedder) -> None:
    vectors = embedder.embed(_pictures(embedder, 6))
    cosines = vectors @ vectors.T
    assert cosines[~np.eye(6, dtype=bool)].max() < 0.99


@pytest.mark.parametrize("value", [0, 127, 255])
def test_a_picture_of_one_colour_has_an_embedding(embedder: Embedder, value: int) -> None:
    spec = embedder.input
    vector = embedder.embed(np.full((1, spec.height, spec.width, 3), value, np.uint8))
    assert np.linalg.norm(vector) == pytest.approx(1.0, abs=1e-5)
