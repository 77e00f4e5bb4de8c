"""Looking a library over without mending anything; opening it as usual mends the index by itself."""

from __future__ import annotations

from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

from core.backend import model_choice, target
from core.catalog.catalog import Catalog
from core.catalog.database import Database
from core.catalog.ledger import Ledger
from core.embedding.runtime import cached_spec
from core.errors import SemblanceError
from core.library import LibraryLock
from core.types import Check
from core.vectors.lite_server import LiteServer
from core.vectors.milvus import MilvusIndex
from core.vectors.schema import LITE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from core.library import Library
    from core.settings import Settings

PARTS = ("lock", "catalog", "index", "completeness")
"""What is looked at, in this order, each only where those before could be."""


def examine(library: Library, settings: Settings, token: str) -> list[Check]:
    """Return what was found. The library must not be open in this program."""
    found: list[Check] = []
    try:
        for check in _checks(library, settings, token):
            found.append(check)  # noqa: PERF402 - one by one, as those before an error count
    except SemblanceError as error:
        found.append(Check(PARTS[len(found)], ok=False, detail=str(error)))
    return found


def _checks(library: Library, settings: Settings, token: str) -> Iterator[Check]:
    lock = LibraryLock(library.folder)
    try:
        yield Check("lock", ok=True, detail="No other program has the library open.")
        with closing(Database(library.catalog)) as database:
            catalog = _catalog(database, target(settings, model_choice(settings).key))
            yield catalog
            if catalog.ok:
                yield from _index(library, settings, token, database)
    finally:
        lock.release()


def _catalog(database: Database, name: str) -> Check:
    if damage := database.damage():
        remedy = "Index your folders again into a new library, or restore the file from a backup."
        return Check("catalog", ok=False, detail=f"The catalog is damaged ({damage}). {remedy}")
    counts = Catalog(database).counts(name)
    return Check("catalog", ok=True, detail=f"{counts.photos:,} photos, of which {counts.failed:,} could not be read.")


def _index(library: Library, settings: Settings, token: str, database: Database) -> Iterator[Check]:
    choice = model_choice(settings)
    spec = cached_spec(choice, library.models)
    if spec is None:
        yield Check("index", ok=True, detail="There is none yet; it is made when the model is first loaded.")
        return
    with _opened(library, settings, token, choice.key, spec.dim) as index:
        there = index.count()
        yield Check("index", ok=True, detail=f"It opens, and has {there:,} photos.")
        yield _completeness(
            Ledger(database, target(settings, choice.key), choice.key), there, shared=bool(settings.uri)
        )


def _completeness(ledger: Ledger, there: int, *, shared: bool) -> Check:
    missing, gone, held = len(ledger.pending()), len(ledger.stale()), ledger.held()
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
def _opened(library: Library, settings: Settings, token: str, model: str, dim: int) -> Iterator[MilvusIndex]:
    if settings.uri:
        with closing(MilvusIndex(settings.uri, token, model, dim)) as index:
            yield index
        return
    with (
        closing(LiteServer(library.milvus)) as server,
        closing(MilvusIndex(server.address(), "", model, dim, LITE)) as index,
    ):
        yield index
