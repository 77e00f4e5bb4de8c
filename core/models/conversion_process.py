"""Converting a model in a process of its own.

torch takes seconds to import and half a gigabyte, holds the interpreter lock while it traces a network, cannot be
imported after Qt on Windows, and cannot be interrupted. None of that matters in a process that ends afterwards.
"""

from __future__ import annotations

import multiprocessing
import signal
from typing import TYPE_CHECKING

from core.errors import ModelError
from core.models import conversion
from core.models.openvino_runtime import convert
from core.models.pretrained import build
from core.workers import start_uninterrupted

if TYPE_CHECKING:
    from collections.abc import Callable
    from multiprocessing.connection import Connection
    from pathlib import Path

    from core.models.download import OnDownload
    from core.models.registry import ModelChoice

LOOK_SECONDS = 0.2


def convert_apart(
    choice: ModelChoice,
    cache_dir: Path,
    downloads: Path,
    on_download: OnDownload | None = None,
    is_cancelled: Callable[[], bool] | None = None,
) -> None:
    """Put the converted model into the cache.

    Raises:
        ModelError: There is no such model, its weights do not fit, it cannot be stored, or `is_cancelled` said so.
        DownloadError: Its weights could not be fetched.
        OpenVinoError: OpenVINO does not start or does not know the network.
    """
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(
        target=_work, args=(choice, cache_dir, downloads, theirs), name="semblance-convert", daemon=True
    )
    start_uninterrupted(process)
    theirs.close()
    try:
        while (message := _next(ours, choice, is_cancelled)) is not None:
            if on_download:
                on_download(*message)
    finally:
        process.terminate()
        process.join()
        ours.close()


def _next(
    pipe: Connection, choice: ModelChoice, is_cancelled: Callable[[], bool] | None
) -> tuple[int, int | None] | None:
    """Return the next news of a download; None when the model is there."""
    while not pipe.poll(LOOK_SECONDS):
        if is_cancelled and is_cancelled():
            raise ModelError(f"Preparing the model {choice.name} was stopped. It goes on from there next time.")
    try:
        message: tuple[int, int | None] | ModelError | None = pipe.recv()
    except EOFError as error:
        raise ModelError(
            f"Preparing the model {choice.name} ended early; the computer may be short of memory. Close other programs "
            "and try again."
        ) from error
    if isinstance(message, ModelError):
        raise message
    return message


def _work(choice: ModelChoice, cache_dir: Path, downloads: Path, pipe: Connection) -> None:
    # Ctrl-C reaches every process of the terminal; the one that started us decides what it means.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        pretrained = build(choice, downloads, lambda done, total: pipe.send((done, total)))
        conversion.keep(choice.key, cache_dir, lambda draft: convert(pretrained, draft))
        pipe.send(None)
    except ModelError as error:
        pipe.send(error)
