from __future__ import annotations

from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from core.catalog.database import Database
from core.catalog.photos import Catalog
from core.catalog.sync_state import SyncState
from core.search_index.sync import Synchroniser
from tests.helpers.engine.catalog_entries import FOLDER, MODEL, TARGET, content, photo, save, vector
from tests.helpers.search_index.unreliable_index import UnreliableIndex

EVENTS = st.lists(
    st.one_of(
        st.tuples(st.just("save"), st.dictionaries(st.sampled_from("abcdef"), st.integers(1, 9), min_size=1)),
        st.tuples(st.just("save and push"), st.dictionaries(st.sampled_from("abcdef"), st.integers(1, 9), min_size=1)),
        st.tuples(st.just("remove"), st.dictionaries(st.sampled_from("abcdef"), st.none())),
        st.tuples(st.sampled_from(["sync", "cut off", "lose a row", "fail"]), st.just({"a": 0})),
    ),
    max_size=10,
)


@settings(max_examples=80, deadline=None)
@given(events=EVENTS)
def test_reconciled_index_matches_the_catalog_after_any_events(
    events: list[tuple[str, dict[str, int]]],
) -> None:
    with TemporaryDirectory() as folder, closing(Database(Path(folder, "catalog.sqlite"))) as database:
        play(database, events)


def play(database: Database, events: list[tuple[str, dict[str, int]]]) -> None:
    catalog, index = Catalog(database), UnreliableIndex()
    root = catalog.add_root(FOLDER)
    synchroniser = Synchroniser(SyncState(database, TARGET), index)
    list(synchroniser.reconcile())
    for what, names in events:
        if what.startswith("save"):
            ids = save(catalog, root, names)
            synchroniser.push(ids if what == "save and push" else [])
        elif what == "remove":
            catalog.remove(root, [root.path / name for name in names])
        elif what == "sync":
            list(synchroniser.sync())
        elif what == "cut off":
            index.crash()
            list(synchroniser.reconcile())
        elif what == "lose a row":
            index.delete(index.ids()[:1])
            list(synchroniser.reconcile())
        else:
            catalog.save_failures(root, [(photo(root, "a"), "It is damaged.", False)])

    index.crash()
    list(synchroniser.reconcile())

    readable = {path: known.content for path, known in catalog.known(root, MODEL).items() if known.content}
    vectors = {content(seed): vector(seed).tolist() for seed in range(1, 10)}
    held = {catalog.find([key])[key].path: index.vector_of(key) for key in index.ids()}
    assert held == {path: vectors[key] for path, key in readable.items()}
