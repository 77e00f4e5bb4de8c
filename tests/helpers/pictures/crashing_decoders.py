"""Functions that crash or hang. Tests run them instead of the decoders, in the processes that decode pictures."""

from __future__ import annotations

import os
import threading
from pathlib import Path


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
