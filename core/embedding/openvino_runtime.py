"""Converts networks to OpenVINO and runs them there: a third of torch's time, a fifth of its memory."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import numpy as np

from core.embedding.conversion import MODEL_FILE, Conversion, digest
from core.embedding.openvino_setup import OpenVinoError, prepare_openvino
from core.embedding.unit_norm import unit_rows

if TYPE_CHECKING:
    from pathlib import Path

    import openvino

    from core.embedding.pretrained import Pretrained
    from core.model_input import InputSpec
    from core.types import Pixels, Vectors

_LARGEST_BATCH = 16
"""More pictures at once are no faster, and each takes 10 MB inside the default network."""


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
    """A converted model, run by OpenVINO on the processor. An `Embedder`."""

    def __init__(self, conversion: Conversion, folder: Path) -> None:
        """Load the model of a folder.

        Raises:
            OpenVinoError: OpenVINO cannot load it.
        """
        prepare_openvino()
        import openvino

        self.key = conversion.key
        self.dim = conversion.dim
        self.input = conversion.input
        # Latency: all cores work on one batch. Throughput would run several batches beside one another, and we give one
        # at a time. f32 because processors differ in the shorter formats they have, and embeddings are compared.
        hints = {"PERFORMANCE_HINT": "LATENCY", "INFERENCE_PRECISION_HINT": "f32"}
        try:
            compiled = openvino.Core().compile_model(folder / MODEL_FILE, "CPU", hints)
            self._request = compiled.create_infer_request()
        except RuntimeError as error:
            raise OpenVinoError(f"OpenVINO cannot run the model {self.key} from {folder}.") from error

    def embed(self, pictures: Pixels) -> Vectors:
        """Return an (N, D) float32 array, rows of unit norm, one for each of (N, height, width, 3) pictures.

        Raises:
            ModelError: The weights are damaged.
        """
        features = np.empty((len(pictures), self.dim), np.float32)
        for start in range(0, len(pictures), _LARGEST_BATCH):
            batch = slice(start, start + _LARGEST_BATCH)
            features[batch] = self._request.infer([pictures[batch]])[0]
        return unit_rows(features, self.key)


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
