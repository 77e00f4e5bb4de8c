"""A search index in Milvus Lite that repairs itself.

It restarts the process of Milvus Lite if that dies, and rebuilds damaged files.
"""

from __future__ import annotations

import hashlib
import logging
import os
import shutil
from threading import Lock
from typing import TYPE_CHECKING, TypeVar

from core.errors import DamagedIndexError, UnreachableIndexError, VectorIndexError
from core.vectors.connection import Server
from core.vectors.lite_server import LiteServer
from core.vectors.milvus import MilvusIndex, repair

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from core.types import Vectors
    from core.vectors.index import Match, PhotoLocation, Row, Where
    from core.vectors.schema import IndexSpec

T = TypeVar("T")

log = logging.getLogger(__name__)


class LiteIndex:
    """A `VectorIndex` in a `LiteServer`.

    It takes ownership of the server, whose folder must be used for nothing else.
    """

    def __init__(
        self, server: LiteServer, model: str, dim: int, spec: IndexSpec, *, unclean_shutdown: bool = False
    ) -> None:
        """Wait for the process and open the collection.

        If the files are damaged beyond repair, they are deleted and the index is empty. `unclean_shutdown` says that
        the folder was not closed properly when it was last used.

        Raises:
            VectorIndexError: The folder cannot be opened for another reason. The process has ended by then.
        """
        self._model, self._dim, self._spec = model, dim, spec
        # The store thread and the read thread may both notice at the same time that the process has died.
        self._lock = Lock()
        self._starts = 0
        self._was_cut_off = unclean_shutdown
        self._server = server
        try:
            self._index = self._open()
        except BaseException:
            self._server.close()
            raise

    @property
    def generation(self) -> int:
        """Return a number that changes whenever rows may have been lost."""
        return self._starts

    @property
    def is_shared(self) -> bool:
        """Return False, because the folder belongs to a single library."""
        return False

    @property
    def is_exhaustive(self) -> bool:
        """Return whether a search compares with every row."""
        return self._index.is_exhaustive

    @property
    def unclean_shutdown(self) -> bool:
        """Return whether this process or the one before it ended without being closed."""
        return self._was_cut_off or self._starts > 0

    @property
    def pid(self) -> int | None:
        """Return the process id of Milvus Lite."""
        return self._server.pid

    def existing(self, ids: Sequence[int]) -> set[int]:
        """Return the ids that the index has, out of the given ones."""
        return self._call(lambda index: index.existing(ids))

    def locations(self, ids: Sequence[int]) -> dict[int, PhotoLocation]:
        """Return the locations of the photos with these ids. Ids that the index does not have are left out."""
        return self._call(lambda index: index.locations(ids))

    def upsert(self, rows: Sequence[Row]) -> None:
        """Write rows. They replace rows with the same ids."""
        self._call(lambda index: index.upsert(rows))

    def delete(self, ids: Sequence[int]) -> None:
        """Delete rows by id. Ids that the index does not have are ignored."""
        self._call(lambda index: index.delete(ids))

    def flush(self) -> None:
        """Wait until all written rows are on disk."""
        self._call(lambda index: index.flush())

    def search(self, vectors: Vectors, top_k: int, where: Where | None = None) -> list[list[Match]]:
        """Return, for each of the (N, D) vectors, at most `top_k` matches, best first, without duplicate ids."""
        return self._call(lambda index: index.search(vectors, top_k, where))

    def count(self, roots: Sequence[str] | None = None) -> int:
        """Return the number of rows, either in total or of these roots."""
        return self._call(lambda index: index.count(roots))

    def clear(self) -> None:
        """Delete all rows, even if the index is too damaged to be read."""
        self._call(lambda index: index.clear())

    def close(self) -> str:
        """End the process and return the fingerprint of its files, which is empty if the process had to be killed.

        It is safe to call this twice.
        """
        self._index.close()
        return fingerprint(self._server.folder) if self._server.close() else ""

    def _call(self, operation: Callable[[MilvusIndex], T]) -> T:
        starts = self._starts
        try:
            return operation(self._index)
        except UnreachableIndexError:
            self._recover(starts)
        return operation(self._index)

    def _recover(self, starts: int) -> None:
        """Restart the process and open the index again, unless another thread has done so since `starts` was read."""
        with self._lock:
            if self._starts == starts:
                log.warning("The process of the local search index ended. Restarting it.")
                self._index.close()
                self._restart()
                self._index = self._open()
                self._starts += 1

    def _open(self) -> MilvusIndex:
        try:
            return self._connect_or_repair(self._address())
        except DamagedIndexError as error:
            return self._start_empty(error)
        except UnreachableIndexError as error:
            log.warning("%s Restarting it.", error)
        # The process died while it read its files. If the files are the cause, it dies again.
        self._restart()
        try:
            return self._connect_or_repair(self._address())
        except DamagedIndexError as error:
            return self._start_empty(error)
        except UnreachableIndexError as error:
            if self._server.is_alive():
                raise
            return self._start_empty(error)

    def _start_empty(self, error: VectorIndexError) -> MilvusIndex:
        log.warning("%s Rebuilding it from the catalog.", error)
        self._server.close()
        delete_index_folder(self._server.folder)
        self._restart()
        return self._connect(self._address())

    def _connect_or_repair(self, address: Server) -> MilvusIndex:
        """Return the open index, with rebuilt index files if the old ones are damaged.

        Raises:
            DamagedIndexError: The rows are damaged too.
        """
        try:
            return self._connect(address)
        except UnreachableIndexError:
            raise
        except VectorIndexError as error:
            # Only this program uses the files, and opening them needs no special options. The cause must be damage.
            log.warning("%s Repairing it.", error)
        repair(address, self._model, self._spec)
        try:
            return self._connect(address)
        except UnreachableIndexError:
            raise
        except VectorIndexError as error:
            raise DamagedIndexError(str(error)) from error

    def _connect(self, address: Server) -> MilvusIndex:
        return MilvusIndex(address, self._model, self._dim, self._spec)

    def _address(self) -> Server:
        return Server(self._server.address(), is_local=True)

    def _restart(self) -> None:
        self._server.close()
        self._server = LiteServer(self._server.folder)


def delete_index_folder(folder: Path) -> None:
    """Delete the folder of a local index that may be damaged, if it exists.

    Raises:
        VectorIndexError: The folder cannot be deleted.
    """
    try:
        shutil.rmtree(folder)
    except FileNotFoundError:
        return
    except OSError as error:
        raise VectorIndexError(
            f"The damaged local search index in {folder} cannot be deleted ({error.strerror}). Delete that folder "
            "yourself. Semblance then rebuilds the index from the catalog."
        ) from error


def fingerprint(folder: Path) -> str:
    """Return a digest of the names, sizes and modification times of all files below a folder; empty without any.

    It tells whether the files of an index have changed since it was closed. Milvus Lite does not report all damage: if
    the manifest is damaged, it falls back to an older one, and a damaged index file may load and find nothing. Counting
    rows reveals neither.
    """
    digest = hashlib.blake2b(digest_size=16)
    empty = True
    for location, folders, names in os.walk(folder):
        folders.sort()
        for name in sorted(names):
            file = os.path.join(location, name)
            status = os.lstat(file)
            line = f"{os.path.relpath(file, folder)}\0{status.st_size}\0{status.st_mtime_ns}\n"
            digest.update(os.fsencode(line))
            empty = False
    return "" if empty else digest.hexdigest()
