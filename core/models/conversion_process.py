"""Converts a model in a separate process.

PyTorch takes seconds and half a gigabyte to import, holds the interpreter lock while it traces a network, cannot be
imported after Qt on Windows, and cannot be interrupted. None of that matters in a process that ends afterwards.
"""

from __future__ import annotations

import shutil
import signal
from multiprocessing import Pipe
from typing import TYPE_CHECKING

from core.errors import ModelError
from core.models import conversion
from core.models.openvino_runtime import convert
from core.models.pretrained import build
from core.processes import start_process

if TYPE_CHECKING:
    from collections.abc import Callable
    from multiprocessing.connection import Connection
    from pathlib import Path

    from core.models.download import OnDownload
    from core.models.registry import ModelChoice

POLL_SECONDS = 0.2

NEEDED_BYTES = 300 << 20
"""Disk space that the largest built-in model takes when it is converted."""


def convert_in_process(
    choice: ModelChoice,
    cache_dir: Path,
    downloads: Path,
    on_download: OnDownload | None = None,
    is_cancelled: Callable[[], bool] | None = None,
) -> None:
    """Convert a model in a separate process, which stores it in the cache.

    Raises:
        ModelError: There is no such model, its weights do not fit, the user cancelled, or the disk is too full to store
            it.
        DownloadError: Its weights could not be downloaded.
        OpenVinoError: OpenVINO cannot be loaded or does not support the network.
    """
    _check_space(choice, cache_dir)
    receiver, sender = Pipe(duplex=False)
    process = start_process("semblance-convert", _convert, choice, cache_dir, downloads, sender)
    sender.close()
    try:
        while (message := _next_progress(receiver, choice, is_cancelled)) is not None:
            if on_download:
                on_download(*message)
    finally:
        process.terminate()
        process.join()
        receiver.close()


def _check_space(choice: ModelChoice, cache_dir: Path) -> None:
    # Checked first, because a write to a full disk crashes OpenVINO without a reason.
    existing = next(folder for folder in (cache_dir, *cache_dir.absolute().parents) if folder.exists())
    if shutil.disk_usage(existing).free < NEEDED_BYTES:
        raise ModelError(
            f"The model {choice.name} cannot be stored in {cache_dir}, because that disk has less than "
            f"{NEEDED_BYTES >> 20} MB left. Free some space, then try again."
        )


def _next_progress(
    pipe: Connection, choice: ModelChoice, is_cancelled: Callable[[], bool] | None
) -> tuple[int, int | None] | None:
    """Return the next download progress, or None once the model is stored.

    Raises:
        ModelError: The conversion failed, or the user cancelled.
    """
    while not pipe.poll(POLL_SECONDS):
        if is_cancelled and is_cancelled():
            raise ModelError(f"Preparing the model {choice.name} was stopped. The next attempt continues the download.")
    try:
        message: tuple[int, int | None] | ModelError | None = pipe.recv()
    except EOFError as error:
        raise ModelError(
            f"Preparing the model {choice.name} failed. The computer may be short of memory: close other programs and "
            "try again."
        ) from error
    if isinstance(message, ModelError):
        raise message
    return message


def _convert(choice: ModelChoice, cache_dir: Path, downloads: Path, pipe: Connection) -> None:
    # Ctrl-C reaches every process of the terminal. The parent process handles it and ends this one if needed.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        pretrained = build(choice, downloads, lambda done, total: pipe.send((done, total)))
        conversion.store(choice.key, cache_dir, lambda draft: convert(pretrained, draft))
        pipe.send(None)
    except ModelError as error:
        pipe.send(error)
