from __future__ import annotations

from pathlib import Path, PurePosixPath, PureWindowsPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.folders.drives import FAT_SHIFT, SECOND, candidates, find_mounts, is_drive, may_be_same_time

PARTS = st.lists(st.sampled_from(["media", "photos", "2020", "DCIM"]), max_size=4)
TIMES = st.integers(0, 2 * 10**18)
MAY = 1_588_000_000 * SECOND


@given(drive=PARTS, tail=PARTS, letters=st.tuples(*[st.sampled_from("CEX")] * 2))
def test_candidates_include_the_folder_under_a_new_drive_letter(
    drive: list[str], tail: list[str], letters: tuple[str, str]
) -> None:
    """Either mount point may be a folder instead of a drive letter."""
    old, new = (PureWindowsPath(f"{letter}:\\") for letter in letters)

    assert new.joinpath(*tail) in candidates(old.joinpath(*drive, *tail), new)
    assert new.joinpath(*drive, *tail) in candidates(old.joinpath(*tail), new.joinpath(*drive))


@given(old=PARTS, new=PARTS, tail=PARTS)
def test_candidates_include_the_folder_at_a_new_mount_point(old: list[str], new: list[str], tail: list[str]) -> None:
    mount = PurePosixPath("/", *new)
    found = list(candidates(PurePosixPath("/", *old, *tail), mount))

    assert mount.joinpath(*tail) in found
    assert all(path.is_relative_to(mount) for path in found)
    assert [len(path.parts) for path in found] == sorted({len(path.parts) for path in found}, reverse=True)


def test_candidates_include_the_folder_of_a_network_share_under_a_drive_letter() -> None:
    share = PureWindowsPath(r"\\nas\photos\2020")

    assert list(candidates(share, PureWindowsPath("Z:\\"))) == [PureWindowsPath(r"Z:\2020"), PureWindowsPath("Z:\\")]


@given(time=TIMES, quarters=st.integers(-26 * 4, 26 * 4))
def test_time_read_from_fat_in_another_time_zone_may_be_the_same(time: int, quarters: int) -> None:
    on_fat = time // (2 * SECOND) * 2 * SECOND + quarters * 15 * 60 * SECOND

    assert may_be_same_time(on_fat, time)
    assert may_be_same_time(time, on_fat)


@given(time=TIMES, quarters=st.integers(-26 * 4, 26 * 4), off=st.integers(3, 15 * 60 - 3))
def test_time_of_another_change_is_not_the_same(time: int, quarters: int, off: int) -> None:
    assert not may_be_same_time(time + (quarters * 15 * 60 + off) * SECOND, time)


@pytest.mark.parametrize("days", [2, 365])
def test_time_of_another_day_is_not_the_same(days: int) -> None:
    assert not may_be_same_time(MAY + days * 24 * 3600 * SECOND, MAY)
    assert may_be_same_time(MAY + FAT_SHIFT, MAY)


@pytest.mark.parametrize(
    ("mount", "kind", "expected"),
    [
        ("/", "ext4", True),
        ("/home", "btrfs", True),
        ("/media/me/DISK", "exfat", True),
        ("/run/media/me/DISK", "fuseblk", True),
        ("/mnt/nas", "nfs4", True),
        ("/mnt/nas", "fuse.sshfs", True),
        ("/Volumes/DISK", "msdos", True),
        ("/Volumes/share", "smbfs", True),
        ("/proc", "proc", False),
        ("/proc/sys/fs/binfmt_misc", "autofs", False),
        ("/sys/fs/cgroup", "cgroup2", False),
        ("/dev/shm", "tmpfs", False),
        ("/run/user/1000/doc", "fuse.portal", False),
        ("/boot/efi", "vfat", False),
        ("/snap/core22/1", "squashfs", False),
        ("/var/lib/snapd/snap/core22/1", "squashfs", False),
        ("/var/lib/docker/overlay2/1/merged", "overlay", False),
        ("/System/Volumes/Data", "apfs", False),
        ("/net", "autofs", False),
    ],
)
def test_system_mounts_are_distinguished_from_drives(mount: str, kind: str, expected: bool) -> None:
    assert is_drive(PurePosixPath(mount), kind) is expected


def test_every_windows_drive_letter_is_a_drive() -> None:
    assert is_drive(PureWindowsPath("E:\\"), "exFAT")
    assert is_drive(PureWindowsPath("Z:\\"), "")


def test_find_mounts_finds_the_drives_of_this_computer() -> None:
    assert any(Path(__file__).is_relative_to(mount) for mount in find_mounts())
