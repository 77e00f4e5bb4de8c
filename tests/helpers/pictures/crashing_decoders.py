"""What a picture may do to the process that decodes it: functions that are sent there in place of ours."""

from __future__ import annotations

import os
import threading
from pathlib import Path


def crash(_: bytes, **__: object) -> None:
    os._exit(1)


def crash_once(data: bytes, **_: object) -> None:
    """Crash, but for the second time. The bytes name a file that is there from the first time on."""
    try:
        Path(os.fsdecode(data)).touch(exist_ok=False)
    except FileExistsError:
        return
    os._exit(1)


def hang(_: bytes, **__: object) -> None:
    threading.Event().wait()


def tell_and_hang(data: bytes, **_: object) -> None:
    """Wait for ever once somebody reads from the pipe that the bytes name."""
    with open(os.fsdecode(data), "wb"):
        threading.Event().wait()
