"""Which search index a library should have, which one answers meanwhile, and how each is reached."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.types import IndexType, Target
from core.vectors.connection import Server
from core.vectors.milvus import collection_name
from core.vectors.schema import Kind, automatic, of_built, parse

if TYPE_CHECKING:
    from pathlib import Path

    from core.catalog.photos import Catalog
    from core.catalog.search_indexes import SearchIndexes
    from core.library.files import Library
    from core.library.settings import Settings
    from core.vectors.schema import IndexSpec

LITE = "lite"


@dataclass(frozen=True, slots=True)
class Chosen:
    """The index that the settings want, and the one that answers until that is whole: often the same."""

    wanted: Target
    answering: Target


def server_of(settings: Settings, token: str = "") -> Server:
    """Return the server of the settings."""
    return Server(settings.uri, token, settings.database, settings.ca_file)


def wanted_spec(settings: Settings, photos: int) -> IndexSpec:
    """Return how an index with these settings is built, for a library of so many photos.

    Raises:
        VectorIndexError: There is no such type, parameter or metric.
    """
    index, _, metric = automatic(photos, local=not settings.uri).built.rpartition(" ")
    return parse(settings.index or index, settings.metric or metric)


def choose_targets(catalog: Catalog, indexes: SearchIndexes, settings: Settings, model: str) -> Chosen:
    """Return the indexes of a model.

    Raises:
        VectorIndexError: The settings want an index that is not on offer.
    """
    location = server_of(settings).location if settings.uri else LITE
    wanted = Target(location, model, wanted_spec(settings, catalog.photos()).built)
    whole = indexes.whole(location, model)
    return Chosen(wanted, wanted if wanted in whole or not whole else whole[0])


def spec_of(target: Target, settings: Settings) -> IndexSpec:
    """Return how a target is built and searched: with the parameters of the settings where they are for this one."""
    if settings.index:
        spec = parse(settings.index, settings.metric or of_built(target.spec).metric)
        if spec.built == target.spec:
            return spec
    return of_built(target.spec)


def folder_of(target: Target, library: Library) -> Path:
    """Return the data folder of a local index."""
    return library.milvus / folder_name(target)


def folder_name(target: Target) -> str:
    """Return the name of the data folder of a local index."""
    return collection_name(target.model, of_built(target.spec))


def offered() -> tuple[IndexType, ...]:
    """Return the types of index on offer, with the usual values of their parameters."""
    specs = (parse(kind) for kind in Kind)
    return tuple(IndexType(spec.kind, tuple(spec.build.items()), tuple(spec.search.items())) for spec in specs)
