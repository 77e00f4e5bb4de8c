"""Checking a library without repairing it. Opening the library as usual repairs the search index."""

from __future__ import annotations

from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

from core.catalog.database import Database
from core.catalog.photos import Catalog
from core.catalog.search_indexes import IndexRecords
from core.catalog.sync_state import SyncState
from core.errors import SemblanceError
from core.library.files import LibraryLock
from core.models.runtime import cached_spec
from core.reports import Check
from core.search_index.targets import LITE, choose_index, folder_of, model_in_use, server_with_token, spec_of
from core.vectors.connection import Server
from core.vectors.lite import fingerprint
from core.vectors.lite_server import LiteServer
from core.vectors.milvus import MilvusIndex

if TYPE_CHECKING:
    from collections.abc import Iterator

    from core.library.files import LibraryFiles
    from core.library.settings import Settings
    from core.models.registry import ModelChoice
    from core.types import Target

PARTS = ("lock", "catalog", "index", "completeness")
"""The names of the checks, in order. A check runs only if all checks before it could run."""


def examine(library: LibraryFiles, settings: Settings, token: str) -> list[Check]:
    """Return what was found. The library must not be open in this program."""
    found: list[Check] = []
    try:
        for check in _checks(library, settings, token):
            found.append(check)  # noqa: PERF402 - list() would lose the checks before an error
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
            choice = model_in_use(database, settings.model)
            target = choose_index(catalog, IndexRecords(database), settings.index, choice.key).in_use
            counts = catalog.counts(target)
            photos = f"{counts.photos:,} photos, of which {counts.failed:,} could not be read."
            yield Check("catalog", ok=True, detail=photos)
            yield from _index(library, settings, token, SyncState(database, target), target, choice)
    finally:
        lock.release()


def _index(
    library: LibraryFiles, settings: Settings, token: str, sync_state: SyncState, target: Target, model: ModelChoice
) -> Iterator[Check]:
    spec = cached_spec(model, library.models)
    if spec is None:
        yield Check("index", ok=True, detail="There is no search index yet. It is created when photos are indexed.")
        return
    shared = target.location != LITE
    folder, saved_fingerprint = folder_of(target, library), "" if shared else sync_state.fingerprint()
    if saved_fingerprint and saved_fingerprint != fingerprint(folder):
        detail = "The files of the search index were changed or damaged since it was closed. Rebuild it with --repair."
        yield Check("index", ok=False, detail=detail)
        return
    with _opened(library, settings, token, target, spec.dim) as (index, notice):
        indexed = index.count(sync_state.roots() if shared else None)
        yield Check("index", ok=True, detail=f"The search index opens and has {indexed:,} photos. {notice}".rstrip())
        yield _completeness(sync_state, indexed, shared=shared)
    if saved_fingerprint:
        sync_state.close(fingerprint(folder))  # opening and closing the index has changed its files


def _completeness(sync_state: SyncState, indexed: int, *, shared: bool) -> Check:
    missing, gone, expected = len(sync_state.pending()), len(sync_state.stale()), sync_state.indexed_count()
    miscounted = indexed < expected if shared else indexed != expected
    if not missing and not gone and not miscounted:
        return Check("completeness", ok=True, detail="The search index has every photo of the catalog exactly once.")
    detail = f"{missing:,} photos must be added to the search index and {gone:,} deleted from it"
    if miscounted:
        detail += f" (it has {indexed:,} photos, and {expected:,} are expected)"
    return Check(
        "completeness", ok=False, detail=f"{detail}. The next indexing run or search repairs it, and so does --repair."
    )


@contextmanager
def _opened(
    library: LibraryFiles, settings: Settings, token: str, target: Target, dim: int
) -> Iterator[tuple[MilvusIndex, str]]:
    """Open the index. Yields it with what the user should know about Milvus Lite, see `LiteServer.notice`."""
    spec = spec_of(target, settings.index)
    if target.location != LITE:
        with closing(MilvusIndex(server_with_token(settings.index, token), target.model, dim, spec)) as index:
            yield index, ""
        return
    with (
        closing(LiteServer(folder_of(target, library))) as process,
        closing(MilvusIndex(Server(process.address(), is_local=True), target.model, dim, spec)) as index,
    ):
        yield index, process.notice
