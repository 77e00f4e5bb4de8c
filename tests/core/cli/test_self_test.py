from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from core.cli import self_test
from core.cli.command import DONE, FAILED
from core.errors import SemblanceError
from core.library.files import LibraryFiles

if TYPE_CHECKING:
    from pathlib import Path

pytest_plugins = ["tests.helpers.engine.fixtures"]


@pytest.fixture(autouse=True)
def _install(models: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Install the model and few of the sample photos, because all of them take seconds."""
    monkeypatch.setattr("core.models.runtime.SHIPPED", models)
    (tmp_path / "animals").mkdir()
    (tmp_path / "edited").mkdir()
    for name in ("ORIGINAL", "EDITED"):
        sample: Path = getattr(self_test, name)
        monkeypatch.setattr(self_test, name, shutil.copy(sample, tmp_path / sample.relative_to(self_test.SAMPLES)))
    shutil.copy(self_test.SAMPLES / "animals" / "sheep.jpg", tmp_path / "animals")
    monkeypatch.setattr(self_test, "SAMPLES", tmp_path)


def show(library: Path, picture: Path) -> str:
    assert LibraryFiles(library).catalog.exists()
    assert picture == self_test.EDITED
    return "shows the results"


def show_nothing(library: Path, picture: Path) -> str:
    raise SemblanceError(f"The window does not find {picture} in {library}.")


def test_self_test_of_a_working_program_passes(capsys: pytest.CaptureFixture[str]) -> None:
    assert self_test.run(show) == DONE

    started = [line.split()[:2] for line in capsys.readouterr().out.splitlines()]
    assert started == [["ok", f"{part}:"] for part in ("version", "model", "index", "search", "verification", "window")]


def test_self_test_fails_if_another_photo_comes_first(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(self_test, "ORIGINAL", self_test.SAMPLES / "animals" / "sheep.jpg")

    assert self_test.run(show) == FAILED
    assert "finds" in capsys.readouterr().out.splitlines()[-1]


def test_self_test_fails_if_the_same_picture_is_not_recognised(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.search.verification._verified", lambda hit, *_: hit)

    assert self_test.run(show) == FAILED
    assert "is not recognised" in capsys.readouterr().out.splitlines()[-1]


def test_self_test_fails_if_the_window_shows_no_results(capsys: pytest.CaptureFixture[str]) -> None:
    assert self_test.run(show_nothing) == FAILED
    assert capsys.readouterr().out.splitlines()[-1].startswith("BAD  The window does not find")
