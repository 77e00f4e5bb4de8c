"""Libraries of older versions, one of each released version. tests/libraries/make.py makes them."""

from __future__ import annotations

import asyncio
import json
import re
import shutil
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeVar, cast

import pytest

from core.engine import Engine
from core.library import settings
from core.models.registry import PROJECTED
from core.models.runtime import load
from core.search_request import SearchRequest
from tests.helpers.checkout import CHECKOUT
from tests.helpers.library.kept_libraries import LIBRARIES, VERSIONS, unpack, versions_in
from tests.libraries import make

if TYPE_CHECKING:
    from collections.abc import Coroutine, Iterator
    from pathlib import Path

    from core.types import Hit

T = TypeVar("T")

pytest_plugins = ["tests.helpers.engine.fixtures"]
pytestmark = pytest.mark.slow  # the model that made their embeddings must be converted first


@dataclass(frozen=True)
class OlderLibrary:
    """An open copy of a library of an older version. Its photos are not where they were then."""

    engine: Engine
    runner: asyncio.Runner
    folder: Path
    photos: Path
    then: make.Contents

    def do(self, work: Coroutine[None, None, T]) -> T:
        return self.runner.run(work)


@contextmanager
def opened(version: str, target: Path, models: Path) -> Iterator[OlderLibrary]:
    """Unpack the library of a version in a folder, and open it."""
    folder = unpack(version, target)
    shutil.copytree(models, folder / "models")
    then = cast("make.Contents", json.loads((LIBRARIES / f"{version}.json").read_text(encoding="utf-8")))
    with asyncio.Runner() as runner:
        library = OlderLibrary(Engine(folder, settings.load(folder)), runner, folder, target / "photos", then)
        library.do(library.engine.open())
        yield library
        library.do(library.engine.close())


@pytest.fixture(scope="module")
def both_models(tmp_path_factory: pytest.TempPathFactory, models: Path) -> Path:
    """Return a folder with the converted default model and its predecessor, which made the embeddings."""
    folder = tmp_path_factory.mktemp("models")
    shutil.copytree(models, folder, dirs_exist_ok=True)
    load(PROJECTED, folder)
    return folder


@pytest.fixture(scope="module", params=VERSIONS)
def older(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, both_models: Path
) -> Iterator[OlderLibrary]:
    """Return a library that the tests only read."""
    with opened(request.param, tmp_path_factory.mktemp("older"), both_models) as library:
        yield library


def test_everything_in_an_older_library_is_still_there(older: OlderLibrary) -> None:
    now, then = older.do(make.contents_of(older.engine)), older.then
    for name in ("model", "index", "photos", "searchable", "failures"):
        assert now[name] == then[name]
    assert now["rules"] | then["rules"] == now["rules"]  # there may be new ones
    for section, values in then["settings"].items():
        assert now["settings"][section] | values == now["settings"][section]


def test_searches_in_an_older_library_find_the_same_photos_with_the_same_scores(older: OlderLibrary) -> None:
    found = older.do(make.scores_of(older.engine, older.photos))
    assert found.keys() == older.then["scores"].keys()
    for query, scores in older.then["scores"].items():
        assert found[query] == pytest.approx(scores, abs=0.001)


def test_search_index_of_an_older_library_is_used_as_it_is(older: OlderLibrary) -> None:
    (rows,) = (older.folder / "milvus").rglob("*.parquet")
    older.do(older.engine.warm_up())
    assert rows.stat().st_mtime == make.TIME


def test_photos_of_an_older_library_are_found_and_shown_while_their_drive_is_offline(older: OlderLibrary) -> None:
    (root,) = older.do(older.engine.status()).roots
    assert not root.online
    query = older.photos / "citrus-cropped.webp"
    best = older.do(older.engine.search(SearchRequest.like(query)))[0].path
    assert best == root.root.path / query.name
    assert older.do(older.engine.thumbnail(best, make.THUMBNAIL_SIDE))


def test_every_released_version_has_a_library() -> None:
    released = re.findall(r"^## ([\d.]+)", (CHECKOUT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert {"0.1.0", *released} <= set(VERSIONS)


def test_released_versions_are_in_the_order_of_their_numbers(tmp_path: Path) -> None:
    for version in ("0.10.0", "0.9.0", "0.9.1"):
        (tmp_path / f"{version}.tar.gz").touch()
    assert versions_in(tmp_path) == ["0.9.0", "0.9.1", "0.10.0"]


@pytest.mark.parametrize("version", VERSIONS)
def test_update_of_an_older_library_without_changes_embeds_nothing(
    version: str, tmp_path: Path, both_models: Path
) -> None:
    with opened(version, tmp_path, both_models) as older:
        (then,) = older.do(older.engine.status()).roots
        report = older.do(older.engine.index([older.photos]))  # its only root, at another path
        assert (report.found, report.indexed, report.removed, len(report.failed)) == (5, 0, 0, 1)
        (now,) = older.do(older.engine.status()).roots
        assert (now.root.uuid, now.root.path) == (then.root.uuid, older.photos)
        report = older.do(older.engine.index())
        assert (report.unchanged, report.indexed) == (4, 0)


def test_old_model_answers_until_the_new_one_has_read_all_photos(tmp_path: Path, both_models: Path) -> None:
    with opened(VERSIONS[-1], tmp_path, both_models) as older:
        (old_index,) = (older.folder / "milvus").iterdir()
        assert not older.do(older.engine.upgrade_model())  # the photos are on a drive that is not connected
        assert older.do(older.engine.status()).is_upgrading
        assert older.do(make.scores_of(older.engine, older.photos)).keys() == older.then["scores"].keys()

        older.do(older.engine.index([older.photos]))
        assert older.do(older.engine.upgrade_model())

        status = older.do(older.engine.status())
        assert (status.is_upgrading, status.searchable, status.dim) == (False, 4, 640)
        assert not old_index.exists()
        assert not older.do(older.engine.upgrade_model())
        _check_new_model_answers(older)
    # The old model is not needed any more.
    shutil.rmtree(older.folder / "models" / PROJECTED.key)
    with asyncio.Runner() as runner:
        reopened = replace(older, engine=Engine(older.folder, settings.load(older.folder)), runner=runner)
        runner.run(reopened.engine.open())
        _check_new_model_answers(reopened)
        runner.run(reopened.engine.close())
    assert not (older.folder / "models" / PROJECTED.key).exists()


def test_searches_go_on_while_the_new_model_takes_over(tmp_path: Path, both_models: Path) -> None:
    query = SearchRequest.like(tmp_path / "photos" / make.PHOTOS[0].rpartition("/")[2])

    async def search_until(upgrade: asyncio.Task[bool], engine: Engine) -> list[list[Hit]]:
        found = []
        while not upgrade.done():
            found.append(await engine.search(query))
        return found

    async def upgrade(engine: Engine) -> list[list[Hit]]:
        await engine.index([tmp_path / "photos"])
        upgrade = asyncio.create_task(engine.upgrade_model())
        found = await search_until(upgrade, engine)
        assert await upgrade
        return [*found, await engine.search(query)]

    with opened(VERSIONS[-1], tmp_path, both_models) as older:
        found = older.do(upgrade(older.engine))
    assert len(found) > 2
    assert {len(hits) for hits in found} == {4}
    assert {hits[0].score for hits in found} == {1.0}


def _check_new_model_answers(older: OlderLibrary) -> None:
    scores = older.do(make.scores_of(older.engine, older.photos))
    assert scores.keys() == older.then["scores"].keys()
    for query, found in scores.items():
        assert found.keys() == older.then["scores"][query].keys()
        assert found != pytest.approx(older.then["scores"][query], abs=0.01)
