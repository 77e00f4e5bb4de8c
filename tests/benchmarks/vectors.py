"""Compares the speed and recall of vector searches in Milvus Lite, a Milvus server, FAISS, numpy and the catalog.

    python tests/benchmarks/vectors.py [--sizes 10k,100k,500k] [--indexes lite:FLAT server:HNSW,ef=256 faiss:HNSW numpy]

The vectors are random with a fixed seed. Their length and distribution are those of the default model's embeddings of
real photos. All vectors share a component, so that unrelated ones have a cosine of 0.25. They form groups of about 25
whose members have a cosine of about 0.65 with each other. The deviation along the i-th axis falls like i^-0.35 at first
and like i^-1 at the end (i^-0.35 (1 + i / 200)^-0.65). The queries are further members of the groups.

The columns are:

- the median and 95th percentile of the latency of a search for 10 rows, without writes at the same time
- the recall of these searches, compared with an exact search
- the rows written per second, and the seconds of the longest write
- the seconds from the last write until all rows are on disk and indexed
- the seconds until the store is open again and has answered a search
- the memory of the process that holds the vectors (for FAISS and numpy, the growth of this process), and disk space
- the median and 95th percentile of the search latency while rows are written at the rate of a fast indexing run

"catalog" is a search within folders that hold all photos: the embeddings in the catalog are compared exactly. The
server, which is available for Linux only, is needed only for its own lines. Memory is measured on Linux only.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import numpy as np

from tests.benchmarks.vector_stores import TOP_K, Store, open_store

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from core.types import Vectors

DIM = 640
GROUP = 25
SPREAD = 0.65
SHARED = 0.57
QUERIES = 200
SEARCH_TIMEOUT_S = 15.0
BATCH = 256
INDEXING_S = 12.0
WRITE_INTERVAL_S = 0.5
SEED = 7
INDEXES = [
    *("numpy", "faiss:FLAT", "faiss:HNSW", "catalog"),
    *(
        "lite:FLAT",
        "lite:IVF_FLAT,nlist=1,nprobe=1",
        "lite:IVF_SQ8,nlist=1,nprobe=1",
        "lite:IVF_SQ8,nlist=256,nprobe=64",
        "lite:HNSW",
    ),
    *("server:FLAT", "server:HNSW"),
]
COLUMNS = "p50 ms,p95 ms,recall,rows/s,call s,ready s,reopen s,MB,disk MB,p50 busy,p95 busy"


@dataclass(frozen=True, slots=True)
class Library:
    """Vectors, queries, the numbers of their true nearest vectors, and more vectors to write during searches."""

    vectors: Vectors
    queries: Vectors
    truth: list[set[int]]
    later: Vectors


def make_library(size: int) -> Library:
    """Return vectors with the distribution that the module's docstring describes."""
    random = np.random.default_rng(SEED)
    axes = np.arange(1, DIM + 1)
    deviation = (axes**-0.35 * (1 + axes / 200) ** -0.65).astype(np.float32)
    deviation /= np.linalg.norm(deviation)
    shared = np.zeros(DIM, np.float32)
    shared[-1] = SHARED  # the axis with the smallest deviation
    groups = random.standard_normal((max(1, size // GROUP), DIM), np.float32) * deviation * (1 - SPREAD**2) ** 0.5

    def members(count: int) -> Vectors:
        made = random.standard_normal((count, DIM), np.float32) * deviation * SPREAD
        made += groups[random.integers(len(groups), size=count)] + shared
        made /= np.linalg.norm(made, axis=1, keepdims=True)
        return made

    vectors, queries = members(size), members(QUERIES)
    scores = queries @ vectors.T
    nearest = np.argpartition(-scores, TOP_K, axis=1)[:, :TOP_K]
    return Library(
        vectors, queries, [set(row.tolist()) for row in nearest], members(int(BATCH * INDEXING_S / WRITE_INTERVAL_S))
    )


def milliseconds(call: Callable[[], object]) -> float:
    """Return the duration of a call in milliseconds."""
    start = time.perf_counter()
    call()
    return 1000 * (time.perf_counter() - start)


def search_while_idle(store: Store, library: Library) -> tuple[list[float], float]:
    """Return the latencies in milliseconds, and the recall, of as many queries as finish within `SEARCH_TIMEOUT_S`."""
    latencies: list[float] = []
    found = 0
    deadline = time.monotonic() + SEARCH_TIMEOUT_S
    for query, nearest in zip(library.queries, library.truth, strict=True):
        start = time.perf_counter()
        answer = store.search(query)
        latencies.append(1000 * (time.perf_counter() - start))
        found += len(nearest.intersection(answer))
        if time.monotonic() > deadline:
            break
    return latencies, found / TOP_K / len(latencies)


def search_while_indexing(store: Store, library: Library) -> list[float]:
    """Return the latencies in milliseconds of searches while a thread writes a batch every half second."""
    finished = threading.Event()

    def write() -> None:
        size = len(library.vectors)
        for start in range(0, len(library.later), BATCH):
            store.write(size + start, library.later[start : start + BATCH])
            time.sleep(WRITE_INTERVAL_S)
        finished.set()

    writer = threading.Thread(target=write)
    writer.start()
    latencies: list[float] = []
    while not finished.is_set():
        query = library.queries[len(latencies) % QUERIES]
        latencies.append(milliseconds(partial(store.search, query)))
    writer.join()
    return latencies


def measure(name: str, library: Library, folder: Path) -> list[float]:
    """Return the values of a line, in the order of `COLUMNS`."""
    store = open_store(name, folder, DIM)
    try:
        started = time.monotonic()
        calls = [
            milliseconds(partial(store.write, start, library.vectors[start : start + BATCH]))
            for start in range(0, len(library.vectors), BATCH)
        ]
        written = time.monotonic()
        store.settle()
        settled = time.monotonic()
        idle, recall = search_while_idle(store, library)
        memory, disk = store.resident_bytes(), store.disk_bytes()
        closed = time.monotonic()
        store.reopen()
        store.search(library.queries[0])
        opened = time.monotonic()
        busy = search_while_indexing(store, library) if name.startswith(("lite", "server")) else [np.nan]
    finally:
        store.close()
    return [
        *np.percentile(idle, [50, 95]),
        recall,
        len(library.vectors) / (written - started),
        max(calls) / 1000,
        settled - written,
        opened - closed,
        memory / 1e6,
        disk / 1e6,
        *np.percentile(busy, [50, 95]),
    ]


def parse_size(text: str) -> int:
    """Return the number that a text such as `100k` stands for."""
    return int(text[:-1]) * 1000 if text.endswith("k") else int(text)


def print_line(size: int, name: str, values: Sequence[float]) -> None:
    decimals = (1, 1, 3, 0, 2, 1, 1, 0, 0, 1, 1)
    texts = ("" if np.isnan(value) else f"{value:.{digits}f}" for value, digits in zip(values, decimals, strict=True))
    print(f"{size:>7} {name:34}" + "".join(f"{text:>10}" for text in texts), flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", default="10k,100k,500k")
    parser.add_argument("--indexes", nargs="+", default=INDEXES)
    chosen = parser.parse_args()
    print(f"{'rows':>7} {'index':34}" + "".join(f"{column:>10}" for column in COLUMNS.split(",")), flush=True)
    for size in map(parse_size, chosen.sizes.split(",")):
        library = make_library(size)
        for name in chosen.indexes:
            with tempfile.TemporaryDirectory() as folder:
                print_line(size, name, measure(name, library, Path(folder)))


if __name__ == "__main__":
    main()
