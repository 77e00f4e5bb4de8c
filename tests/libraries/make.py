"""Makes the library of a release that the tests keep, to check that later versions open it.

    python tests/libraries/make.py

Writes two files beside this one: VERSION.tar.gz with a library and its photos, and VERSION.json with what this version
of the program finds in that library. Make them once, right before the release of that version.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import sys
import tarfile
import tempfile
from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from typing import TypedDict
from unittest import mock

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from core.catalog.database import Database
from core.catalog.search_indexes import IndexRecords
from core.catalog.sync_state import SyncState
from core.engine import Engine
from core.library.files import LibraryFiles
from core.library.settings import DEFAULT_MODEL, IndexingSettings, Settings
from core.models.registry import choose
from core.search_index.targets import LITE, folder_of
from core.search_request import SearchRequest
from core.types import Rules
from core.vectors.lite import fingerprint
from core.version import version
from tests.helpers.checkout import CHECKOUT

HERE = Path(__file__).resolve().parent
SAMPLES = CHECKOUT / "resources" / "samples" / "photos"
PHOTOS = ("edited/citrus-cropped.webp", "edited/pavilion-low-quality.jpg", "flowers/dahlia.jpg")
INCOMPLETE, UNREADABLE = "incomplete.jpg", "unreadable.jpg"
RULES = Rules("drafts/", 100)
SETTINGS = Settings(indexing=IndexingSettings(gentle=True, watch=False))
TIME = 1_700_000_000
"""The modification time of the photos and the index. The library records these times, and archives round them."""

THUMBNAIL_SIDE = 96


class Contents(TypedDict):
    """What a version of the program finds in a library. Photos have their paths inside the only root."""

    model: str
    index: str
    photos: int
    searchable: int
    rules: dict[str, str | int]
    settings: dict[str, dict[str, str | bool]]
    failures: list[str]
    scores: dict[str, dict[str, float]]


def write_photos(folder: Path) -> None:
    """Write a few photos, an incomplete one, and a file that is no photo."""
    folder.mkdir()
    for name in PHOTOS:
        shutil.copy(SAMPLES / name, folder)
    (folder / INCOMPLETE).write_bytes((SAMPLES / PHOTOS[1]).read_bytes()[:-2])
    (folder / UNREADABLE).write_bytes(b"not a photo" * 100)
    for file in folder.iterdir():
        os.utime(file, (TIME, TIME))


async def make(library: Path, photos: Path) -> Contents:
    """Make a library of photos, and return what it contains."""
    with mock.patch("platform.node", return_value="computer"):  # the index has the name of the computer
        async with Engine(library, SETTINGS) as engine:
            await engine.add_folder(photos)
            await engine.set_rules(photos, RULES)
            await engine.index()
            await engine.thumbnail(photos / Path(PHOTOS[0]).name, THUMBNAIL_SIDE)
            contents = await contents_of(engine) | {"scores": await scores_of(engine, photos)}
    set_times(LibraryFiles(library))
    return contents


def set_times(library: LibraryFiles) -> None:
    """Give all files of the search index the same time, and record that they have it."""
    with closing(Database(library.catalog)) as database:
        (target,) = IndexRecords(database).whole(LITE, choose(DEFAULT_MODEL).key)
        index = folder_of(target, library)
        for file in index.rglob("*"):
            os.utime(file, (TIME, TIME))
        SyncState(database, target).close(fingerprint(index))


async def contents_of(engine: Engine) -> Contents:
    """Return what an engine finds in a library, but not the scores."""
    status = await engine.status()
    (root,) = (each.root for each in status.roots)
    failures = await engine.failures()
    return Contents(
        model=status.model,
        index=f"{status.index} {status.metric}",
        photos=status.photos,
        searchable=status.searchable,
        rules=asdict(root.rules),
        settings=asdict(engine.settings),
        failures=[failure.path.relative_to(root.path).as_posix() for failure in failures],
        scores={},
    )


async def scores_of(engine: Engine, photos: Path) -> dict[str, dict[str, float]]:
    """Return, for a search with each of the photos in a folder, the score of every photo in the library."""
    (root,) = (each.root for each in (await engine.status()).roots)
    scores = {}
    for name in sorted(os.listdir(photos)):
        if name != UNREADABLE:
            hits = await engine.search(SearchRequest.like(photos / name))
            scores[name] = {hit.path.relative_to(root.path).as_posix(): round(hit.score, 4) for hit in hits}
    return scores


def main() -> None:
    """Make the library of the current version."""
    archive = HERE / f"{version()}.tar.gz"
    with tempfile.TemporaryDirectory(prefix="semblance-") as folder:
        library, photos = Path(folder, "library"), Path(folder, "photos")
        write_photos(photos)
        contents = asyncio.run(make(library, photos))
        with tarfile.open(archive, "w:gz") as tar:
            for part in (library, photos):
                tar.add(part, part.name, filter=kept)
    (HERE / f"{version()}.json").write_text(json.dumps(contents, indent=2) + "\n", encoding="utf-8")


def kept(file: tarfile.TarInfo) -> tarfile.TarInfo | None:
    """Return an entry of the archive without its owner, or None for the model, which the program can make again."""
    if file.name == "library/models":
        return None
    file.uid = file.gid = 0
    file.uname = file.gname = ""
    return file


if __name__ == "__main__":
    main()
