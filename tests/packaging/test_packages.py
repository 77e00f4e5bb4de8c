from __future__ import annotations

import re
from string import Template
from typing import TYPE_CHECKING

import pytest

import build
import licences
from core.cli import main as cli
from core.cli.registry import COMMANDS
from core.version import version
from linux import nfpm
from linux.desktop_files import FILES

if TYPE_CHECKING:
    from pathlib import Path

MANUAL = (FILES / "share" / "man" / "man1" / "semblance.1").read_text(encoding="utf-8").replace("\\-", "-")


def test_manual_page_explains_every_command() -> None:
    for name, command in COMMANDS.items():
        assert f".B {name}\n{command.summary}" in MANUAL


def test_manual_page_explains_every_option(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        cli.window_options(["--help"])
    options = set(re.findall(r"(?<![\w-])--?[a-z][a-z-]*", capsys.readouterr().out.partition("positional")[2]))
    assert len(options) > 10
    assert sorted(option for option in options if option not in MANUAL) == []


def test_descriptions_of_the_packages_have_a_value_for_every_variable(tmp_path: Path) -> None:
    values = nfpm.variables(tmp_path / "semblance", tmp_path / "share", "1.2.3", 1_700_000_000)
    for name in nfpm.DESCRIPTIONS:
        text = Template((FILES / name).read_text(encoding="utf-8")).substitute(values)
        assert "version: 1.2.3" in text
        assert "mtime: 2023-11-14T22:13:20Z" in text


def test_changelog_of_the_debian_package_has_its_version_and_date() -> None:
    text = nfpm.debian_changelog("semblance", "1.2.3", 1_700_000_000)
    assert text.startswith("semblance (1.2.3-1) unstable")
    assert text.endswith("  Tue, 14 Nov 2023 22:13:20 +0000\n")


def test_version_of_the_packages_is_that_of_the_program() -> None:
    assert re.fullmatch(r"\d+\.\d+\.\d+", build.version())
    assert build.version() == version()


def test_licences_are_those_of_the_libraries_in_the_program(tmp_path: Path) -> None:
    licences.collect(tmp_path)
    folders = {folder.name: sorted(folder.iterdir()) for folder in tmp_path.iterdir() if folder.is_dir()}
    assert {"Semblance", "Python", "PySide6_Essentials", "milvus-lite", "openvino", "numpy"} <= folders.keys()
    assert folders.keys().isdisjoint({"torch", "timm", "pytest"})
    assert [name for name, files in folders.items() if not files] == []
    assert (tmp_path / "PySide6_Essentials" / "LGPL-3.0.txt").exists()
    assert all(name in (tmp_path / "README.txt").read_text(encoding="utf-8") for name in folders)


def test_library_that_came_into_the_program_by_chance_is_noticed() -> None:
    assert licences.strangers(["json", "core.types", "numpy", "numpy.linalg", "google.protobuf", "desktop"]) == []
    assert licences.strangers(["numpy", "_pytest.config", "pytest", "xdist.plugin"]) == ["_pytest", "pytest", "xdist"]


def test_wheel_with_parts_under_the_gpl_is_listed_so_and_has_the_text(tmp_path: Path) -> None:
    licences.collect(tmp_path)
    assert "GPL-2.0-or-later" in (tmp_path / "README.txt").read_text(encoding="utf-8")
    assert (tmp_path / "pillow_heif" / "GPL-3.0.txt").exists()
