"""The stores that `vectors.py` compares: Milvus Lite, a Milvus server, FAISS, numpy and the catalog."""

from __future__ import annotations

import os
import time
from contextlib import ExitStack, closing
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import faiss
import numpy as np

from core.catalog.database import Database
from core.catalog.embeddings import Embeddings, closest
from core.catalog.photos import Catalog
from core.catalog.selection import Selection
from core.search_request import Filters
from core.types import PhotoDetails, PhotoFile
from core.vectors.connection import Server, connect
from core.vectors.index import Row
from core.vectors.lite_server import LiteServer
from core.vectors.milvus import MilvusIndex, collection_name
from core.vectors.schema import Kind, parse
from tests.helpers.search_index.milvus_server import TOKEN, milvus_server

if TYPE_CHECKING:
    from core.types import Vector, Vectors

MODEL = "benchmark"
TOP_K = 10
ROOT = "0f8fad5b-d9cb-469f-a165-70867728950e"
ORIGIN = "laptop: /home/user/pictures"
SETTLE_TIMEOUT_S = 600.0


class Store(Protocol):
    """A vector store. Rows are numbered from 0 in the order in which they are written."""

    def write(self, first: int, vectors: Vectors) -> None:
        """Write rows numbered from `first`."""

    def settle(self) -> None:
        """Return once all rows are on disk and indexed."""

    def search(self, query: Vector) -> list[int]:
        """Return the numbers of the nearest rows."""

    def reopen(self) -> None:
        """Close the store and open it again for searches."""

    def resident_bytes(self) -> int:
        """Return the memory of the store's process, or by how much it has increased that of this process."""

    def disk_bytes(self) -> int:
        """Return the total size of the store's files."""

    def close(self) -> None: ...


def open_store(name: str, folder: Path, dim: int) -> Store:
    """Return an empty store with its files in a folder. The name is one such as `lite:HNSW,ef=256`."""
    location, _, spec = name.partition(":")
    if location == "lite":
        return LiteStore(folder, dim, spec)
    if location == "server":
        return ServerStore(folder, dim, spec)
    if location == "faiss":
        return FaissStore(folder, dim, spec)
    if location == "numpy":
        return NumpyStore(folder, dim)
    if location == "catalog":
        return CatalogStore(folder)
    raise SystemExit(f'There is no store "{name}". Use lite:TYPE, server:TYPE, faiss:TYPE, numpy or catalog.')


def _rows(first: int, vectors: Vectors) -> list[Row]:
    return [Row(key, ROOT, f"holidays/{key}.jpg", ORIGIN, vector) for key, vector in enumerate(vectors, first)]


def _resident(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0]) << 10


def _size(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())


class LiteStore:
    """Milvus Lite in its own process, as the program runs it."""

    def __init__(self, folder: Path, dim: int, spec: str) -> None:
        self._folder, self._dim, self._spec = folder / "milvus.db", dim, parse(spec)
        self._open()

    def _open(self) -> None:
        self._server = LiteServer(self._folder)
        self._index = MilvusIndex(Server(self._server.address(), is_local=True), MODEL, self._dim, self._spec)

    def write(self, first: int, vectors: Vectors) -> None:
        self._index.upsert(_rows(first, vectors))

    def settle(self) -> None:
        self._index.flush()
        deadline = time.monotonic() + SETTLE_TIMEOUT_S
        unchanged = 0
        # Lite does not report when it has merged and indexed its segments in the background, but the files show it.
        while unchanged < 4 and time.monotonic() < deadline:
            time.sleep(0.5)
            unchanged = unchanged + 1 if self._segments() == self._indexed() else 0

    def _segments(self) -> set[str]:
        return {file.stem for file in self._folder.rglob("data_*.parquet")}

    def _indexed(self) -> set[str]:
        return {file.name.partition(".")[0] for file in self._folder.rglob("data_*.idx")}

    def search(self, query: Vector) -> list[int]:
        return [match.id for match in self._index.search(query[None], TOP_K)[0]]

    def reopen(self) -> None:
        self.close()
        self._open()

    def resident_bytes(self) -> int:
        return _resident(self._server.pid or 0)

    def disk_bytes(self) -> int:
        return _size(self._folder)

    def close(self) -> None:
        self._index.close()
        self._server.close()


class ServerStore:
    """A Milvus server on this computer."""

    def __init__(self, folder: Path, dim: int, spec: str) -> None:
        self._data, self._dim, self._spec = folder / "server" / "data", dim, parse(spec)
        self._stack = ExitStack()
        self._server = self._stack.enter_context(milvus_server(folder / "server"))
        self._address = Server(self._server.uri, TOKEN)
        self._written = 0
        self.reopen()

    def write(self, first: int, vectors: Vectors) -> None:
        self._index.upsert(_rows(first, vectors))
        self._written += len(vectors)

    def settle(self) -> None:
        self._index.flush()
        name = collection_name(MODEL, self._spec)
        deadline = time.monotonic() + SETTLE_TIMEOUT_S
        with closing(connect(self._address)) as client:
            while client.describe_index(name, "vector")["indexed_rows"] < self._written and time.monotonic() < deadline:
                time.sleep(0.2)
            # Otherwise the server uses the new index only some time later.
            client.release_collection(name)
            client.load_collection(name)

    def search(self, query: Vector) -> list[int]:
        return [match.id for match in self._index.search(query[None], TOP_K)[0]]

    def reopen(self) -> None:
        self._index = MilvusIndex(self._address, MODEL, self._dim, self._spec)

    def resident_bytes(self) -> int:
        return _resident(self._server.pid)

    def disk_bytes(self) -> int:
        return _size(self._data)

    def close(self) -> None:
        self._stack.close()


class FaissStore:
    """A FAISS index, which Milvus Lite uses internally, in this process."""

    def __init__(self, folder: Path, dim: int, spec: str) -> None:
        self._file = folder / "index.faiss"
        chosen = parse(spec)
        self._index: faiss.Index = faiss.IndexFlatIP(dim)
        if chosen.kind is Kind.HNSW:
            graph = faiss.IndexHNSWFlat(dim, chosen.build["M"], faiss.METRIC_INNER_PRODUCT)
            graph.hnsw.efConstruction = chosen.build["efConstruction"]
            graph.hnsw.efSearch = chosen.search["ef"]
            self._index = graph
        elif chosen.kind is not Kind.FLAT:
            raise SystemExit("FAISS supports only FLAT and HNSW in this benchmark.")
        self._memory_before = _resident(os.getpid())

    def write(self, first: int, vectors: Vectors) -> None:
        self._index.add(vectors)

    def settle(self) -> None:
        faiss.write_index(self._index, str(self._file))

    def search(self, query: Vector) -> list[int]:
        return [int(key) for key in self._index.search(query[None], TOP_K)[1][0]]

    def reopen(self) -> None:
        self._index = faiss.read_index(str(self._file))

    def resident_bytes(self) -> int:
        return _resident(os.getpid()) - self._memory_before

    def disk_bytes(self) -> int:
        return self._file.stat().st_size

    def close(self) -> None:
        self._index.reset()


class NumpyStore:
    """A numpy array; each search compares the query with all rows."""

    def __init__(self, folder: Path, dim: int) -> None:
        self._file = folder / "vectors.npy"
        self._parts: list[Vectors] = []
        self._all: Vectors = np.empty((0, dim), np.float32)
        self._memory_before = _resident(os.getpid())

    def write(self, first: int, vectors: Vectors) -> None:
        self._parts.append(vectors)

    def settle(self) -> None:
        self._all = np.concatenate([self._all, *self._parts])
        self._parts = []
        np.save(self._file, self._all)

    def search(self, query: Vector) -> list[int]:
        scores = self._all @ query
        best = np.argpartition(-scores, TOP_K)[:TOP_K]
        return [int(key) for key in best[np.argsort(-scores[best])]]

    def reopen(self) -> None:
        self._all = np.load(self._file)

    def resident_bytes(self) -> int:
        return _resident(os.getpid()) - self._memory_before

    def disk_bytes(self) -> int:
        return self._file.stat().st_size

    def close(self) -> None:
        self._all = self._all[:0]


class CatalogStore:
    """The embeddings in the catalog. Each search compares all of them exactly, like a search within folders."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "catalog.sqlite"
        self._numbers: dict[int, int] = {}
        self._open()
        self._root = Catalog(self._database).add_root(Path(os.path.abspath("/photos")))

    def _open(self) -> None:
        self._database = Database(self._file)

    def write(self, first: int, vectors: Vectors) -> None:
        contents = [number.to_bytes(16, "big") for number in range(first, first + len(vectors))]
        photos = [
            (PhotoFile(self._root.path / f"{number}.jpg", 1, 1), PhotoDetails(content, 1, 1))
            for number, content in enumerate(contents, first)
        ]
        ids = Catalog(self._database).save(self._root, photos, dict(zip(contents, vectors, strict=True)), MODEL)
        self._numbers.update(zip(ids, range(first, first + len(vectors)), strict=True))

    def settle(self) -> None:
        pass

    def search(self, query: Vector) -> list[int]:
        best: dict[int, float] = {}
        for piece in Embeddings(self._database, MODEL).selected(Selection(((self._root, self._root.path),), Filters())):
            best |= closest(query[np.newaxis], piece, TOP_K)
        return [self._numbers[key] for key in sorted(best, key=best.__getitem__, reverse=True)[:TOP_K]]

    def reopen(self) -> None:
        self._database.close()
        self._open()

    def resident_bytes(self) -> int:
        return 0

    def disk_bytes(self) -> int:
        return _size(self._file.parent)

    def close(self) -> None:
        self._database.close()
