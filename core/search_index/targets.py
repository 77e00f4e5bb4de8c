"""Which search index a library should have, and which one answers until that is complete."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from core.catalog.outdated_embeddings import OutdatedEmbeddings
from core.library import token_store
from core.models.registry import choose, predecessor
from core.types import IndexType, Target
from core.vectors.connection import Server
from core.vectors.milvus import collection_name
from core.vectors.schema import Kind, automatic, of_built, parse

if TYPE_CHECKING:
    from core.catalog.database import Database
    from core.catalog.photos import Catalog
    from core.catalog.search_indexes import IndexRecords
    from core.library.files import LibraryFiles
    from core.library.settings import IndexSettings, ModelSettings
    from core.models.registry import ModelChoice
    from core.vectors.schema import IndexSpec

LITE = "lite"


@dataclass(frozen=True, slots=True)
class IndexChoice:
    """The index that the settings want, and the one to use until it is complete. Usually they are the same."""

    wanted: Target
    in_use: Target


def model_choice(settings: ModelSettings) -> ModelChoice:
    """Return the model of the settings. Cached, because the user's own weights are hashed for it.

    Raises:
        ModelError: There is no such model.
    """
    return _chosen_model(settings.name, settings.weights)


@cache
def _chosen_model(name: str, weights: str) -> ModelChoice:
    return choose(name, Path(weights) if weights else None)


def model_in_use(database: Database, settings: ModelSettings) -> ModelChoice:
    """Return the model that answers: that of the settings, or its predecessor until that has been replaced.

    Raises:
        ModelError: There is no such model.
        LibraryError: See `Database.transaction`.
    """
    wanted = model_choice(settings)
    old = predecessor(wanted)
    return old if old and OutdatedEmbeddings(database, old.key, wanted.key).has_old_model() else wanted


def outdated_embeddings(database: Database, settings: ModelSettings) -> OutdatedEmbeddings | None:
    """Return the embeddings of the predecessor of the settings' model, or None if it has no predecessor.

    Raises:
        ModelError: There is no such model.
    """
    wanted = model_choice(settings)
    old = predecessor(wanted)
    return OutdatedEmbeddings(database, old.key, wanted.key) if old else None


def choose_index(catalog: Catalog, indexes: IndexRecords, settings: IndexSettings, model: str) -> IndexChoice:
    """Return the indexes of a model.

    Raises:
        VectorIndexError: The settings name an unknown index type, metric or parameter.
    """
    location = server_of(settings).location if settings.uri else LITE
    wanted = Target(location, model, wanted_spec(settings, catalog.photos()).built)
    whole = indexes.whole(location, model)
    return IndexChoice(wanted, wanted if wanted in whole or not whole else whole[0])


def wanted_spec(settings: IndexSettings, photos: int) -> IndexSpec:
    """Return how these settings build an index for a library with this many photos.

    Raises:
        VectorIndexError: There is no such type, parameter or metric.
    """
    index, _, metric = automatic(photos, local=not settings.uri).built.rpartition(" ")
    return parse(settings.type or index, settings.metric or metric)


def spec_of(target: Target, settings: IndexSettings) -> IndexSpec:
    """Return how a target is built and searched: with the parameters of the settings if these are for this target."""
    if settings.type:
        spec = parse(settings.type, settings.metric or of_built(target.spec).metric)
        if spec.built == target.spec:
            return spec
    return of_built(target.spec)


def server_of(settings: IndexSettings, token: str = "") -> Server:
    """Return the server of the settings."""
    return Server(settings.uri, token, settings.database, settings.ca_file)


def server_with_token(settings: IndexSettings, token: str) -> Server:
    """Return the server of the settings, with the keyring's token if none is given. May wait for the keyring."""
    return server_of(settings, token or token_store.read(server_of(settings).location))


def folder_of(target: Target, files: LibraryFiles) -> Path:
    """Return the data folder of a local index."""
    return files.milvus / folder_name(target)


def folder_name(target: Target) -> str:
    """Return the name of the data folder of a local index."""
    return collection_name(target.model, of_built(target.spec))


def offered() -> tuple[IndexType, ...]:
    """Return the index types on offer with the default values of their parameters."""
    specs = (parse(kind) for kind in Kind)
    return tuple(IndexType(spec.kind, tuple(spec.build.items()), tuple(spec.search.items())) for spec in specs)
