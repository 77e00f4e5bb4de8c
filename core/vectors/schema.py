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


@dataclass(frozen=True, slots=True)
class IndexSpec:
    """An index type with all of its parameters, and a metric."""

    kind: Kind
    metric: Metric = Metric.IP
    build: Mapping[str, int] = field(default_factory=dict)
    search: Mapping[str, int] = field(default_factory=dict)

    def __str__(self) -> str:
        """Return the spec as `parse` reads it."""
        return ",".join(
            [self.kind, *(f"{name}={value}" for name, value in (*self.build.items(), *self.search.items()))]
        )

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
    for setting in settings:
        parameter, _, value = setting.partition("=")
        place = build if parameter in build else search
        if parameter not in place or not value.isascii() or not value.isdigit() or int(value) < 1:
            offered = ", ".join([*build, *search]) or "none"
            raise VectorIndexError(
                f'"{setting}" is not a parameter of {kind}. Its parameters, each a whole number from 1 up: {offered}.'
            )
        place[parameter] = int(value)
    return IndexSpec(kind, _member(Metric, "metric", metric), build, search)


def _member(offered: type[E], what: str, text: str) -> E:
    try:
        return offered(text.upper())
    except ValueError as error:
        names = ", ".join(offered)
        raise VectorIndexError(f'There is no {what} "{text}" here. On offer: {names}.') from error


SERVER = parse("FLAT")
LITE = parse("IVF_FLAT,nlist=1,nprobe=1")
"""One cell that holds every row: as exact as FLAT, but compared by FAISS and not in Python, in half the time."""
