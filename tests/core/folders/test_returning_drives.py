"""Drives that return at another mount point: their roots are found, with unchanged photos."""

from __future__ import annotations

import os
import subprocess
from contextlib import ExitStack, closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from core.catalog.database import Database
from core.catalog.photos import Catalog
from core.folders.drives import Drives, LocatedRoots
from core.folders.registry import add_returned, relocate_roots
from core.types import Root
from tests.helpers.engine.catalog_entries import MODEL, details, vector
from tests.helpers.folders.movable_drive import MovableDrive, put, sample_of

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def mounted(location: Path, *how: str | Path) -> Iterator[None]:
    """Mount something for the block, or skip the test without permission. The empty mount point stays."""
    location.mkdir(parents=True, exist_ok=True)
    try:
        subprocess.run(["mount", *how, location], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("this user may not mount anything here")
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", location], check=True, capture_output=True)


@pytest.mark.parametrize("inside", ["photos", "."])
def test_root_is_found_on_a_drive_that_is_really_mounted_elsewhere(tmp_path: Path, inside: str) -> None:
    one, two = tmp_path / "media" / "A DISK", tmp_path / "media" / "A DISK1"
    root, moved = (Root("uuid", Path(os.path.normpath(location / inside))) for location in (one, two))
    volumes = Drives()
    with ExitStack() as second:
        with mounted(one, "-t", "tmpfs", "tmpfs"):  # to psutil, tmpfs and network shares are not physical devices
            put(root.path)
            samples = {root: sample_of(root.path)}
            assert volumes.locate(samples) == LocatedRoots(online=(root,), moved=())
            second.enter_context(mounted(two, "--bind", one))
        assert volumes.locate(samples) == LocatedRoots(online=(), moved=(moved,))
    assert volumes.locate(samples) == LocatedRoots(online=(), moved=())


@pytest.mark.parametrize("is_added", [False, True])
def test_photos_are_unchanged_after_their_drive_returns_elsewhere(tmp_path: Path, is_added: bool) -> None:
    drive = MovableDrive(tmp_path)
    with closing(Database(tmp_path / "catalog.sqlite")) as database:
        catalog = Catalog(database)
        root = catalog.add_root(drive.root.path)
        files = [replace(photo, path=root.path / photo.path) for photo in sample_of(root.path)]
        catalog.save(root, [(file, details(1)) for file in files], {details(1).content: vector(1)}, MODEL)
        drive.unplug()
        drive.plug_in(drive.two)

        samples = catalog.samples(catalog.roots())
        if is_added:
            found = drive.drives.recognise(drive.two / "my photos", samples)
            assert found
            add_returned(catalog, found, online=[])
        else:
            relocate_roots(catalog, drive.drives.locate(samples).moved)

        (moved,) = catalog.roots()
        assert moved.uuid == root.uuid
        known = catalog.known(moved, MODEL)
        on_disk = [replace(photo, path=moved.path / photo.path) for photo in sample_of(drive.two / "my photos")]
        assert {photo.file for photo in known.values()} == set(on_disk)
