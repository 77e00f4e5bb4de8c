"""The types, metrics and parameters of search indexes."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, TypeVar

from core.errors import VectorIndexError

if TYPE_CHECKING:
    from collections.abc import Mapping

E = TypeVar("E", bound=StrEnum)


class Metric(StrEnum):
    """How Milvus compares vectors.

    For vectors of unit norm, all three metrics give the same ranking. In Lite, IP takes half as long as COSINE.
    """

    IP = "IP"
    COSINE = "COSINE"
    L2 = "L2"


class Kind(StrEnum):
    """The index types that Milvus Lite supports. It accepts others too, but then cannot load the collection."""

    FLAT = "FLAT"
    IVF_FLAT = "IVF_FLAT"
    IVF_SQ8 = "IVF_SQ8"
    HNSW = "HNSW"


_BUILD: dict[Kind, dict[str, int]] = {
    Kind.FLAT: {},
    Kind.IVF_FLAT: {"nlist": 256},
    Kind.IVF_SQ8: {"nlist": 256},
    Kind.HNSW: {"M": 16, "efConstruction": 200},
}
_SEARCH: dict[Kind, dict[str, int]] = {
    Kind.FLAT: {},
    Kind.IVF_FLAT: {"nprobe": 64},
    Kind.IVF_SQ8: {"nprobe": 64},
    Kind.HNSW: {"ef": 128},
}
_RANGES: dict[str, range] = {
    "nlist": range(1, 65_537),
    "nprobe": range(1, 65_537),
    "M": range(2, 2_049),
    "efConstruction": range(1, 32_769),
    "ef": range(1, 32_769),
}
"""The ranges that a server accepts, which are narrower than those of Lite."""


@dataclass(frozen=True, slots=True)
class IndexSpec:
    """An index type with all its parameters, and a metric."""

    kind: Kind
    metric: Metric = Metric.IP
    build: Mapping[str, int] = field(default_factory=dict)
    search: Mapping[str, int] = field(default_factory=dict)

    @property
    def built(self) -> str:
        """Return everything that is fixed once the index is built, such as `HNSW,M=16,efConstruction=200 IP`."""
        return f"{','.join([self.kind, *(f'{name}={value}' for name, value in self.build.items())])} {self.metric}"

    @property
    def is_quantized(self) -> bool:
        """Return whether the index rounds vectors, so that its scores are approximate."""
        return self.kind is Kind.IVF_SQ8

    @property
    def is_exhaustive(self) -> bool:
        """Return whether a search compares with every row, so that a filter cannot make it miss any."""
        return self.kind is Kind.FLAT or ("nprobe" in self.search and self.search["nprobe"] >= self.build["nlist"])

    def search_for(self, top_k: int) -> dict[str, int]:
        """Return the search parameters for `top_k` results. HNSW requires `ef` to be at least `top_k`."""
        return {name: max(value, top_k) if name == "ef" else value for name, value in self.search.items()}

    def similarity(self, distance: float) -> float:
        """Convert a distance in this metric to the cosine similarity, which is at most 1. Higher is closer."""
        # For L2, Milvus returns the squared Euclidean distance, which is 2 - 2 cos for vectors of unit norm.
        return min(1.0, 1.0 - distance / 2 if self.metric is Metric.L2 else distance)


def parse(text: str, metric: str = Metric.IP) -> IndexSpec:
    """Return the spec for a text such as `HNSW,M=32,ef=256`. Missing parameters get their defaults.

    Raises:
        VectorIndexError: The index type, the metric or a parameter is not supported.
    """
    name, *settings = text.split(",")
    kind = _member(Kind, "index type", name)
    build, search = dict(_BUILD[kind]), dict(_SEARCH[kind])
    chosen: dict[str, int] = {}
    for setting in settings:
        parameter, _, value = setting.partition("=")
        if parameter not in build | search or not value.isascii() or not value.isdigit():
            raise VectorIndexError(f'"{setting}" is not a parameter of {kind}. {_parameters(kind)}')
        chosen[parameter] = int(value)
        if chosen[parameter] not in _RANGES[parameter]:
            raise VectorIndexError(f'"{setting}" is out of range for {kind}. {_parameters(kind)}')
    build |= {name: chosen[name] for name in build.keys() & chosen.keys()}
    search |= {name: chosen[name] for name in search.keys() & chosen.keys()}
    if "nprobe" in search and search["nprobe"] > build["nlist"]:
        if "nprobe" in chosen:
            raise VectorIndexError(f'"nprobe={search["nprobe"]}" must not be greater than nlist={build["nlist"]}.')
        search["nprobe"] = build["nlist"]
    return IndexSpec(kind, _member(Metric, "metric", metric), build, search)


def of_built(text: str) -> IndexSpec:
    """Return the spec for a text in the form of `IndexSpec.built`, with the default search parameters.

    Raises:
        VectorIndexError: The text does not have that form.
    """
    index, _, metric = text.rpartition(" ")
    return parse(index, metric)


def automatic(photos: int, *, local: bool) -> IndexSpec:
    """Return the best spec for a number of photos, in the local index or on a server."""
    if not local:
        return SERVER
    return LITE if photos <= MANY_PHOTOS else LITE_OF_MANY


def _parameters(kind: Kind) -> str:
    names = [*_BUILD[kind], *_SEARCH[kind]]
    ranges = ", ".join(f"{name} from {_RANGES[name][0]} to {_RANGES[name][-1]}" for name in names)
    return f"Its parameters are whole numbers: {ranges}." if names else "It has no parameters."


def _member(choices: type[E], what: str, text: str) -> E:
    try:
        return choices(text.upper())
    except ValueError as error:
        names = ", ".join(choices)
        raise VectorIndexError(f'There is no {what} "{text}". Choose one of these: {names}.') from error


MANY_PHOTOS = 200_000
SERVER = parse("HNSW")
LITE = parse("IVF_FLAT,nlist=1")
"""A single cell with all rows is as exact as FLAT. It takes half the time, because FAISS compares instead of Python."""
LITE_OF_MANY = parse("IVF_SQ8,nlist=1")
"""Needs a quarter of the memory of `LITE`."""
