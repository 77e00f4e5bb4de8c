"""Collects PyTorch, and what else prepares models, in a folder. Runs with the Python of the environment.

The frozen program has its default model prepared and needs none of this for it. Other models do.

python packaging/optional_pytorch.py FOLDER
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import licences

if TYPE_CHECKING:
    from importlib.metadata import Distribution

ONLY_FOR_BUILDING = {"setuptools"}

UNUSED = re.compile(
    r"""
    torch/(include|share|test)/.*
    | torch/bin/(?!torch_shm_manager).*
    | torch/lib/lib(aoti_custom_ops|backend_with_compiler|jitbackend_test|torchbind_test)\..*
    | torchvision/(_C|image)\..*\b(so|pyd)
    | torchvision\.libs/.*
    | (mpmath|networkx|sympy)/(.*/)?tests/.*
    | (.*/)?__pycache__/.*
    | .*\.(pyi|pth)
    | [^/]+\.dist-info/(INSTALLER|RECORD|REQUESTED)
    """,
    re.VERBOSE,
)
"""Files that neither running nor converting a model needs, and those that differ by where the environment is.

The libraries of torchvision are for models that find objects, and some builds of them need CUDA.
"""


def distributions() -> list[Distribution]:
    """Return the distributions that prepare models and are not in the frozen program."""
    there = {licences.normalised(library.name) for library in licences.frozen()}
    return licences.installed(sorted(licences.PREPARATION), there | ONLY_FOR_BUILDING)


def collect(target: Path) -> None:
    """Copy the distributions to a folder, and compile their modules with the same result every time."""
    for library in distributions():
        for file in library.files or ():
            if ".." in file.parts or UNUSED.fullmatch(file.as_posix()):
                continue
            copy = target / file
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(str(library.locate_file(file)), copy)
    # Nobody may write to the folder of an installed program, so that Python could not keep what it compiles.
    same_every_time = ("--invalidation-mode", "unchecked-hash", "-s", str(target))
    command = (sys.executable, "-m", "compileall", "-qq", "-j", "0", *same_every_time, str(target))
    beside_the_modules = {name: value for name, value in os.environ.items() if name != "PYTHONPYCACHEPREFIX"}
    # The exit status says only that PyTorch has modules for newer versions of Python, which do not compile.
    subprocess.run(command, env=beside_the_modules, check=False)


if __name__ == "__main__":
    collect(Path(sys.argv[1]))
