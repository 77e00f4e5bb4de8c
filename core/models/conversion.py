"""The cache of converted models: which there are, whether they are whole, and how a new one is put there."""

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
    """A model that OpenVINO can load by itself. `digest` is the sha256 of its two files."""

    key: str
    dim: int
    input: InputSpec
    openvino: str
    digest: str


def folder_of(key: str, cache_dir: Path) -> Path:
    """Return where the converted model of a key is kept."""
    return cache_dir / re.sub(r"[^\w.-]", "-", key)


def kept(key: str, cache_dir: Path) -> Conversion | None:
    """Return the conversion of a key if there is one. Its files are not looked at, and OpenVINO is not loaded."""
    try:
        conversion = _parsed((folder_of(key, cache_dir) / _SPEC_FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return conversion if conversion.key == key else None


def whole(key: str, cache_dir: Path, openvino: str) -> Conversion | None:
    """Return the conversion of a key if its files are as they were written, by the same major version of OpenVINO."""
    conversion = kept(key, cache_dir)
    if conversion is None or _major(conversion.openvino) != _major(openvino):
        return None
    try:
        return conversion if digest(folder_of(key, cache_dir)) == conversion.digest else None
    except OSError:
        return None


def keep(key: str, cache_dir: Path, write: Callable[[Path], Conversion]) -> Conversion:
    """Have `write` fill a folder with a converted model, and put that in place of a damaged one all at once.

    Raises:
        ModelError: The cache folder cannot be written.
    """
    try:
        cache_dir.mkdir(parents=True, exist_ok=True)
        draft = Path(mkdtemp(prefix=".new-", dir=cache_dir))
        try:
            conversion = write(draft)
            (draft / _SPEC_FILE).write_text(json.dumps(asdict(conversion), indent=2), encoding="utf-8")
            place = folder_of(key, cache_dir)
            if other := whole(key, cache_dir, conversion.openvino):
                return other  # of another program that was faster, and may have it open
            if place.exists():
                shutil.rmtree(place)
            draft.rename(place)
        finally:
            shutil.rmtree(draft, ignore_errors=True)
    except OSError as error:
        raise ModelError(f"The model {key} cannot be stored in {cache_dir}: {error.strerror}.") from error
    return conversion


def digest(folder: Path) -> str:
    """Return the sha256 of the two files that make up a converted model."""
    sha256 = hashlib.sha256()
    for name in (MODEL_FILE, Path(MODEL_FILE).with_suffix(".bin")):
        with (folder / name).open("rb") as file:
            hashlib.file_digest(file, lambda: sha256)
    return sha256.hexdigest()


def _parsed(text: str) -> Conversion:
    saved = json.loads(text)
    seen = saved["input"]
    return Conversion(
        key=str(saved["key"]),
        dim=int(saved["dim"]),
        input=InputSpec(
            height=int(seen["height"]),
            width=int(seen["width"]),
            resize_to=int(seen["resize_to"]),
            resample=Resample(seen["resample"]),
            mean=_channels(seen["mean"]),
            std=_channels(seen["std"]),
        ),
        openvino=str(saved["openvino"]),
        digest=str(saved["digest"]),
    )


def _channels(saved: Sequence[float]) -> tuple[float, float, float]:
    red, green, blue = saved
    return float(red), float(green), float(blue)


def _major(version: str) -> str:
    return version.partition(".")[0]
