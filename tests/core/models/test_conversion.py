from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from core.images.model_input import InputSpec, Resample
from core.models.conversion import Conversion, cached, digest, folder_of, store, usable

if TYPE_CHECKING:
    from pathlib import Path

INPUT = InputSpec(8, 8, 0, Resample.LANCZOS, (0.1, 0.2, 0.3), (1.0, 1.0, 1.0))


def write(folder: Path, content: str) -> Conversion:
    (folder / "model.xml").write_text(content)
    (folder / "model.bin").write_text(content)
    return Conversion("timm/a.b", 3, INPUT, "2026.1", digest(folder))


def test_stored_conversion_is_read_back_unchanged(tmp_path: Path) -> None:
    conversion = store("timm/a.b", tmp_path, lambda folder: write(folder, "one"))

    assert cached("timm/a.b", tmp_path) == conversion
    assert usable("timm/a.b", tmp_path, "2026.9") == conversion
    assert folder_of("timm/a.b", tmp_path).parent == tmp_path


def test_interrupted_conversion_leaves_no_files(tmp_path: Path) -> None:
    def interrupted(folder: Path) -> Conversion:
        write(folder, "half")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        store("timm/a.b", tmp_path, interrupted)

    assert list(tmp_path.iterdir()) == []


def test_conversion_stored_meanwhile_by_another_process_is_used(tmp_path: Path) -> None:
    def overtaken(folder: Path) -> Conversion:
        store("timm/a.b", tmp_path, lambda rival: write(rival, "rival"))
        return write(folder, "mine")

    conversion = store("timm/a.b", tmp_path, overtaken)

    assert usable("timm/a.b", tmp_path, "2026.1") == conversion
    assert (folder_of("timm/a.b", tmp_path) / "model.bin").read_text() == "rival"
    assert len(list(tmp_path.iterdir())) == 1
