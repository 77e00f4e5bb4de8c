"""What the library holds, told without loading the model or opening the index."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core import roots
from core.backend import model_choice, target
from core.embedding.runtime import cached_spec
from core.types import LibraryStatus, RootStatus
from core.vectors.schema import LITE, SERVER

if TYPE_CHECKING:
    from core.catalog.catalog import Catalog
    from core.library import Library
    from core.settings import Settings


def library_status(catalog: Catalog, settings: Settings, library: Library, data_bytes: int) -> LibraryStatus:
    """Return what the catalog has, and how it is searched with these settings.

    Raises:
        ModelError: The model of the settings is not on offer.
    """
    choice = model_choice(settings)
    conversion = cached_spec(choice, library.models)
    spec = SERVER if settings.uri else LITE
    counts = catalog.counts(target(settings, choice.key))
    return LibraryStatus(
        roots=tuple(RootStatus(root, roots.is_online(root), catalog.photos_in(root)) for root in catalog.roots()),
        photos=counts.photos,
        searchable=counts.searchable,
        failed=counts.failed,
        model=settings.model,
        dim=conversion.dim if conversion else 0,
        metric=spec.metric.value,
        index=spec.kind.value,
        uri=settings.uri or str(library.milvus.absolute()),
        data_bytes=data_bytes,
    )
