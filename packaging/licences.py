"""Collects the licences of the libraries in the frozen program. Runs with the Python of the environment.

python packaging/licences.py FOLDER
"""

from __future__ import annotations

import re
import shutil
import sys
import sysconfig
import tomllib
from importlib.metadata import Distribution, PackageNotFoundError, distribution, packages_distributions
from pathlib import Path
from typing import TYPE_CHECKING

from packaging.requirements import Requirement

from environment import CHECKOUT, PROJECT

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

PREPARATION = {"huggingface-hub", "timm", "torch", "torchvision"}
"""What prepares new models, which is not in the frozen program."""

ICONS = ("Phosphor Icons", CHECKOUT / "resources" / "icons" / "LICENSE-phosphor.txt")
LICENCE_FILE = re.compile(r"(licen[cs]e|copying|notice|authors|copyright)[^/]*", re.IGNORECASE)
LICENCE_OF_PYTHON = Path(sys.base_prefix if sys.platform == "win32" else sysconfig.get_path("stdlib"), "LICENSE.txt")
QT = {"pyside6-essentials", "shiboken6"}
GNU_LICENCES = {*QT, "pillow-heif"}
"""Libraries with parts under the GPL or the LGPL, whose texts their wheels lack."""

LICENCE_NAMES = {
    "opencv-python-headless": "Apache-2.0 AND LGPL-2.1-or-later",  # with FFmpeg
    "pillow-heif": "BSD-3-Clause AND LGPL-3.0-or-later AND GPL-2.0-or-later",  # with libheif and x265
}
"""Licences of whole wheels whose metadata name only that of their own code."""

GNU_TEXTS = CHECKOUT / "packaging" / "installer" / "licences"


def frozen() -> list[Distribution]:
    """Return the distributions that the frozen program needs, sorted by name."""
    project = tomllib.loads(PROJECT.read_text(encoding="utf-8"))["project"]
    return installed(project["dependencies"], PREPARATION)


def installed(requirements: list[str], excluded: Collection[str] = ()) -> list[Distribution]:
    """Return what is required and what that needs in turn, sorted by name. `excluded` have normalised names."""
    found: dict[str, Distribution] = {}
    wanted = [Requirement(text) for text in requirements]
    while wanted:
        requirement = wanted.pop()
        name = normalised(requirement.name)
        is_wanted = requirement.marker is None or requirement.marker.evaluate({"extra": ""})
        if name in found or name in excluded or not is_wanted:
            continue
        try:
            found[name] = distribution(name)
        except PackageNotFoundError:
            continue  # on this system, nothing needs it
        wanted += map(Requirement, found[name].requires or ())
    return [found[name] for name in sorted(found)]


def strangers(modules: Iterable[str]) -> list[str]:
    """Return the libraries that some modules belong to and that are not in `frozen`, such as tools for tests."""
    expected = {normalised(library.name) for library in frozen()}
    providers = packages_distributions()
    found = {name: {normalised(each) for each in providers[name]} for name in tops(modules) if name in providers}
    return sorted(name for name, libraries in found.items() if not libraries & expected)


def tops(modules: Iterable[str]) -> set[str]:
    """Return the packages, and modules outside of packages, that modules belong to."""
    return {name.partition(".")[0] for name in modules}


def normalised(name: str) -> str:
    """Return the name of a distribution as the package index compares it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def licence_files(library: Distribution) -> list[Path]:
    """Return the files with the licence of a library."""
    gnu = sorted(GNU_TEXTS.iterdir()) if normalised(library.name) in GNU_LICENCES else []
    files = [file for file in library.files or () if LICENCE_FILE.fullmatch(file.name) and file.suffix != ".py"]
    return [Path(str(library.locate_file(file))) for file in files] + gnu


def licence_name(library: Distribution) -> str:
    """Return the name of the licence as the library states it, or an empty text."""
    if name := LICENCE_NAMES.get(normalised(library.name)):
        return name
    stated = library.metadata.json
    name = str(stated.get("license_expression") or stated.get("license") or "")
    classifiers = [line for line in stated.get("classifier", ()) if line.startswith("License ::")]
    is_name = name not in {"", "UNKNOWN"} and "\n" not in name
    return name if is_name else ", ".join(line.rpartition(" :: ")[2] for line in classifiers)


def collect(target: Path) -> None:
    """Copy the licences of Semblance and each library to folders, and list the libraries in a table."""
    (target / "Semblance").mkdir(parents=True)
    shutil.copy(CHECKOUT / "LICENSE", target / "Semblance" / "LICENSE.txt")
    table = [f"Python {sysconfig.get_python_version()}: PSF-2.0"]
    (target / "Python").mkdir()
    shutil.copy(LICENCE_OF_PYTHON, target / "Python")
    table.append(f"{ICONS[0]}: MIT")
    (target / ICONS[0]).mkdir()
    shutil.copy(ICONS[1], target / ICONS[0] / "LICENSE.txt")
    for library in frozen():
        files = licence_files(library)
        folder = target / library.name
        folder.mkdir()
        for number, file in enumerate(files):
            name = file.name if file.name not in {other.name for other in files[:number]} else f"{number}-{file.name}"
            shutil.copyfile(file, folder / name)
        name = licence_name(library)
        table.append(f"{library.name} {library.version}: {name or 'see its folder'}")
        if not files:
            (folder / "LICENCE.txt").write_text(f"{library.name} states its licence as: {name}\n", encoding="utf-8")
    (target / "README.txt").write_text(
        "The licences of Semblance and of the libraries in it, each in its folder. Qt and PySide6 may be replaced by "
        "versions of your own. Semblance itself is under the Apache licence 2.0. Together with x265, which reads HEIC "
        "photos, the program is under the GPL 3.\n\n" + "\n".join(table) + "\n",
        encoding="utf-8",
    )


if __name__ == "__main__":
    collect(Path(sys.argv[1]))
