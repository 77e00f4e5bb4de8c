"""Converts networks to OpenVINO, which runs them in a third of PyTorch's time and a fifth of its memory."""

from __future__ import annotations

import os
import sys
import warnings
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from math import ceil
from threading import Lock
from typing import TYPE_CHECKING

import numpy as np

from core.errors import ModelError
from core.models.conversion import MODEL_FILE, Conversion, digest
from core.models.embedder import unit_rows
from core.workers import NICENESS, streams

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import openvino

    from core.images.model_input import InputSpec
    from core.models.embedder import Parts
    from core.models.pretrained import Pretrained
    from core.types import Pixels, Vectors

_MAX_BATCH = 4
"""Larger batches are a tenth slower, and each picture takes 10 MB inside the default network."""


class OpenVinoError(ModelError):
    """OpenVINO is not installed or cannot run a model. PyTorch may still be able to run it."""


def prepare_openvino() -> None:
    """Import OpenVINO with its telemetry switched off. Call this before any use of OpenVINO.

    Raises:
        OpenVinoError: OpenVINO is not installed or cannot be loaded.
    """
    # OpenVINO reports every conversion to Google Analytics unless the user has opted out. If its telemetry package
    # cannot be imported, it falls back to a stub that sends nothing. A None in `sys.modules` makes that import fail.
    sys.modules["openvino_telemetry"] = None  # type: ignore[assignment]  # None blocks the import
    try:
        import_module("openvino")
    except (ImportError, OSError) as error:
        raise OpenVinoError(f"OpenVINO could not be loaded ({error}).") from error


def version() -> str:
    """Return the version of the installed OpenVINO.

    Raises:
        OpenVinoError: OpenVINO is not installed or cannot be loaded.
    """
    prepare_openvino()
    import openvino

    return str(openvino.get_version())


def convert(pretrained: Pretrained, folder: Path) -> Conversion:
    """Write a network to a folder as an OpenVINO model, which takes (N, height, width, 3) uint8 and needs no PyTorch.

    Raises:
        OpenVinoError: OpenVINO does not support the network.
    """
    prepare_openvino()
    import openvino
    import torch

    spec = pretrained.input
    example = torch.zeros(2, 3, spec.height, spec.width)  # tracing could treat a batch size of 1 as fixed
    try:
        with warnings.catch_warnings():
            # OpenVINO relies on tracing, which PyTorch deprecates and which warns about every branch in a network.
            warnings.simplefilter("ignore")
            model = _with_scaling(openvino.convert_model(pretrained.module, example_input=example), spec)
    except Exception as error:  # unsupported networks raise many types without a common base class
        raise OpenVinoError(f"OpenVINO cannot run the model {pretrained.key}.") from error
    # Half precision takes half the space. Embeddings of photos keep a cosine of 0.9999 to those of full precision.
    openvino.save_model(model, folder / MODEL_FILE, compress_to_fp16=True)
    return Conversion(pretrained.key, pretrained.dim, spec, version(), digest(folder))


class OpenVinoEmbedder:
    """An `Embedder` that runs a converted model with OpenVINO on the CPU.

    The model is compiled for interactive work at once, and for background work and for embedded previews when that is
    first needed. Each core runs a batch of its own, because cores that share a batch lose a tenth of their time.
    """

    def __init__(
        self, conversion: Conversion, folder: Path, preview_input: InputSpec, parts: Parts | None = None
    ) -> None:
        """Load the converted model from `folder`. The network must also take pictures of the size of `preview_input`.

        Raises:
            OpenVinoError: OpenVINO cannot load the model.
        """
        prepare_openvino()
        self.key = conversion.key
        self.dim = conversion.dim
        self.input = conversion.input
        self.preview_input = preview_input
        self.parts = parts
        self._file = folder / MODEL_FILE
        self._lock = Lock()
        self._background: dict[tuple[int, ...], openvino.CompiledModel] = {}
        size: tuple[int, ...] = (self.input.height, self.input.width)
        self._foreground = {size: self._compile(size)}
        # If two threads hand the first two arrays of a process to OpenVINO at once, they occasionally deadlock. Running
        # one inference here prevents that.
        _run(self._foreground[size], [np.zeros((1, *size, 3), np.uint8)])

    def embed(self, pictures: Pixels, *, background: bool = False) -> Vectors:
        """Return an (N, D) float32 array with a row of unit norm for each of the (N, height, width, 3) pictures.

        Raises:
            ModelError: The weights are damaged.
        """
        if not len(pictures):
            return np.empty((0, self.dim), np.float32)
        compiled = self._compiled(pictures.shape[1:3], background=background)
        share = _MAX_BATCH if background else min(_MAX_BATCH, ceil(len(pictures) / streams()))
        batches = [pictures[start : start + share] for start in range(0, len(pictures), share)]
        return unit_rows(np.concatenate(_run(compiled, batches)), self.key)

    def _compiled(self, size: tuple[int, ...], *, background: bool) -> openvino.CompiledModel:
        """Return the model compiled for pictures of this height and width."""
        models = self._background if background else self._foreground
        if compiled := models.get(size):
            return compiled  # without the lock: a query must not wait for the compilation of another one
        with self._lock:
            if size not in models:
                # A compiled model starts its threads during compilation. They inherit the priority of this thread.
                with ThreadPoolExecutor(1, initializer=_lower_priority if background else None) as executor:
                    models[size] = executor.submit(self._compile, size).result()
            return models[size]

    def _compile(self, size: tuple[int, ...]) -> openvino.CompiledModel:
        import openvino

        count = streams()
        hints = {
            "NUM_STREAMS": count,
            "INFERENCE_NUM_THREADS": count,
            "ENABLE_CPU_PINNING": False,  # it would pin the threads of both compiled models to the same cores
            "INFERENCE_PRECISION_HINT": "f32",  # CPUs differ at lower precision, and embeddings must stay comparable
        }
        try:
            core = openvino.Core()
            model = core.read_model(self._file)
            if size != (self.input.height, self.input.width):
                model.reshape([-1, *size, 3])
            return core.compile_model(model, "CPU", hints)
        except RuntimeError as error:
            raise OpenVinoError(f"OpenVINO cannot load the model {self.key} from {self._file.parent}.") from error


def _run(compiled: openvino.CompiledModel, batches: Sequence[Pixels]) -> list[Vectors]:
    """Return the output of the model for each batch. The batches run in parallel."""
    requests = [compiled.create_infer_request() for _ in batches]
    for request, batch in zip(requests, batches, strict=True):
        request.start_async([batch])
    for request in requests:
        request.wait()
    return [request.get_output_tensor().data for request in requests]


def _lower_priority() -> None:
    """Give this thread, and the threads that it starts, a lower priority than the window and other programs."""
    if sys.platform == "linux":  # other systems set the priority of the complete process, or of nothing
        os.setpriority(os.PRIO_PROCESS, 0, NICENESS)


def _with_scaling(model: openvino.Model, spec: InputSpec) -> openvino.Model:
    """Return the model extended to scale the pixels and reorder the channels of its input first."""
    from openvino import Layout, Type
    from openvino.preprocess import PrePostProcessor

    steps = PrePostProcessor(model)
    picture = steps.input()
    picture.tensor().set_element_type(Type.u8).set_layout(Layout("NHWC")).set_shape([-1, spec.height, spec.width, 3])
    scaled = picture.preprocess().convert_element_type(Type.f32)
    scaled.mean([255 * mean for mean in spec.mean]).scale([255 * std for std in spec.std])
    picture.model().set_layout(Layout("NCHW"))
    return steps.build()
