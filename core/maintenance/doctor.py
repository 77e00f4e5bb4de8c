"""Looking a library over without mending anything; opening it as usual mends the index by itself."""

from __future__ import annotations

from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

from core.catalog.database import Database
from core.catalog.photos import Catalog
from core.catalog.search_indexes import SearchIndexes
from core.catalog.sync_state import SyncState
from core.errors import SemblanceError
from core.library.files import LibraryLock
from core.models.runtime import cached_spec
from core.reports import Check
from core.search_index.targets import LITE, choose_targets, folder_of, model_choice, server_with_token, spec_of
from core.vectors.connection import Server
from core.vectors.fingerprint import fingerprint
from core.vectors.lite_server import LiteServer
from core.vectors.milvus import MilvusIndex

if TYPE_CHECKING:
    from collections.abc import Iterator

    from core.library.files import LibraryFiles
    from core.library.settings import Settings
    from core.types import Target

PARTS = ("lock", "catalog", "index", "completeness")
"""What is looked at, in this order, each only where those before could be."""


def examine(library: LibraryFiles, settings: Settings, token: str) -> list[Check]:
    """Return what was found. The library must not be open in this program."""
    found: list[Check] = []
    try:
        for check in _checks(library, settings, token):
            found.append(check)  # noqa: PERF402 - one by one, as those before an error count
    except SemblanceError as error:
        found.append(Check(PARTS[len(found)], ok=False, detail=str(error)))
    return found


def _checks(library: LibraryFiles, settings: Settings, token: str) -> Iterator[Check]:
    lock = LibraryLock(library.folder)
    try:
        yield Check("lock", ok=True, detail="No other program has the library open.")
        with closing(Database(library.catalog)) as database:
            if damage := database.damage():
                remedy = "Index your folders again into a new library, or restore the file from a backup."
                yield Check("catalog", ok=False, detail=f"The catalog is damaged ({damage}). {remedy}")
                return
            catalog = Catalog(database)
            target = choose_targets(
                catalog, SearchIndexes(database), settings.index, model_choice(settings.model).key
            ).answering
            counts = catalog.counts(target)
            photos = f"{counts.photos:,} photos, of which {counts.failed:,} could not be read."
            yield Check("catalog", ok=True, detail=photos)
            yield from _index(library, settings, token, SyncState(database, target), target)
    finally:
        lock.release()


def _index(
    library: LibraryFiles, settings: Settings, token: str, sync_state: SyncState, target: Target
) -> Iterator[Check]:
    spec = cached_spec(model_choice(settings.model), library.models)
    if spec is None:
        yield Check("index", ok=True, detail="There is none yet; it is made when the model is first loaded.")
        return
    shared = target.location != LITE
    folder, left = folder_of(target, library), "" if shared else sync_state.fingerprint()
    if left and left != fingerprint(folder):
        yield Check(
            "index", ok=False, detail="Its files were changed or damaged since it was closed; --repair builds it again."
        )
        return
    with _opened(library, settings, token, target, spec.dim) as index:
        there = index.count(sync_state.roots() if shared else None)
        yield Check("index", ok=True, detail=f"It opens, and has {there:,} photos.")
        yield _completeness(sync_state, there, shared=shared)
    if left:
        sync_state.close(fingerprint(folder))  # opened and closed once more


def _completeness(sync_state: SyncState, there: int, *, shared: bool) -> Check:
    missing, gone, held = len(sync_state.pending()), len(sync_state.stale()), sync_state.indexed_count()
    miscounted = there < held if shared else there != held
    if not missing and not gone and not miscounted:
        return Check("completeness", ok=True, detail="Every photo of the catalog is in the index once.")
    detail = f"{missing:,} photos are to be added to the index and {gone:,} to be deleted from it"
    if miscounted:
        detail += f"; it has {there:,} where {held:,} are expected"
    return Check(
        "completeness", ok=False, detail=f"{detail}. They are when the library is next opened, or by --repair."
    )


@contextmanager
def _opened(library: LibraryFiles, settings: Settings, token: str, target: Target, dim: int) -> Iterator[MilvusIndex]:
    spec = spec_of(target, settings.index)
    if target.location != LITE:
        with closing(MilvusIndex(server_with_token(settings.index, token), target.model, dim, spec)) as index:
            yield index
        return
    with (
        closing(LiteServer(folder_of(target, library))) as process,
        closing(MilvusIndex(Server(process.address(), is_local=True), target.model, dim, spec)) as index,
    ):
        yield index
