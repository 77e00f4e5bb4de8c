"""The virtual environment `.venv` of the checkout: made once, and again only when what it is made from has changed."""

from __future__ import annotations

import hashlib
import importlib.util
import platform
import re
import subprocess
import sys
import tomllib
import venv
from enum import Enum, auto
from pathlib import Path

from set_up_error import SetUpError

CHECKOUT = Path(__file__).resolve().parent.parent
ENVIRONMENT = CHECKOUT / ".venv"
STAMP = ENVIRONMENT / "set-up-from"
PROJECT = CHECKOUT / "pyproject.toml"
CONSTRAINTS = CHECKOUT / "packaging" / "constraints.txt"
NOT_ON_OFFER = "No matching distribution found"


class Work(Enum):
    """How much of the set-up is to be done."""

    NONE = auto()
    INSTALL = auto()
    ALL = auto()


def set_up() -> Path:
    """Return the Python of an environment that has everything installed, making it first where needed.

    Raises:
        SetUpError: The environment cannot be made.
    """
    python = python_of(ENVIRONMENT)
    wanted = stamp(PROJECT.read_bytes(), CONSTRAINTS.read_bytes(), platform.python_version())
    found = STAMP.read_text(encoding="utf-8") if STAMP.is_file() else ""
    work = work_left(version_of(python), found, wanted)
    if work is Work.NONE:
        return python
    STAMP.unlink(missing_ok=True)
    if work is Work.ALL:
        make_anew()
    install(python)
    STAMP.write_text(wanted, encoding="utf-8")
    return python


def work_left(version: str, found: str, wanted: str) -> Work:
    """Return what is to be done with an environment of a Python version, with the stamp found in it.

    No stamp means that an installation was cut off in the middle: what it left cannot be trusted.
    """
    if not found or not version or not wanted.startswith(f"{version} "):
        return Work.ALL
    return Work.NONE if found == wanted else Work.INSTALL


def stamp(project: bytes, constraints: bytes, python_version: str) -> str:
    """Return a text that changes with anything that the environment is made from."""
    parts = (hashlib.sha256(part).hexdigest() for part in (project, constraints))
    return " ".join([python_version, *parts])


def python_of(environment: Path) -> Path:
    """Return where an environment has its Python."""
    return environment / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")


def version_of(python: Path) -> str:
    """Return the version of a Python that runs and has pip, else nothing."""
    ask = "import pip, platform; print(platform.python_version())"
    try:
        answer = subprocess.run([python, "-c", ask], capture_output=True, text=True, check=False)
    except OSError:
        return ""
    return answer.stdout.strip() if answer.returncode == 0 else ""


def make_anew() -> None:
    """Make an empty environment with pip in it, in the place of whatever is there."""
    if importlib.util.find_spec("ensurepip") is None:
        raise SetUpError(
            "This Python cannot make a virtual environment, because its ensurepip module is missing. "
            "On Debian and Ubuntu this installs it: apt-get install python3-venv"
        )
    say(f"Making a virtual environment in {ENVIRONMENT} with Python {platform.python_version()}.")
    try:
        venv.EnvBuilder(clear=True, with_pip=True, symlinks=sys.platform != "win32").create(ENVIRONMENT)
    except (OSError, subprocess.CalledProcessError) as error:
        raise SetUpError(f"The virtual environment {ENVIRONMENT} cannot be made: {error}.") from error


def install(python: Path) -> None:
    """Install what the project needs to run and to be tested."""
    say("Installing what Semblance needs. The first time, that is about 2 GB and takes a minute or more.")
    install_torch(python, pinned("torch", CONSTRAINTS.read_text(encoding="utf-8")))
    done = pip(python, "--constraint", CONSTRAINTS, *requirements(PROJECT.read_text(encoding="utf-8")))
    if done.returncode != 0:
        raise SetUpError(f"pip could not install what Semblance needs. It says:\n{done.stderr.strip()}")


def install_torch(python: Path, version: str) -> None:
    """Install the build of torch that needs no CUDA (5 GB less) where there is one; else leave it to what follows."""
    wanted = torch_requirement(version, sys.platform, platform.machine())
    if not wanted:
        return
    done = pip(python, "--no-deps", wanted)
    if done.returncode == 0:
        return
    if NOT_ON_OFFER not in done.stderr:
        raise SetUpError(f"pip could not install {wanted}. It says:\n{done.stderr.strip()}")
    say("The sources of pip have no torch without CUDA: installing the large one, 5 GB.")


def torch_requirement(version: str, system: str, machine: str) -> str:
    """Return the torch to ask for before all else, or nothing where the ordinary one is the right one."""
    return f"torch=={version}+cpu" if system == "linux" and machine == "x86_64" else ""


def pinned(name: str, constraints: str) -> str:
    """Return the version of a package in the text of a constraints file."""
    found = re.search(rf"^{re.escape(name)}==([^\s;]+)", constraints, re.MULTILINE)
    if not found:
        raise SetUpError(f"{name} is not pinned in {CONSTRAINTS}. Add a line {name}==VERSION to that file.")
    return found[1]


def requirements(project: str) -> list[str]:
    """Return every requirement in the text of a pyproject file, those of its extras included."""
    table = tomllib.loads(project)["project"]
    extras = table.get("optional-dependencies", {}).values()
    return [*table["dependencies"], *(requirement for extra in extras for requirement in extra)]


def pip(python: Path, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Run `pip install` without questions and return how it ended, with what it wrote on standard error."""
    options = ("--quiet", "--no-input", "--disable-pip-version-check")
    command = [python, "-m", "pip", "install", *options, *arguments]
    return subprocess.run(command, stderr=subprocess.PIPE, text=True, check=False)


def say(sentence: str) -> None:
    """Tell the developer at once what is happening."""
    print(sentence, file=sys.stderr, flush=True)
