"""The contents of a library, found without loading the model or opening the search index."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.catalog.photos import Catalog
from core.catalog.search_indexes import IndexRecords
from core.models.runtime import cached_spec
from core.reports import LibraryStatus, RootStatus
from core.search_index.targets import choose_index, model_choice, model_in_use, spec_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from core.catalog.database import Database
    from core.library.files import LibraryFiles
    from core.library.settings import Settings
    from core.types import Root


def library_status(
    database: Database, settings: Settings, library: LibraryFiles, online_states: Mapping[Root, bool], data_bytes: int
) -> LibraryStatus:
    """Return what the catalog has and how it is searched with these settings.

    `online_states` maps each root to whether it is online.

    Raises:
        ModelError: The settings name an unknown model.
        VectorIndexError: The settings name an unknown type of search index.
    """
    catalog = Catalog(database)
    choice = model_in_use(database, settings.model)
    conversion = cached_spec(choice, library.models)
    target = choose_index(catalog, IndexRecords(database), settings.index, choice.key).in_use
    spec = spec_of(target, settings.index)
    counts = catalog.counts(target)
    return LibraryStatus(
        roots=tuple(RootStatus(root, online, catalog.photos_in(root)) for root, online in online_states.items()),
        photos=counts.photos,
        searchable=counts.searchable,
        failed=counts.failed,
        incomplete=counts.incomplete,
        is_upgrading=choice != model_choice(settings.model),
        model=settings.model.name,
        dim=conversion.dim if conversion else 0,
        metric=spec.metric.value,
        index=spec.kind.value,
        uri=settings.index.uri or str(library.milvus.absolute()),
        data_bytes=data_bytes,
    )
