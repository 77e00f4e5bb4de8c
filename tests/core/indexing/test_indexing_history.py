"""After any sequence of changes, unplugged drives and failed runs, a completed run makes the library match the disk."""

from __future__ import annotations

import asyncio
from functools import partial
from itertools import cycle
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import rule

from core.catalog.photos import REREAD
from core.errors import SemblanceError
from core.images import embedded_preview
from core.images.reader import content_key
from core.indexing import pipeline, run
from core.reports import Stage
from core.types import Changes, PhotoFile
from tests.helpers.folders.changing_folders import FILES, LOCATIONS, ChangingFolders, names_in
from tests.helpers.indexing.bench import Bench
from tests.helpers.indexing.interruptions import (
    BROKEN,
    InterruptedEmbedder,
    InterruptedIndex,
    Interruptions,
    Trouble,
    files,
    pixels,
    vectors,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from core.reports import IndexReport, Progress

BATCH, STORED = 3, 4


class Entry(NamedTuple):
    """What the catalog should record of a photo. `content` is None if the photo could not be read."""

    file: PhotoFile
    content: bytes | None


class Known(NamedTuple):
    """What the catalog records of a photo, and whether the photo needs no more work."""

    entry: Entry
    is_settled: bool


def read(photo: Path) -> Entry:
    file, data = PhotoFile.of(photo, photo.stat()), photo.read_bytes()
    return Entry(file, None if data == files()[BROKEN] else content_key(data))


class History(ChangingFolders):
    """`known` is the checked content of the catalog after the last run. `kept` has the contents embedded so far."""

    def __init__(self) -> None:
        super().__init__()
        self.known: dict[Path, Known] = {}
        self.kept: set[bytes] = set()
        self.interruptions = Interruptions()
        self.embedder, self.index = InterruptedEmbedder(self.interruptions), InterruptedIndex(self.interruptions)
        self.open()
        self.roots = [self.bench.root(self.folder / name) for name in ("one", "two")]

    def open(self) -> None:
        self.bench = Bench(self.folder / "library", self.embedder, self.index).__enter__()

    def teardown(self) -> None:
        self.bench.__exit__()
        super().teardown()

    @rule(is_cut_off=st.booleans())
    def reopen(self, is_cut_off: bool) -> None:
        self.bench.__exit__()
        if is_cut_off:
            self.index.crash()
        self.open()

    @rule()
    def index_to_the_end(self) -> None:
        after, unseen = self.expected(), self.unseen()
        report = self.update()
        assert report
        assert {path: known.entry for path, known in self.known.items()} == after
        found = {path: entry for path, entry in after.items() if self.is_scanned(path)}
        assert report.found == len(found)
        assert report.found == report.indexed + report.reused + report.unchanged + report.moved + len(report.failed)
        assert {failure.path for failure in report.failed} == {path for path in found if not found[path].content}
        assert sorted(self.embedder.shown) == sorted(unseen & {entry.content for entry in found.values()})
        self.assert_index_is_whole()

    @rule()
    def index_reported_changes(self) -> None:
        """Report every photo that exists or has existed as changed."""
        after = self.expected()
        names = {name for root in self.roots for name in names_in(root.path)}
        self.update(changes=Changes(paths=frozenset(names | self.known.keys())))
        assert {path: known.entry for path, known in self.known.items()} == after
        self.assert_index_is_whole()

    @rule(
        locations=st.lists(LOCATIONS, min_size=3, unique=True),
        some=st.lists(FILES, min_size=1, max_size=3),
        trouble=st.sampled_from(Trouble),
        steps=st.integers(1, 24),
    )
    def index_with_trouble(self, locations: list[str], some: list[int], trouble: Trouble, steps: int) -> None:
        self.write(dict(zip(locations, cycle(some), strict=False)))
        before = {path: known.entry for path, known in self.known.items()}
        after, unseen = self.expected(), self.unseen()
        report = self.update(trouble, steps)
        for path, known in self.known.items():
            is_provisional = known.entry.file.size == REREAD and known.entry.content not in pixels() and path in after
            assert is_provisional or known.entry in (before.get(path), after.get(path))
        assert self.known.keys() >= before.keys() & after.keys(), "existing photos were forgotten"
        assert len(self.embedder.shown) == len(unseen.intersection(self.embedder.shown)), "a photo was embedded again"
        if report and report.cancelled:
            assert len(self.unseen().intersection(self.embedder.shown)) <= BATCH, "more than one batch was lost"

    @rule(location=LOCATIONS, file=st.none() | FILES)
    def index_while_a_photo_changes(self, location: str, file: int | None) -> None:
        """Remove or replace a photo after the run has found it and before it is read."""
        photo, after, unseen = self.at(location), self.expected(), self.unseen()
        if photo.is_file() and not photo.is_symlink():
            aliases = {path for path in after if path.exists() and path.samefile(photo)}
            aside = self.folder / "aside.png"

            def change() -> None:
                if file is None:
                    photo.rename(aside)
                else:
                    self.put(photo, files()[file])

            before = self.known
            self.update(on_read=change)
            # Without its only photo, a root is empty and counts as offline: the run changes nothing there.
            kept: set[Path] = set() if self.is_scanned(photo) else {photo}
            if file is None:
                aside.rename(photo)
            assert self.known.keys() == after.keys() - (kept - before.keys())
            for path, (entry, _) in self.known.items():
                stamp = after[path].file
                is_read_again = entry.file.size == REREAD or (file is not None and entry.file == stamp)
                is_changed = path in aliases and is_read_again
                assert entry == after[path] or is_changed or (path in kept and entry == before[path].entry)
            assert len(self.embedder.shown) == len(unseen.intersection(self.embedder.shown))

    def update(
        self,
        trouble: Trouble | None = None,
        steps: int = 0,
        on_read: Callable[[], None] = lambda: None,
        changes: Changes | None = None,
    ) -> IndexReport | None:
        """Return the report of a run, or None if it failed."""
        self.embedder.shown.clear()
        self.interruptions.trouble, self.interruptions.steps = trouble, steps
        stages: list[Stage] = []

        def on_progress(progress: Progress) -> None:
            if progress.stage not in stages:
                stages.append(progress.stage)
                self.interruptions.step()
                if progress.stage is Stage.EMBEDDING:
                    on_read()

        async def run() -> IndexReport:
            task = asyncio.current_task()
            assert task
            self.interruptions.cancel = partial(asyncio.get_running_loop().call_soon_threadsafe, task.cancel)
            there = [root for root in self.roots if root.path.is_dir()]
            return await self.bench.update(there, on_progress, changes)

        try:
            return asyncio.run(run())
        except SemblanceError:
            assert trouble
            return None
        finally:
            self.interruptions.end()
            self.known = self.catalog()
            assert self.kept.isdisjoint(self.unseen()), "embeddings were lost"
            self.kept |= pixels().keys() - self.unseen()

    def catalog(self) -> dict[Path, Known]:
        photos = [self.bench.catalog.known(root, self.embedder.key) for root in self.roots]
        return {
            path: Known(Entry(photo.file, photo.content), photo.embedded or photo.reason is not None)
            for path, photo in (photos[0] | photos[1]).items()
        }

    def unseen(self) -> set[bytes]:
        return {key for key in pixels() if self.bench.read_catalog.details(key, self.embedder.key) is None}

    def is_scanned(self, path: Path) -> bool:
        there = (root.path for root in self.roots if root.path.is_dir() and path.is_relative_to(root.path))
        return any(not entry.name.startswith(".") for root in there for entry in root.iterdir())

    def expected(self) -> dict[Path, Entry]:
        """Return what the catalog should record after a completed run."""
        after = {path: known.entry for path, known in self.known.items() if not self.is_scanned(path)}
        for photo in (name for root in self.roots for name in names_in(root.path) if name.is_file()):
            now, known = read(photo), self.known.get(photo)
            is_unchanged = known and known.is_settled and known.entry.file == now.file
            after[photo] = known.entry if known and is_unchanged else now
        return after

    def assert_index_is_whole(self) -> None:
        found = self.bench.read_catalog.find(self.index.ids())
        rows = {photo.path: self.index.vector_of(key) for key, photo in found.items()}
        assert len(rows) == len(self.index.ids())
        assert rows.keys() == {path for path, known in self.known.items() if known.entry.content and known.is_settled}
        for path, row in rows.items():
            if (wanted := vectors().get(self.known[path].entry.content or b"")) is not None:
                np.testing.assert_allclose(row, wanted, atol=1e-6)


@pytest.fixture(autouse=True, scope="module")
def _small_limits() -> Iterator[None]:
    """Make a few photos fill several batches, and have every embedded preview used."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pipeline, "EMBED_BATCH", BATCH)
        patch.setattr(pipeline, "STORE_BATCH", STORED)
        patch.setattr(run, "PREVIEWS_FROM", 1)
        patch.setattr(embedded_preview, "PREVIEW_MIN_BYTES", 1)
        yield


History.TestCase.settings = settings(max_examples=15, stateful_step_count=25, deadline=None)
TestHistory = History.TestCase
