"""Milvus Lite as a search index that mends itself: a dead process is started again, a damaged folder made anew."""

from __future__ import annotations

import logging
import shutil
from threading import Lock
from typing import TYPE_CHECKING, TypeVar

from core.errors import DamagedIndexError, UnreachableIndexError, VectorIndexError
from core.vectors.connection import Server
from core.vectors.fingerprint import fingerprint
from core.vectors.lite_server import LiteServer
from core.vectors.milvus import MilvusIndex, mend

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from core.types import Vectors
    from core.vectors.index import Match, PhotoLocation, Row, Where
    from core.vectors.schema import IndexSpec

T = TypeVar("T")

log = logging.getLogger(__name__)


class LiteIndex:
    """A `VectorIndex` in the process of a `LiteServer`, which it takes over. Nothing else is in its folder."""

    def __init__(self, server: LiteServer, model: str, dim: int, spec: IndexSpec, *, was_cut_off: bool = False) -> None:
        """Wait for the process and open the collection. Damaged files are thrown away: the index is empty then.

        `was_cut_off`: the folder was not closed when it was last used.

        Raises:
            VectorIndexError: The folder cannot be opened for another reason; the process has been ended.
        """
        self._model, self._dim, self._spec = model, dim, spec
        # The writing and the searching thread may both find the process dead.
        self._lock = Lock()
        self._starts = 0
        self._was_cut_off = was_cut_off
        self._server = server
        try:
            self._index = self._open()
        except BaseException:
            self._server.close()
            raise

    @property
    def generation(self) -> int:
        """Return a number that is another one after rows may have been lost."""
        return self._starts

    @property
    def is_shared(self) -> bool:
        """Tell that the folder is of one library."""
        return False

    @property
    def was_cut_off(self) -> bool:
        """Tell whether this process or the one before it ended before it was told to."""
        return self._was_cut_off or self._starts > 0

    @property
    def pid(self) -> int | None:
        """Return the id of the process."""
        return self._server.pid

    def existing(self, ids: Sequence[int]) -> set[int]:
        """Return those of the ids that are there."""
        return self._call(lambda index: index.existing(ids))

    def locations(self, ids: Sequence[int]) -> dict[int, PhotoLocation]:
        """Return where the photos of these ids are, of those that are there."""
        return self._call(lambda index: index.locations(ids))

    def upsert(self, rows: Sequence[Row]) -> None:
        """Write rows, replacing those of the same id."""
        self._call(lambda index: index.upsert(rows))

    def delete(self, ids: Sequence[int]) -> None:
        """Forget rows; ids that are not there do not matter."""
        self._call(lambda index: index.delete(ids))

    def flush(self) -> None:
        """Return when everything written is on disk."""
        self._call(lambda index: index.flush())

    def search(self, vectors: Vectors, top_k: int, where: Where | None = None) -> list[list[Match]]:
        """Return, for each of the (N, D) vectors, at most `top_k` matches, best first, without duplicate ids."""
        return self._call(lambda index: index.search(vectors, top_k, where))

    def count(self, roots: Sequence[str] | None = None) -> int:
        """Return how many rows there are, or how many of these roots."""
        return self._call(lambda index: index.count(roots))

    def clear(self) -> None:
        """Forget every row, also when the index is too damaged to be read."""
        self._call(lambda index: index.clear())

    def close(self) -> str:
        """End the process. Returns what the files are now; nothing where it had to be killed. May be called twice."""
        self._index.close()
        return fingerprint(self._server.folder) if self._server.close() else ""

    def _call(self, operation: Callable[[MilvusIndex], T]) -> T:
        starts = self._starts
        try:
            return operation(self._index)
        except UnreachableIndexError:
            self._start_again(starts)
        return operation(self._index)

    def _start_again(self, starts: int) -> None:
        with self._lock:
            if self._starts == starts:
                log.warning("The process of the local search index ended; it is started again.")
                self._index.close()
                self._restart()
                self._index = self._open()
                self._starts += 1

    def _open(self) -> MilvusIndex:
        try:
            return self._mended(self._address())
        except DamagedIndexError as error:
            return self._anew(error)
        except UnreachableIndexError as error:
            log.warning("%s It is started once more.", error)
        # Something killed it while it read its files. If these are to blame, it dies of them again.
        self._restart()
        try:
            return self._mended(self._address())
        except DamagedIndexError as error:
            return self._anew(error)
        except UnreachableIndexError as error:
            if self._server.is_alive():
                raise
            return self._anew(error)

    def _anew(self, error: VectorIndexError) -> MilvusIndex:
        log.warning("%s It is built again from the catalog.", error)
        self._server.close()
        throw_away(self._server.folder)
        self._restart()
        return self._connected(self._address())

    def _mended(self, address: Server) -> MilvusIndex:
        """Return the index as it is or with new index files.

        Raises:
            DamagedIndexError: Its rows are damaged too.
        """
        try:
            return self._connected(address)
        except UnreachableIndexError:
            raise
        except VectorIndexError as error:
            # The files are ours alone and the call is a plain one: what else can be the matter is damage.
            log.warning("%s It is mended.", error)
        mend(address, self._model, self._spec)
        try:
            return self._connected(address)
        except UnreachableIndexError:
            raise
        except VectorIndexError as error:
            raise DamagedIndexError(str(error)) from error

    def _connected(self, address: Server) -> MilvusIndex:
        return MilvusIndex(address, self._model, self._dim, self._spec)

    def _address(self) -> Server:
        return Server(self._server.address(), is_local=True)

    def _restart(self) -> None:
        self._server.close()
        self._server = LiteServer(self._server.folder)


def throw_away(folder: Path) -> None:
    """Delete the files of an index that are not to be trusted.

    Raises:
        VectorIndexError: They cannot be deleted.
    """
    try:
        shutil.rmtree(folder)
    except FileNotFoundError:
        return
    except OSError as error:
        raise VectorIndexError(
            f"The damaged local search index in {folder} cannot be deleted ({error.strerror}). Delete that folder; the "
            "index is then built again from the catalog."
        ) from error
