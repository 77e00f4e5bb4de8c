"""The cache of converted models: finds, verifies and stores them."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING

from core.errors import ModelError
from core.images.model_input import InputSpec, Resample

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

MODEL_FILE = "model.xml"
_SPEC_FILE = "spec.json"


@dataclass(frozen=True, slots=True)
class Conversion:
    """A converted model, which OpenVINO loads without PyTorch. `digest` is the SHA-256 of its two files."""

    key: str
    dim: int
    input: InputSpec
    openvino: str
    digest: str


def folder_of(key: str, cache_dir: Path) -> Path:
    """Return the cache folder of the converted model with this key."""
    return cache_dir / re.sub(r"[^\w.-]", "-", key)


def cached(key: str, cache_dir: Path) -> Conversion | None:
    """Return the cached conversion with this key, or None. Neither checks the model files nor loads OpenVINO."""
    try:
        conversion = _parsed((folder_of(key, cache_dir) / _SPEC_FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return conversion if conversion.key == key else None


def usable(key: str, cache_dir: Path, openvino: str) -> Conversion | None:
    """Return the cached conversion with this key if it can be used, otherwise None.

    Its files must be undamaged, and it must come from the same major version of OpenVINO.
    """
    conversion = cached(key, cache_dir)
    if conversion is None or _major(conversion.openvino) != _major(openvino):
        return None
    try:
        return conversion if digest(folder_of(key, cache_dir)) == conversion.digest else None
    except OSError:
        return None


def store(key: str, cache_dir: Path, write: Callable[[Path], Conversion]) -> Conversion:
    """Have `write` fill a new folder with a converted model, and move that folder into the cache in one step.

    It replaces a damaged or outdated conversion, but not one that can be used.

    Raises:
        ModelError: The cache folder cannot be written.
    """
    try:
        cache_dir.mkdir(parents=True, exist_ok=True)
        draft = Path(mkdtemp(prefix=".new-", dir=cache_dir))
        try:
            conversion = write(draft)
            (draft / _SPEC_FILE).write_text(json.dumps(asdict(conversion), indent=2), encoding="utf-8")
            folder = folder_of(key, cache_dir)
            if other := usable(key, cache_dir, conversion.openvino):
                return other  # another process has stored it meanwhile and may have the files open
            if folder.exists():
                shutil.rmtree(folder)
            draft.rename(folder)
        finally:
            shutil.rmtree(draft, ignore_errors=True)
    except OSError as error:
        raise ModelError(f"The model {key} cannot be stored in {cache_dir}: {error.strerror}.") from error
    return conversion


def digest(folder: Path) -> str:
    """Return the SHA-256, in hex, of the two files that make up a converted model."""
    sha256 = hashlib.sha256()
    for name in (MODEL_FILE, Path(MODEL_FILE).with_suffix(".bin")):
        with (folder / name).open("rb") as file:
            hashlib.file_digest(file, lambda: sha256)
    return sha256.hexdigest()


def _parsed(text: str) -> Conversion:
    saved = json.loads(text)
    spec = saved["input"]
    return Conversion(
        key=str(saved["key"]),
        dim=int(saved["dim"]),
        input=InputSpec(
            height=int(spec["height"]),
            width=int(spec["width"]),
            resize_to=int(spec["resize_to"]),
            resample=Resample(spec["resample"]),
            mean=_channels(spec["mean"]),
            std=_channels(spec["std"]),
        ),
        openvino=str(saved["openvino"]),
        digest=str(saved["digest"]),
    )


def _channels(saved: Sequence[float]) -> tuple[float, float, float]:
    red, green, blue = saved
    return float(red), float(green), float(blue)


def _major(version: str) -> str:
    return version.partition(".")[0]
