"""The measures of retrieval quality, and the quality that the default model must reach."""

from __future__ import annotations

import argparse
import asyncio
from pathlib import Path

import pytest

from core.library.settings import DEFAULT_MODEL
from tests.benchmarks.retrieval import (
    average_precision,
    cases_by_folder,
    cases_by_truth,
    evaluate,
    mean,
    precision,
    recall,
)
from tests.helpers.checkout import SHARED_DATA

DATA = SHARED_DATA
A, B, C, D, E = (Path(name) for name in "abcde")


@pytest.mark.parametrize(
    ("ranked", "relevant", "expected"),
    [
        ([A, B, C, D], {A, B}, 1.0),
        ([C, A, D, B], {A, B}, (1 / 2 + 2 / 4) / 2),
        ([A, C, D], {A, B}, 1 / 2),
        ([C, D], {A}, 0.0),
        ([], {A}, 0.0),
    ],
)
def test_average_precision(ranked: list[Path], relevant: set[Path], expected: float) -> None:
    assert average_precision(ranked, frozenset(relevant)) == pytest.approx(expected)


def test_precision_and_recall_at_k() -> None:
    ranked, relevant = [A, C, B, D, E], frozenset({A, B, Path("missing")})
    assert [precision(ranked, relevant, k) for k in (1, 2, 3, 5)] == pytest.approx([1, 1 / 2, 2 / 3, 2 / 5])
    assert [recall(ranked, relevant, k) for k in (1, 2, 3, 5)] == pytest.approx([1 / 3, 1 / 3, 2 / 3, 2 / 3])


def test_mean_of_no_values_is_zero() -> None:
    assert mean([]) == 0.0
    assert mean([1.0, 0.5, 0.0]) == 0.5


def test_photos_in_the_same_folder_are_relevant_to_each_other() -> None:
    photos = [Path("cats/1"), Path("cats/2"), Path("cats/3"), Path("alone/1"), Path("_noise/1"), Path("_noise/2")]
    cases = cases_by_folder(photos)
    assert [(case.query, case.kind) for case in cases] == [(photo, "cats") for photo in photos[:3]]
    assert cases[0].relevant == {Path("cats/2"), Path("cats/3")}


def test_original_is_relevant_to_its_copy(tmp_path: Path) -> None:
    (tmp_path / "truth.csv").write_text("copy,original,attack\nc/1.jpg,o/1.jpg,blur\n", encoding="utf-8")
    (case,) = cases_by_truth(tmp_path / "truth.csv")
    assert case.query == tmp_path / "c/1.jpg"
    assert case.relevant == {(tmp_path / "o/1.jpg").resolve()}
    assert case.kind == "blur"


def _measures(library: Path, photos: str, **options: object) -> dict[str, dict[str, float]]:
    defaults: dict[str, object] = {"truth": None, "among": [], "model": DEFAULT_MODEL, "balance": None, "every": 1}
    chosen = argparse.Namespace(photos=DATA / photos, **defaults | options)
    steps = asyncio.run(evaluate(chosen, library))["steps"]
    assert isinstance(steps, dict)
    return steps


needs_data = pytest.mark.skipif(not DATA.is_dir(), reason="the folder shared/data is missing")


@needs_data
@pytest.mark.shared_data
@pytest.mark.slow
def test_photos_of_the_same_class_are_found_and_verification_does_not_mix_them_up(tmp_path: Path) -> None:
    for measures in _measures(tmp_path, "classes", steps=["views", "verification"], every=4).values():
        assert measures["mAP"] >= 0.86
        assert measures["precision@10"] >= 0.89


@needs_data
@pytest.mark.shared_data
@pytest.mark.slow
def test_photos_of_the_same_scene_are_found_and_more_of_them_with_verification(tmp_path: Path) -> None:
    measures = _measures(tmp_path, "instances", steps=["views", "verification"], every=2)
    assert 0.96 <= measures["views"]["mAP"] < measures["verification"]["mAP"]


@needs_data
@pytest.mark.shared_data
@pytest.mark.slow
def test_original_of_an_edited_copy_is_found_first(tmp_path: Path) -> None:
    truth, among = DATA / "copies" / "truth.csv", [DATA / "classes", DATA / "instances"]
    measures = _measures(tmp_path, "copies/originals", truth=truth, among=among, steps=["views"], every=2)["views"]
    assert measures["precision@1"] >= 0.97
