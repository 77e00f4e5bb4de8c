"""Sets up the virtual environment `.venv` of the checkout, and updates it when the requirements have changed."""

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
NO_SUCH_PACKAGE = "No matching distribution found"


class Work(Enum):
    """The steps of the set-up that are still needed."""

    NONE = auto()
    INSTALL = auto()
    ALL = auto()


def set_up() -> Path:
    """Return the Python of the environment, after creating or updating the environment if needed.

    Raises:
        SetUpError: The environment cannot be created.
    """
    python = python_of(ENVIRONMENT)
    wanted = stamp(PROJECT.read_bytes(), CONSTRAINTS.read_bytes(), platform.python_version())
    found = STAMP.read_text(encoding="utf-8") if STAMP.is_file() else ""
    work = work_left(version_of(python), found, wanted)
    if work is Work.NONE:
        return python
    STAMP.unlink(missing_ok=True)
    if work is Work.ALL:
        recreate()
    install(python)
    STAMP.write_text(wanted, encoding="utf-8")
    return python


def work_left(version: str, found: str, wanted: str) -> Work:
    """Return the steps that are needed for an environment with this Python version and the stamp found in it.

    An environment without a stamp is created again, because its installation may have been interrupted.
    """
    if not found or not version or not wanted.startswith(f"{version} "):
        return Work.ALL
    return Work.NONE if found == wanted else Work.INSTALL


def stamp(project: bytes, constraints: bytes, python_version: str) -> str:
    """Return a string that changes if the Python version or the requirements change."""
    parts = (hashlib.sha256(part).hexdigest() for part in (project, constraints))
    return " ".join([python_version, *parts])


def python_of(environment: Path) -> Path:
    """Return the path of the Python of an environment."""
    return environment / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")


def version_of(python: Path) -> str:
    """Return the version of a Python, or an empty string if it does not run or has no pip."""
    code = "import pip, platform; print(platform.python_version())"
    try:
        answer = subprocess.run([python, "-c", code], capture_output=True, text=True, check=False)
    except OSError:
        return ""
    return answer.stdout.strip() if answer.returncode == 0 else ""


def recreate() -> None:
    """Create an empty environment with pip, replacing an existing one."""
    if importlib.util.find_spec("ensurepip") is None:
        raise SetUpError(
            "This Python cannot create a virtual environment because its ensurepip module is missing. "
            "On Debian and Ubuntu, install it with: apt-get install python3-venv"
        )
    say(f"Creating a virtual environment in {ENVIRONMENT} with Python {platform.python_version()}.")
    try:
        venv.EnvBuilder(clear=True, with_pip=True, symlinks=sys.platform != "win32").create(ENVIRONMENT)
    except (OSError, subprocess.CalledProcessError) as error:
        raise SetUpError(f"The virtual environment {ENVIRONMENT} cannot be created: {error}.") from error


def install(python: Path) -> None:
    """Install what the project needs to run and to be tested."""
    say("Installing what Semblance needs. The first time, this takes a minute or more and about 2 GB of disk space.")
    install_torch(python, pinned("torch", CONSTRAINTS.read_text(encoding="utf-8")))
    done = pip(python, "--constraint", CONSTRAINTS, *requirements(PROJECT.read_text(encoding="utf-8")))
    if done.returncode != 0:
        raise SetUpError(f"pip could not install what Semblance needs:\n{done.stderr.strip()}")


def install_torch(python: Path, version: str) -> None:
    """Install the build of torch without CUDA, which is 5 GB smaller. Do nothing if there is no such build."""
    wanted = torch_requirement(version, sys.platform, platform.machine())
    if not wanted:
        return
    done = pip(python, "--no-deps", wanted)
    if done.returncode == 0:
        return
    if NO_SUCH_PACKAGE not in done.stderr:
        raise SetUpError(f"pip could not install {wanted}:\n{done.stderr.strip()}")
    say("pip finds no torch without CUDA. Installing the one with CUDA, which takes 5 GB.")


def torch_requirement(version: str, system: str, machine: str) -> str:
    """Return the requirement for torch without CUDA, or an empty string if the default build has no CUDA."""
    return f"torch=={version}+cpu" if system == "linux" and machine == "x86_64" else ""


def pinned(name: str, constraints: str) -> str:
    """Return the version that the text of a constraints file pins for a package."""
    found = re.search(rf"^{re.escape(name)}==([^\s;]+)", constraints, re.MULTILINE)
    if not found:
        raise SetUpError(f"{name} is not pinned in {CONSTRAINTS}. Add a line {name}==VERSION to that file.")
    return found[1]


def requirements(project: str) -> list[str]:
    """Return all requirements in the text of a pyproject file, including those of its extras."""
    table = tomllib.loads(project)["project"]
    extras = table.get("optional-dependencies", {}).values()
    return [*table["dependencies"], *(requirement for extra in extras for requirement in extra)]


def pip(python: Path, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Run `pip install` without prompts, and return the process with its standard error."""
    options = ("--quiet", "--no-input", "--disable-pip-version-check")
    command = [python, "-m", "pip", "install", *options, *arguments]
    return subprocess.run(command, stderr=subprocess.PIPE, text=True, check=False)


def say(message: str) -> None:
    """Print a message to the developer without buffering."""
    print(message, file=sys.stderr, flush=True)
