"""Writes the bill of materials of the frozen program, as CycloneDX JSON. Runs with the Python of the environment.

python packaging/sbom.py VERSION COMMIT TIME FILE    (TIME of the commit in seconds since 1970)
"""

from __future__ import annotations

import platform
import sys
import sysconfig
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import NAMESPACE_URL, uuid5

from cyclonedx.contrib.license.factories import LicenseFactory
from cyclonedx.model.bom import Bom, BomMetaData
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.output.json import JsonV1Dot6
from packageurl import PackageURL

import licences
from core.library.settings import DEFAULT_MODEL
from core.models.registry import choose

if TYPE_CHECKING:
    from importlib.metadata import Distribution


def bill(version: str, commit: str, time: int) -> str:
    """Return the bill of materials, the same for every build of a commit on a system."""
    program = component("semblance", version, "Apache-2.0", "generic", kind=ComponentType.APPLICATION)
    parts = [python(), model(), *map(library, licences.frozen())]
    bom = Bom(
        serial_number=uuid5(NAMESPACE_URL, f"https://semblance.app/{version}/{commit}/{sysconfig.get_platform()}"),
        metadata=BomMetaData(component=program, timestamp=datetime.fromtimestamp(time, UTC)),
        components=parts,
    )
    bom.register_dependency(program, parts)
    return JsonV1Dot6(bom).output_as_string(indent=2) + "\n"


def component(
    name: str, version: str, licence: str, package_type: str, *, kind: ComponentType, cpe: str | None = None
) -> Component:
    """Return the entry of one component. An empty `licence` is unknown."""
    address = PackageURL(package_type, name=name, version=version)
    names = [LicenseFactory().make_from_string(licence)] if licence else []
    return Component(name=name, version=version, licenses=names, purl=address, bom_ref=str(address), type=kind, cpe=cpe)


def library(distribution: Distribution) -> Component:
    """Return the entry of a library."""
    name = licences.normalised(distribution.name)
    licence = licences.licence_name(distribution)
    return component(name, distribution.version, licence, "pypi", kind=ComponentType.LIBRARY)


def python() -> Component:
    """Return the entry of Python. Its CPE is what databases of vulnerabilities know it by."""
    version = platform.python_version()
    cpe = f"cpe:2.3:a:python:python:{version}:*:*:*:*:*:*:*"
    return component("python", version, "PSF-2.0", "generic", kind=ComponentType.PLATFORM, cpe=cpe)


def model() -> Component:
    """Return the entry of the default model. Its version is the digest of its weights and linear maps."""
    digest = choose(DEFAULT_MODEL).key.removeprefix(f"{DEFAULT_MODEL}-")
    return component(DEFAULT_MODEL, digest, "Apache-2.0", "generic", kind=ComponentType.MACHINE_LEARNING_MODEL)


if __name__ == "__main__":
    Path(sys.argv[4]).write_text(bill(sys.argv[1], sys.argv[2], int(sys.argv[3])), encoding="utf-8")
