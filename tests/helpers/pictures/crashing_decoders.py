"""Functions that crash or hang. Tests run them in the processes that decode pictures."""

from __future__ import annotations

import os
import threading
from pathlib import Path
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from multiprocessing.connection import Connection
    from multiprocessing.synchronize import Event


def crash(_: bytes, **__: object) -> None:
    os._exit(1)


def crash_once(data: bytes, **_: object) -> None:
    """Crash in the first call and return in later ones. `data` is the path of a file that the first call creates."""
    try:
        Path(os.fsdecode(data)).touch(exist_ok=False)
    except FileExistsError:
        return
    os._exit(1)


def hang(_: bytes, **__: object) -> None:
    threading.Event().wait()


def signal_and_hang(data: bytes, **_: object) -> None:
    """Hang as soon as a reader opens the named pipe. `data` is its path."""
    with open(os.fsdecode(data), "wb"):
        threading.Event().wait()


def crash_at(bad: bytes, content: bytes) -> None:
    if content == bad:
        os._exit(1)


def crash_first(crashed: Event, _: bytes) -> None:
    """Crash in the first call and return in later ones."""
    if not crashed.is_set():
        crashed.set()
        os._exit(1)


def set_and_hang(event: Event, _: bytes) -> None:
    event.set()
    threading.Event().wait()


def announce_decoding_and_hang(*arguments: object) -> None:
    """Act as a process that has read a photo from its disk and decodes it forever. The last argument is its pipe."""
    pipe = cast("Connection", arguments[-1])
    pipe.recv()
    pipe.send(None)
    threading.Event().wait()
