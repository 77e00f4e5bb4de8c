"""Converts networks to OpenVINO and runs them there: a third of torch's time, a fifth of its memory."""

from __future__ import annotations

import os
import sys
import warnings
from concurrent.futures import ThreadPoolExecutor
from math import ceil
from threading import Lock
from typing import TYPE_CHECKING

import numpy as np

from core.models.conversion import MODEL_FILE, Conversion, digest
from core.models.openvino_setup import OpenVinoError, prepare_openvino
from core.models.unit_norm import unit_rows
from core.workers import NICENESS, streams

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import openvino

    from core.images.model_input import InputSpec
    from core.models.pretrained import Pretrained
    from core.types import Pixels, Vectors

_LARGEST_BATCH = 4
"""More pictures at once are slower, by a tenth, and each takes 10 MB inside the default network."""


def version() -> str:
    """Return the version of OpenVINO."""
    prepare_openvino()
    import openvino

    return str(openvino.get_version())


def convert(pretrained: Pretrained, folder: Path) -> Conversion:
    """Write a network into a folder, in a form that takes (N, height, width, 3) uint8 and needs no torch.

    Raises:
        OpenVinoError: OpenVINO cannot express the network.
    """
    prepare_openvino()
    import openvino
    import torch

    seen = pretrained.input
    example = torch.zeros(2, 3, seen.height, seen.width)  # two: of one, a network may take the 1 for a fixed size
    try:
        with warnings.catch_warnings():
            # Tracing, which OpenVINO builds on, is deprecated by torch and warns of every branch in a network.
            warnings.simplefilter("ignore")
            model = _with_scaling(openvino.convert_model(pretrained.module, example_input=example), seen)
    except Exception as error:  # of many kinds and of no common family, for networks that nobody tried
        raise OpenVinoError(f"OpenVINO cannot run the model {pretrained.key}.") from error
    # Half the digits in half the space: embeddings of photos keep a cosine of 0.9999 to those of the full ones.
    openvino.save_model(model, folder / MODEL_FILE, compress_to_fp16=True)
    return Conversion(pretrained.key, pretrained.dim, seen, version(), digest(folder))


class OpenVinoEmbedder:
    """A converted model, run by OpenVINO on the processor. An `Embedder`.

    It is compiled twice: for what somebody waits for, and, once that is needed, for the background. Either way one core
    runs a batch, and others run more beside it: cores that share a batch spend a tenth of their time on that.
    """

    def __init__(self, conversion: Conversion, folder: Path) -> None:
        """Load the model of a folder.

        Raises:
            OpenVinoError: OpenVINO cannot load it.
        """
        prepare_openvino()
        self.key = conversion.key
        self.dim = conversion.dim
        self.input = conversion.input
        self._file = folder / MODEL_FILE
        self._lock = Lock()
        self._background: openvino.CompiledModel | None = None
        self._foreground = self._compile()
        # The first two arrays that a process hands to OpenVINO wait for each other for ever, now and then, when they
        # are of two threads. From the second on there is nothing to wait for.
        _run(self._foreground, [np.zeros((1, self.input.height, self.input.width, 3), np.uint8)])

    def embed(self, pictures: Pixels, *, background: bool = False) -> Vectors:
        """Return an (N, D) float32 array, rows of unit norm, one for each of (N, height, width, 3) pictures.

        Raises:
            ModelError: The weights are damaged.
        """
        if not len(pictures):
            return np.empty((0, self.dim), np.float32)
        compiled = self._behind() if background else self._foreground
        share = _LARGEST_BATCH if background else min(_LARGEST_BATCH, ceil(len(pictures) / streams()))
        batches = [pictures[start : start + share] for start in range(0, len(pictures), share)]
        return unit_rows(np.concatenate(_run(compiled, batches)), self.key)

    def _behind(self) -> openvino.CompiledModel:
        with self._lock:
            if self._background is None:
                # The threads of a compiled model are started along with it, and are as patient as the one they come of.
                with ThreadPoolExecutor(1, initializer=_step_back) as patient:
                    self._background = patient.submit(self._compile).result()
            return self._background

    def _compile(self) -> openvino.CompiledModel:
        import openvino

        count = streams()
        hints = {
            "NUM_STREAMS": count,
            "INFERENCE_NUM_THREADS": count,
            "ENABLE_CPU_PINNING": False,  # the threads of both compilations would be held to the same cores
            "INFERENCE_PRECISION_HINT": "f32",  # processors differ in shorter formats, and embeddings are compared
        }
        try:
            return openvino.Core().compile_model(self._file, "CPU", hints)
        except RuntimeError as error:
            raise OpenVinoError(f"OpenVINO cannot run the model {self.key} from {self._file.parent}.") from error


def _run(compiled: openvino.CompiledModel, batches: Sequence[Pixels]) -> list[Vectors]:
    """Return what the model puts out for each batch, run beside one another."""
    requests = [compiled.create_infer_request() for _ in batches]
    for request, batch in zip(requests, batches, strict=True):
        request.start_async([batch])
    for request in requests:
        request.wait()
    return [request.get_output_tensor().data for request in requests]


def _step_back() -> None:
    """Let the window, and whatever else the user does, go before the threads that this one starts."""
    if sys.platform == "linux":  # elsewhere this is about the whole process, or there is nothing of the kind
        os.setpriority(os.PRIO_PROCESS, 0, NICENESS)


def _with_scaling(model: openvino.Model, seen: InputSpec) -> openvino.Model:
    """Return the model with the scaling and the channel order of pictures as its first steps."""
    from openvino import Layout, Type
    from openvino.preprocess import PrePostProcessor

    steps = PrePostProcessor(model)
    picture = steps.input()
    picture.tensor().set_element_type(Type.u8).set_layout(Layout("NHWC")).set_shape([-1, seen.height, seen.width, 3])
    scaled = picture.preprocess().convert_element_type(Type.f32)
    scaled.mean([255 * mean for mean in seen.mean]).scale([255 * std for std in seen.std])
    picture.model().set_layout(Layout("NCHW"))
    return steps.build()
