"""Checking whether a folder has the photos of a root."""

from __future__ import annotations

import os
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.folders.drives import SECOND, find_on, fits
from core.types import Root
from tests.helpers.folders.movable_drive import BASE_TIME, MovableDrive, put, sample_of


@pytest.fixture
def drive(tmp_path: Path) -> MovableDrive:
    return MovableDrive(tmp_path)


@pytest.mark.skipif(os.name == "nt", reason="creating links needs a privilege on Windows")
def test_root_is_found_although_another_root_is_a_circular_link(drive: MovableDrive) -> None:
    circle = drive.two.with_name("circle")
    circle.symlink_to(circle)
    drive.unplug()
    drive.plug_in(drive.two)

    found = find_on(drive.two, drive.root, drive.samples[drive.root], [Root("other", circle)])

    assert found == drive.two / "my photos"


@pytest.mark.skipif(os.name == "nt", reason="creating links needs a privilege on Windows")
def test_link_that_disappears_while_it_is_followed_raises_no_error(
    drive: MovableDrive, monkeypatch: pytest.MonkeyPatch
) -> None:
    link = drive.two.with_name("link")
    link.symlink_to(drive.one)

    def fail(path: str) -> str:
        raise FileNotFoundError(path)

    monkeypatch.setattr(os, "readlink", fail)

    assert find_on(link, drive.root, drive.samples[drive.root], []) in (None, link / "my photos")


@given(
    states=st.lists(st.sampled_from(["same", "same", "same", "same", "gone", "resized", "touched"]), max_size=12),
    max_missing=st.integers(0, 3),
)
def test_folder_fits_unless_too_many_photos_are_missing(states: list[str], max_missing: int) -> None:
    with TemporaryDirectory() as holder:
        folder = Path(holder)
        put(folder, [str(number) for number in range(len(states))])
        sample = sample_of(folder)
        for photo, state in zip(sample, states, strict=True):
            file = folder / photo.path
            if state == "gone":
                file.unlink()
            elif state == "resized":
                file.write_bytes(b"x" * (photo.size + 1))
                os.utime(file, ns=(photo.mtime_ns, photo.mtime_ns))
            elif state == "touched":
                os.utime(file, ns=(BASE_TIME, photo.mtime_ns + 60 * SECOND))
        missing = len(states) - states.count("same")

        assert fits(folder, sample, max_missing) == (bool(states) and missing <= max_missing)
