"""How an index is built and searched: its type, its metric, and their parameters."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, TypeVar

from core.errors import VectorIndexError

if TYPE_CHECKING:
    from collections.abc import Mapping

E = TypeVar("E", bound=StrEnum)


class Metric(StrEnum):
    """How Milvus compares vectors. On vectors of unit norm all three rank alike; IP costs Lite half of COSINE."""

    IP = "IP"
    COSINE = "COSINE"
    L2 = "L2"


class Kind(StrEnum):
    """The index types that Milvus Lite really builds; others it accepts, and cannot load the collection afterwards."""

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
"""What a server takes, which is stricter than Lite."""


@dataclass(frozen=True, slots=True)
class IndexSpec:
    """An index type with all of its parameters, and a metric."""

    kind: Kind
    metric: Metric = Metric.IP
    build: Mapping[str, int] = field(default_factory=dict)
    search: Mapping[str, int] = field(default_factory=dict)

    @property
    def built(self) -> str:
        """Return all that is fixed when the index is built, such as `HNSW,M=16,efConstruction=200 IP`."""
        return f"{','.join([self.kind, *(f'{name}={value}' for name, value in self.build.items())])} {self.metric}"

    @property
    def is_quantized(self) -> bool:
        """Tell whether the index keeps vectors rounded, so that its scores are approximate."""
        return self.kind is Kind.IVF_SQ8

    @property
    def is_exhaustive(self) -> bool:
        """Return whether a search compares with every row, so that a filter cannot make it miss any."""
        return self.kind is Kind.FLAT or ("nprobe" in self.search and self.search["nprobe"] >= self.build["nlist"])

    def search_for(self, top_k: int) -> dict[str, int]:
        """Return the parameters of a search: a graph is searched for at least as many as are asked for."""
        return {name: max(value, top_k) if name == "ef" else value for name, value in self.search.items()}

    def similarity(self, distance: float) -> float:
        """Return the cosine similarity that a distance of this metric stands for, at most 1, higher is closer."""
        # Of unit vectors the squared Euclidean distance, which is what Milvus gives for L2, is 2 - 2 cos.
        return min(1.0, 1.0 - distance / 2 if self.metric is Metric.L2 else distance)


def parse(text: str, metric: str = Metric.IP) -> IndexSpec:
    """Return the spec of a text such as `HNSW,M=32,ef=256`; parameters that are not named get their defaults.

    Raises:
        VectorIndexError: The index type, the metric or a parameter is not on offer.
    """
    name, *settings = text.split(",")
    kind = _member(Kind, "index type", name)
    build, search = dict(_BUILD[kind]), dict(_SEARCH[kind])
    chosen: dict[str, int] = {}
    for setting in settings:
        parameter, _, value = setting.partition("=")
        if parameter not in build | search or not value.isascii() or not value.isdigit():
            raise VectorIndexError(f'"{setting}" is not a parameter of {kind}. {_offered(kind)}')
        chosen[parameter] = int(value)
        if chosen[parameter] not in _RANGES[parameter]:
            raise VectorIndexError(f'"{setting}" is out of range. {_offered(kind)}')
    build |= {name: chosen[name] for name in build.keys() & chosen.keys()}
    search |= {name: chosen[name] for name in search.keys() & chosen.keys()}
    if "nprobe" in search and search["nprobe"] > build["nlist"]:
        if "nprobe" in chosen:
            raise VectorIndexError(f'"nprobe={search["nprobe"]}" is more than there are: nlist={build["nlist"]}.')
        search["nprobe"] = build["nlist"]
    return IndexSpec(kind, _member(Metric, "metric", metric), build, search)


def of_built(text: str) -> IndexSpec:
    """Return the spec of an index that is `built` so, with the defaults for searching it.

    Raises:
        VectorIndexError: That is no such text.
    """
    index, _, metric = text.rpartition(" ")
    return parse(index, metric)


def automatic(photos: int, *, local: bool) -> IndexSpec:
    """Return the spec that answers best for so many photos, in the local index or on a server."""
    if not local:
        return SERVER
    return LITE if photos <= MANY_PHOTOS else LITE_OF_MANY


def _offered(kind: Kind) -> str:
    names = [*_BUILD[kind], *_SEARCH[kind]]
    ranges = ", ".join(f"{name} from {_RANGES[name][0]} to {_RANGES[name][-1]}" for name in names)
    return f"On offer are whole numbers: {ranges}." if names else "It has none."


def _member(offered: type[E], what: str, text: str) -> E:
    try:
        return offered(text.upper())
    except ValueError as error:
        names = ", ".join(offered)
        raise VectorIndexError(f'There is no {what} "{text}" here. On offer: {names}.') from error


MANY_PHOTOS = 200_000
SERVER = parse("HNSW")
LITE = parse("IVF_FLAT,nlist=1")
"""One cell that holds every row: as exact as FLAT, but compared by FAISS and not in Python, in half the time."""
LITE_OF_MANY = parse("IVF_SQ8,nlist=1")
"""The same in a quarter of the memory."""
