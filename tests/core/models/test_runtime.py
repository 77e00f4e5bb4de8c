from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from types import SimpleNamespace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from core.errors import ModelError
from core.images.model_input import InputSpec, Resample
from core.models import conversion, conversion_process
from core.models.conversion import folder_of
from core.models.embedder import unit_rows
from core.models.openvino_runtime import version
from core.models.registry import choose
from core.models.runtime import cached_spec, is_converted, load
from core.models.torch_setup import prepare_torch
from tests.helpers.checkout import CHECKOUT, SHARED_DATA
from tests.helpers.limits import HANG_TIMEOUT

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from core.models.embedder import Embedder
    from core.models.registry import ModelChoice
    from core.types import Pixels

DEFAULT = choose("efficientnet-lite0")
PHOTOS = SHARED_DATA / "classes"
SAMPLES = CHECKOUT / "resources" / "samples" / "photos"


def test_default_model_has_the_expected_key_size_and_input(default_model: Embedder) -> None:
    grey, contrast = 127 / 255, 128 / 255

    assert default_model.key == "efficientnet-lite0-57934424-caef2a56"
    assert default_model.dim == 640
    assert default_model.input == InputSpec(224, 224, 0, Resample.BICUBIC, (grey,) * 3, (contrast,) * 3)


def test_embeddings_are_float32_rows_of_unit_norm(default_model: Embedder, pictures: Pixels) -> None:
    embeddings = default_model.embed(pictures)

    assert embeddings.shape == (35, 640)
    assert embeddings.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(embeddings, axis=1), 1, atol=1e-5)


def test_embeddings_do_not_depend_on_the_batch(default_model: Embedder, pictures: Pixels) -> None:
    few = pictures[:17]
    together = default_model.embed(few)

    for size in (1, 7, 16):
        batches = [default_model.embed(few[start : start + size]) for start in range(0, len(few), size)]
        np.testing.assert_allclose(np.concatenate(batches), together, atol=1e-5)


def test_embeddings_do_not_depend_on_the_memory_layout(default_model: Embedder, pictures: Pixels) -> None:
    flipped = pictures[:3, ::-1, ::-1]

    np.testing.assert_array_equal(default_model.embed(flipped), default_model.embed(flipped.copy()))


@pytest.mark.parametrize("runtime", ["openvino", "torch"])
def test_no_pictures_give_no_embeddings(runtime: str, tiny: ModelChoice, converted: Path) -> None:
    embedder = load(tiny, converted, "torch" if runtime == "torch" else "openvino")

    assert embedder.embed(np.empty((0, 160, 160, 3), np.uint8)).shape == (0, 96)


@pytest.fixture(scope="module")
def reference(default_cache: Path) -> Embedder:
    return load(DEFAULT, default_cache, "torch")


def test_both_runtimes_give_the_same_embeddings(default_model: Embedder, reference: Embedder, pictures: Pixels) -> None:
    cosines = (default_model.embed(pictures) * reference.embed(pictures)).sum(axis=1)

    assert cosines.min() > 0.999
    assert default_model.key == reference.key


@pytest.mark.shared_data
@pytest.mark.skipif(not PHOTOS.is_dir(), reason="the photos of ../shared/data are missing")
@pytest.mark.slow
def test_both_runtimes_give_the_same_embeddings_of_photos(default_model: Embedder, reference: Embedder) -> None:
    files = [file for folder in sorted(PHOTOS.iterdir()) for file in sorted(folder.iterdir())[:3]]
    photos = np.stack([_resized(file) for file in files])
    embeddings = default_model.embed(photos)

    assert (embeddings * reference.embed(photos)).sum(axis=1).min() > 0.999
    classes = np.array([file.parent.name for file in files])
    cosines = embeddings @ embeddings.T - 2 * np.eye(len(files))
    assert (classes[cosines.argmax(axis=1)] == classes).mean() > 0.6


def test_previews_of_photos_have_embeddings_near_those_of_the_photos(default_model: Embedder) -> None:
    files = sorted(file for file in SAMPLES.rglob("*") if file.suffix == ".jpg")[:12]
    photos = default_model.embed(np.stack([_resized(file) for file in files]))
    previews = np.stack([_resized(file, default_model.preview_input.width) for file in files])

    for background in (False, True):
        cosines = default_model.embed(previews, background=background) @ photos.T
        assert (cosines.argmax(axis=1) == np.arange(len(files))).all()
        assert cosines.diagonal().mean() > 0.8


def _resized(file: Path, side: int = 224) -> Pixels:
    with Image.open(file) as photo:
        return np.asarray(photo.convert("RGB").resize((side, side), Image.Resampling.BICUBIC))


def test_features_that_are_all_zero_give_a_zero_embedding(tiny_file: Path, tmp_path: Path) -> None:
    from safetensors.torch import load_file, save_file

    file = tmp_path / "zero.safetensors"
    save_file({name: tensor * 0 for name, tensor in load_file(tiny_file).items()}, file)

    embeddings = load(choose("timm/test_resnet", file), tmp_path, "torch").embed(np.zeros((1, 160, 160, 3), np.uint8))

    np.testing.assert_array_equal(embeddings, np.zeros((1, 96)))


def test_features_that_are_not_finite_are_an_error() -> None:
    features = np.array([[3, 4], [1, np.nan]], np.float32)

    with pytest.raises(ModelError, match="resnet18-00000000 produced"):
        unit_rows(features, "resnet18-00000000")
    np.testing.assert_allclose(unit_rows(features[:1], ""), [[0.6, 0.8]])


def test_spec_of_a_model_is_cached_once_it_was_loaded(tiny: ModelChoice, converted: Path, tmp_path: Path) -> None:
    loaded = load(tiny, converted)

    assert cached_spec(tiny, tmp_path) is None
    spec = cached_spec(tiny, converted)
    assert spec is not None
    assert (spec.dim, spec.input) == (loaded.dim, loaded.input)


def _truncate(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-100])


def _replace_in_spec(name: str, value: str) -> Callable[[Path], object]:
    def rewrite(folder: Path) -> None:
        spec = folder / "spec.json"
        spec.write_text(json.dumps({**json.loads(spec.read_text()), name: value}))

    return rewrite


@pytest.mark.parametrize(
    "damage",
    [
        lambda folder: _truncate(folder / "model.bin"),
        lambda folder: _truncate(folder / "model.xml"),
        lambda folder: _truncate(folder / "spec.json"),
        lambda folder: (folder / "spec.json").write_text("[]"),
        lambda folder: (folder / "model.bin").unlink(),
        _replace_in_spec("openvino", "2019.1.0"),
        _replace_in_spec("key", "another"),
    ],
    ids=[
        "truncated bin",
        "truncated xml",
        "truncated spec",
        "odd spec",
        "missing bin",
        "older OpenVINO",
        "other model",
    ],
)
def test_damaged_or_outdated_conversion_is_not_used(
    damage: Callable[[Path], object], converted: Path, tiny: ModelChoice, tmp_path: Path
) -> None:
    cache = tmp_path / "cache"
    shutil.copytree(converted, cache)
    assert conversion.usable(tiny.key, cache, version()) is not None

    damage(folder_of(tiny.key, cache))

    assert conversion.usable(tiny.key, cache, version()) is None


def test_nearly_full_disk_is_named_before_the_model_is_converted(
    tiny: ModelChoice, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=conversion_process.NEEDED_BYTES - 1))
    cache = tmp_path / "library" / "models"
    with pytest.raises(ModelError, match=r"cannot be stored in .*models, because that disk has less than 300 MB left"):
        load(tiny, cache)
    assert not cache.exists()


@pytest.mark.slow
def test_damaged_conversion_is_replaced(converted: Path, tiny: ModelChoice, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    shutil.copytree(converted, cache)
    picture = np.full((1, 160, 160, 3), 90, np.uint8)
    expected = load(tiny, cache).embed(picture)
    folder = folder_of(tiny.key, cache)
    _truncate(folder / "model.bin")

    np.testing.assert_array_equal(load(tiny, cache).embed(picture), expected)
    assert {file.name for file in folder.iterdir()} == {"model.xml", "model.bin", "spec.json"}
    assert list(cache.iterdir()) == [folder]


def test_model_that_comes_with_the_program_needs_no_conversion(
    converted: Path, tiny: ModelChoice, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.models.runtime.SHIPPED", converted)
    assert is_converted(tiny, tmp_path)
    assert cached_spec(tiny, tmp_path)
    assert load(tiny, tmp_path).key == tiny.key
    assert list(tmp_path.iterdir()) == []


def test_conversion_stops_when_it_is_cancelled(tiny: ModelChoice, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="was stopped"):
        load(tiny, tmp_path, is_cancelled=lambda: True)

    assert cached_spec(tiny, tmp_path) is None


@pytest.mark.slow
def test_failed_conversion_leaves_no_cache(tmp_path: Path) -> None:
    torn = tmp_path / "torn.safetensors"
    torn.write_bytes(b"torn")
    cache = tmp_path / "cache"

    with pytest.raises(ModelError, match="damaged"):
        load(choose("resnet18", torn), cache)

    assert not cache.exists()


@pytest.mark.slow
def test_cache_that_cannot_be_written_is_an_error(tiny: ModelChoice, tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.touch()

    with pytest.raises(ModelError, match="cannot be stored in"):
        load(tiny, blocked / "cache")


RECORD_CONNECTIONS = """
import sys
from pathlib import Path
calls = []
sys.addaudithook(lambda event, _: calls.append(event) if event in {"socket.connect", "socket.getaddrinfo"} else None)
from core.models.registry import choose
from core.models.runtime import load
"""


def run(script: str, *arguments: Path) -> None:
    subprocess.run(
        [sys.executable, "-c", RECORD_CONNECTIONS + script, *map(str, arguments)], check=True, timeout=HANG_TIMEOUT
    )


@pytest.mark.usefixtures("default_model")
@pytest.mark.parametrize("background", [False, True])
def test_a_model_can_be_used_by_several_threads_right_after_loading(default_cache: Path, background: bool) -> None:
    script = f"""
from concurrent.futures import ThreadPoolExecutor
import numpy as np
embedder = load(choose("efficientnet-lite0"), Path(sys.argv[1]))
batches = [np.full((size, 224, 224, 3), 50 * size, np.uint8) for size in (1, 2, 3, 4)]
with ThreadPoolExecutor(4) as pool:
    list(pool.map(lambda batch: embedder.embed(batch, background={background}), batches))
"""
    run(script, default_cache)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux gives each thread its own priority")
@pytest.mark.usefixtures("default_model")
def test_only_background_threads_have_a_lower_priority(default_cache: Path) -> None:
    script = """
import os, time
import numpy as np
embedder = load(choose("efficientnet-lite0"), Path(sys.argv[1]))
pictures = np.zeros((16, 224, 224, 3), np.uint8)
def used():
    tasks = Path("/proc/self/task").iterdir()
    return {int(task.name): int((task / "schedstat").read_text().split()[0]) for task in tasks}
def nice_of_most_work(background):
    before = used()
    embedder.embed(pictures, background=background)
    work = {task: time - before.get(task, 0) for task, time in used().items()}
    return os.getpriority(os.PRIO_PROCESS, max(work, key=work.get))
found = [nice_of_most_work(background) for background in (True, False)]
embedder.embed(pictures[:1], background=True)
found += [nice_of_most_work(background) for background in (True, False)]
own = os.getpriority(os.PRIO_PROCESS, 0)
assert found[1:] == [own, min(19, own + 10), own], (found, own)
"""
    run(script, default_cache)


@pytest.mark.usefixtures("default_model")
def test_converted_model_loads_without_torch(default_cache: Path) -> None:
    script = 'load(choose("efficientnet-lite0"), Path(sys.argv[1])); assert not {"torch", "timm"} & sys.modules.keys()'
    run(script, default_cache)


@pytest.mark.slow
def test_loading_and_converting_send_no_telemetry(tiny_file: Path, tmp_path: Path) -> None:
    script = """
from core.models import conversion, openvino_runtime, pretrained
network = pretrained.build(choose("timm/test_resnet.r160_in1k", Path(sys.argv[1])), Path(sys.argv[2]))
conversion.store(network.key, Path(sys.argv[2]), lambda draft: openvino_runtime.convert(network, draft))
load(choose("timm/test_resnet.r160_in1k", Path(sys.argv[1])), Path(sys.argv[2]))
assert "torch" in sys.modules and "openvino.tools.ovc.convert_impl" in sys.modules
telemetry = [name for name in sys.modules if name.startswith("openvino_telemetry.")]
assert not telemetry and not calls, (telemetry, calls)
"""
    run(script, tiny_file, tmp_path)


def test_torch_leaves_one_core_free() -> None:
    prepare_torch()
    import torch

    assert torch.get_num_threads() == max(1, (os.cpu_count() or 1) - 1)


@pytest.mark.slow
def test_torch_runs_the_model_if_openvino_cannot_be_loaded(default_cache: Path) -> None:
    script = """
sys.modules["openvino"] = None
embedder = load(choose("efficientnet-lite0"), Path(sys.argv[1]))
assert type(embedder).__name__ == "TorchEmbedder", type(embedder)
"""
    run(script, default_cache)
