"""What a build does on each system, with stand-ins for everything that takes time or needs that system."""

from __future__ import annotations

import plistlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import PyInstaller.utils.hooks
import pytest

import build
import environment
import freeze
import linux.packages
import macos_image
import system_libraries
import windows_installer

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

SYSTEMS = {"linux": linux.packages, "win32": windows_installer, "darwin": macos_image}


@pytest.mark.parametrize("system", SYSTEMS)
def test_build_makes_the_package_of_its_system(system: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    steps: list[str] = []
    program = tmp_path / "frozen" / "semblance"
    program.mkdir(parents=True)
    (program / "library").write_text("library", encoding="utf-8")

    def noting(step: str) -> Callable[..., Path]:
        def note(*_: object) -> Path:
            steps.append(step)
            if step.endswith("package"):
                program.rename(tmp_path / "image")  # as on macOS
                (tmp_path / "dist" / "package").write_text("package", encoding="utf-8")
            return program

        return note

    monkeypatch.setattr("sys.platform", system)
    monkeypatch.setattr(build, "TARGET", tmp_path / "dist")
    monkeypatch.setattr(environment, "set_up", noting("environment"))
    monkeypatch.setattr(system_libraries, "require", lambda _: None)
    monkeypatch.setattr(freeze, "freeze", noting("freeze"))
    monkeypatch.setattr(build, "add_bill_of_materials", noting("bill of materials"))
    for name, module in SYSTEMS.items():
        monkeypatch.setattr(module, "build", noting(f"{name} package"))
        if module is not linux.packages:
            monkeypatch.setattr(module, "prepare", noting(f"{name} icon"))
    (tmp_path / "dist").mkdir()
    monkeypatch.setattr("shutil.rmtree", lambda *_, **__: None)
    build.build()

    icon = [] if system == "linux" else [f"{system} icon"]
    assert steps == ["environment", *icon, "freeze", "bill of materials", f"{system} package"]
    (files,) = (tmp_path / "dist").glob("*.files.sha256")
    assert files.read_text(encoding="utf-8").endswith("  semblance/library\n")
    sums = (tmp_path / "dist" / "SHA256SUMS").read_text(encoding="utf-8")
    assert [line.partition("  ")[2] for line in sums.splitlines()] == ["package", files.name]


@dataclass
class Step:
    """Stands in for a step of PyInstaller."""

    arguments: tuple[Any, ...]
    options: dict[str, Any]
    pure: list[object] = field(default_factory=list)
    scripts: list[object] = field(default_factory=list)
    binaries: list[tuple[str, str, str]] = field(default_factory=list)
    datas: list[tuple[str, str, str]] = field(default_factory=list)

    @property
    def name(self) -> str:
        return str(self.options.get("name"))


@pytest.fixture
def freezing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str], dict[str, list[Step]]]:
    """Return a function that runs the spec for a system, collecting one library, and returns the steps by name."""
    for name in ("collect_data_files", "collect_dynamic_libs", "collect_submodules", "copy_metadata"):
        monkeypatch.setattr(PyInstaller.utils.hooks, name, lambda *_, **__: [])
    (tmp_path / "build").mkdir()
    (tmp_path / "build" / macos_image.INFO).write_bytes(plistlib.dumps(macos_image.info("1.2.3")))

    def run(system: str, library: str) -> dict[str, list[Step]]:
        steps: dict[str, list[Step]] = {name: [] for name in ("Analysis", "PYZ", "EXE", "COLLECT", "BUNDLE")}

        def standing_in(name: str) -> Callable[..., Step]:
            def record(*arguments: object, **options: object) -> Step:
                step = Step(arguments, options, binaries=[(library, "/somewhere/library", "BINARY")])
                steps[name].append(step)
                return step

            return record

        monkeypatch.setattr("sys.platform", system)
        code = compile(freeze.SPEC.read_bytes(), freeze.SPEC, "exec")
        exec(code, {"SPECPATH": tmp_path / "packaging" / "installer"} | {name: standing_in(name) for name in steps})
        return steps

    return run


@pytest.mark.parametrize("system", ["linux", "darwin"])
def test_program_is_one_executable_where_that_can_have_windows_and_print(
    freezing: Callable[[str, str], dict[str, list[Step]]], system: str
) -> None:
    steps = freezing(system, "library")
    assert [each.name for each in steps["EXE"]] == ["semblance"]
    assert len(steps["BUNDLE"]) == (system == "darwin")


def test_windows_has_an_executable_that_prints_under_the_same_name(
    freezing: Callable[[str, str], dict[str, list[Step]]],
) -> None:
    steps = freezing("win32", "library")
    assert [(each.name, each.options["console"]) for each in steps["EXE"]] == [
        ("semblance", False),
        ("semblance-console", True),
    ]
    assert steps["COLLECT"][0].arguments[1] == [("semblance.com", "semblance-console", "EXECUTABLE")]


@pytest.mark.parametrize(
    ("system", "library", "is_used"),
    [
        ("linux", "openvino/libs/libopenvino_intel_cpu_plugin.so", True),
        ("linux", "openvino/libs/libopenvino_intel_gpu_plugin.so", False),
        ("darwin", "openvino/libs/libopenvino_arm_cpu_plugin.so", True),
        ("win32", r"openvino\libs\openvino_intel_cpu_plugin.dll", True),
        ("win32", r"openvino\libs\openvino_intel_gpu_plugin.dll", False),
        ("win32", r"openvino\libs\openvino.dll", True),
        ("darwin", "PySide6/Qt/plugins/sqldrivers/libqsqlite.dylib", False),
        ("win32", r"PySide6\plugins\sqldrivers\qsqlite.dll", False),
        ("win32", r"PySide6\plugins\platforms\qwindows.dll", True),
    ],
)
def test_program_contains_the_libraries_that_it_uses(
    freezing: Callable[[str, str], dict[str, list[Step]]], system: str, library: str, is_used: bool
) -> None:
    assert bool(freezing(system, library)["Analysis"][0].binaries) is is_used


def test_executables_get_what_was_prepared_for_each_system(
    freezing: Callable[[str, str], dict[str, list[Step]]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(macos_image.CERTIFICATE, "someone")
    made = tmp_path / "build"
    windows = freezing("win32", "library")["EXE"][0].options
    assert windows["icon"] == str(made / windows_installer.ICON)
    assert windows["version"] == str(made / windows_installer.VERSION_INFO)
    mac = freezing("darwin", "library")
    assert mac["EXE"][0].options["codesign_identity"] == "someone"
    assert mac["BUNDLE"][0].options["icon"] == str(made / macos_image.ICON)
    assert mac["BUNDLE"][0].options["info_plist"]["CFBundleIdentifier"] == "app.semblance.Semblance"
