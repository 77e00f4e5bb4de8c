"""The catalog stays consistent under any sequence of changes to photos, models and indexes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from core.catalog.database import Database
from core.catalog.photos import Catalog, photo_id
from core.catalog.sync_state import SyncState
from tests.helpers.engine.catalog_entries import FOLDER, MODEL, OTHER_MODEL, TARGET, content, details, photo, vector

if TYPE_CHECKING:
    from core.types import Root

NAMES = st.sampled_from(["a.jpg", "b.jpg", "sub/c.jpg", "d.jpg"])
CONTENTS = st.integers(1, 4)
MODELS = st.sampled_from([MODEL, OTHER_MODEL])
PLACES = st.sampled_from(["one", "two"])
BROKEN = None


class History(RuleBasedStateMachine):
    """Applies every change to plain dictionaries too, which must always agree with the catalog."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = TemporaryDirectory()
        self.roots: dict[str, Root] = {}
        self.photos: dict[tuple[str, str], int | None] = {}
        self.contents: set[int] = set()
        self.embedded: set[tuple[str, int]] = set()
        self.indexed: dict[str, dict[int, tuple[int, bool]]] = {MODEL: {}, OTHER_MODEL: {}}
        self.open()

    def open(self) -> None:
        self.database = Database(Path(self.folder.name, "catalog.sqlite"))
        self.catalog = Catalog(self.database)
        self.sync_states = {model: SyncState(self.database, replace(TARGET, model=model)) for model in self.indexed}

    def teardown(self) -> None:
        self.database.close()
        self.folder.cleanup()

    def root(self, location: str) -> Root:
        if location not in self.roots:
            self.roots[location] = self.catalog.add_root(FOLDER / location)
        return self.roots[location]

    def key(self, location: str, name: str) -> int:
        return photo_id(self.roots[location], name.encode())

    def embedded_photos(self, model: str) -> dict[int, int]:
        """Return the content seeds of the embedded photos, by photo id."""
        return {
            self.key(location, name): seed
            for (location, name), seed in self.photos.items()
            if seed is not BROKEN and (model, seed) in self.embedded
        }

    @rule(location=PLACES, names=st.dictionaries(NAMES, CONTENTS, min_size=1), model=MODELS, embed=st.booleans())
    def save(self, location: str, names: dict[str, int], model: str, embed: bool) -> None:
        root = self.root(location)
        vectors = {content(seed): vector(seed) for seed in names.values()} if embed else {}
        self.catalog.save(root, [(photo(root, name), details(seed)) for name, seed in names.items()], vectors, model)
        self.photos |= {(location, name): seed for name, seed in names.items()}
        self.contents |= set(names.values())
        self.embedded |= {(model, seed) for seed in names.values()} if embed else set()

    @rule(location=PLACES, name=NAMES, again=st.booleans())
    def fail(self, location: str, name: str, again: bool) -> None:
        self.catalog.save_failures(self.root(location), [(photo(self.root(location), name), "It is damaged.", again)])
        self.photos[location, name] = BROKEN

    @rule(location=PLACES, names=st.sets(NAMES))
    def remove(self, location: str, names: set[str]) -> None:
        root = self.root(location)
        self.catalog.remove(root, [root.path / name for name in names])
        for name in names:
            self.photos.pop((location, name), None)

    @rule(location=PLACES)
    def forget_root(self, location: str) -> None:
        gone = [key for key in self.photos if key[0] == location]
        assert self.catalog.forget_root(self.root(location)) == len(gone)
        del self.roots[location]
        for key in gone:
            del self.photos[key]

    @rule()
    def purge(self) -> None:
        self.catalog.purge()
        self.contents &= {seed for seed in self.photos.values() if seed is not BROKEN}
        self.embedded = {(model, seed) for model, seed in self.embedded if seed in self.contents}

    @rule(model=MODELS, limit=st.integers(1, 3))
    def write(self, model: str, limit: int) -> None:
        rows = self.sync_states[model].embedded(self.sync_states[model].pending()[:limit])
        self.sync_states[model].written(rows)
        self.indexed[model] |= {row.id: (int.from_bytes(row.content, "big"), False) for row in rows}

    @rule(model=MODELS)
    def delete_stale(self, model: str) -> None:
        gone = self.sync_states[model].stale()
        self.sync_states[model].deleted(gone)
        self.indexed[model] = {key: row for key, row in self.indexed[model].items() if key not in gone}

    @rule(model=MODELS)
    def flush(self, model: str) -> None:
        self.sync_states[model].flushed()
        self.indexed[model] = {key: (seed, True) for key, (seed, _) in self.indexed[model].items()}

    @rule(model=MODELS)
    def discard_unflushed(self, model: str) -> None:
        self.sync_states[model].discard_unflushed()
        readable = {self.key(*place) for place, seed in self.photos.items() if seed is not BROKEN}
        self.indexed[model] = {key: row for key, row in self.indexed[model].items() if row[1] or key not in readable}

    @rule(model=MODELS)
    def forget_index(self, model: str) -> None:
        self.sync_states[model].forget()
        self.indexed[model] = {}

    @rule()
    def reopen(self) -> None:
        self.database.close()
        self.open()

    @invariant()
    def pending_photos_are_embedded_but_not_indexed(self) -> None:
        for model, sync_state in self.sync_states.items():
            indexed = {key: seed for key, (seed, _) in self.indexed[model].items()}
            assert set(sync_state.pending()) == {
                key for key, seed in self.embedded_photos(model).items() if indexed.get(key) != seed
            }

    @invariant()
    def stale_rows_have_no_readable_photo(self) -> None:
        readable = {self.key(*location) for location, seed in self.photos.items() if seed is not BROKEN}
        for model, sync_state in self.sync_states.items():
            assert set(sync_state.stale()) == self.indexed[model].keys() - readable

    @invariant()
    def row_counts_match(self) -> None:
        for model, sync_state in self.sync_states.items():
            durable = [durable for _, durable in self.indexed[model].values()]
            assert (sync_state.indexed_count(), sync_state.unflushed()) == (len(durable), durable.count(False))

    @invariant()
    def photo_counts_match(self) -> None:
        seeds = {self.key(*location): seed for location, seed in self.photos.items()}
        for model, indexed in self.indexed.items():
            counts = self.catalog.counts(replace(TARGET, model=model))
            assert counts.photos == len(self.photos) == sum(map(self.catalog.photos_in, self.roots.values()))
            assert counts.failed == len(self.catalog.failures()) == list(seeds.values()).count(BROKEN)
            assert counts.searchable == sum(seeds.get(key) == seed for key, (seed, _) in indexed.items())

    @invariant()
    def known_photos_match(self) -> None:
        for location, root in self.roots.items():
            known = self.catalog.known(root, MODEL)
            expected = {name: seed for (place, name), seed in self.photos.items() if place == location}
            assert {path.relative_to(root.path).as_posix() for path in known} == set(expected)
            for name, seed in expected.items():
                found = known[root.path / name]
                assert found.content == (None if seed is BROKEN else content(seed))
                assert found.embedded == (seed is not BROKEN and (MODEL, seed) in self.embedded)

    @invariant()
    def only_embedded_contents_have_details(self) -> None:
        for model in self.indexed:
            for seed in range(1, 5):
                known = self.catalog.details(content(seed), model)
                assert known == (details(seed) if (model, seed) in self.embedded else None)


History.TestCase.settings = settings(max_examples=15, stateful_step_count=25, deadline=None)
TestHistory = History.TestCase
