"""One backend for all callers: opened by the first who needs it, and told about to those who listen."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING

from core.reports import IndexState, Phase, Progress, Stage
from core.search_index.backend import Backend

if TYPE_CHECKING:
    from collections.abc import Callable


def ignore(_: Progress) -> None:
    """Listen to nothing."""


def copying(listener: Callable[[Progress], None]) -> Callable[[int, int], None]:
    """Return what tells a listener of photos that are copied into an index."""
    return lambda done, total: listener(Progress(Stage.COPYING, done, total))


class LazyBackend:
    """The model and the index of a library, once somebody has asked for them."""

    def __init__(self, make: Callable[[Callable[[IndexState], None]], Backend]) -> None:
        """Take note. `make` returns a backend that is not open yet and tells its index's states to what it is given."""
        self._make = make
        self._opening: asyncio.Task[Backend] | None = None
        self._waiting: list[Callable[[Progress], None]] = []
        self._listeners: list[Callable[[IndexState], None]] = []
        self._state = IndexState(Phase.OPENING)

    @property
    def state(self) -> IndexState:
        """Return how the search index is; OPENING also before anybody needed it."""
        return self._state

    def listen(self, listener: Callable[[IndexState], None]) -> None:
        """Call `listener` on the event loop's thread at every change of the search index's state."""
        self._listeners.append(listener)

    def opened(self) -> Backend | None:
        """Return the backend if it is open."""
        opening = self._opening
        return opening.result() if opening and opening.done() and _succeeded(opening) else None

    async def get(self, listener: Callable[[Progress], None] = ignore) -> Backend:
        """Return the backend, which the first caller opens and those after it wait for.

        Cancelling ends the download of a model unless somebody else waits for it too; the next caller carries on.
        """
        while self._opening and self._opening.cancelling() and not self._opening.done():
            await asyncio.wait([self._opening])  # given up a moment ago: its process has to end first
        opening = self._begin()
        self._waiting.append(listener)
        try:
            # Shielded: a caller that is cancelled must not take the model away from the others.
            backend = await asyncio.shield(opening)
        except asyncio.CancelledError:
            if len(self._waiting) == 1:
                opening.cancel()
            raise
        finally:
            self._waiting.remove(listener)
        backend.replica.start()  # once more, where it failed before
        return backend

    def retry(self) -> None:
        """Try an index that is away, or that failed, now."""
        if backend := self.opened():
            backend.replica.retry()
        else:
            self._begin()

    async def let_go(self) -> None:
        """Close the model and the index; the next call that needs them opens them again."""
        opening, self._opening = self._opening, None
        if opening:
            opening.cancel()
            (opened,) = await asyncio.gather(opening, return_exceptions=True)
            if isinstance(opened, Backend):
                await opened.close()

    def _begin(self) -> asyncio.Task[Backend]:
        if self._opening is None or (self._opening.done() and not _succeeded(self._opening)):
            self._opening = asyncio.create_task(self._open(), name="open the model and the index")
            self._opening.add_done_callback(_succeeded)  # looked at, also where nobody waits for it
        return self._opening

    async def _open(self) -> Backend:
        backend = self._make(self._enter)
        await backend.open(partial(self._on_download, asyncio.get_running_loop()))
        return backend

    def _enter(self, state: IndexState) -> None:
        self._state = state
        for listener in self._listeners:
            listener(state)

    def _on_download(self, loop: asyncio.AbstractEventLoop, done: int, total: int | None) -> None:
        """Called on the model thread for each piece of a model's weights."""
        loop.call_soon_threadsafe(self._tell, Progress(Stage.DOWNLOADING, done, total or 0))

    def _tell(self, progress: Progress) -> None:
        for listener in self._waiting:
            listener(progress)


def _succeeded(opening: asyncio.Task[Backend]) -> bool:
    return not opening.cancelled() and opening.exception() is None
