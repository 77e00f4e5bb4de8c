"""The types of picture files by the names that people know."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection

GROUPS = {
    "JPEG": frozenset({".jpg", ".jpeg", ".jpe", ".jfif", ".jif"}),
    "HEIC": frozenset({".heic", ".heif", ".hif"}),
    "PNG": frozenset({".png", ".apng"}),
    "WebP": frozenset({".webp"}),
    "AVIF": frozenset({".avif", ".avifs"}),
    "GIF": frozenset({".gif"}),
    "TIFF": frozenset({".tif", ".tiff"}),
    "RAW": frozenset(
        {".3fr", ".arw", ".cr2", ".cr3", ".crw", ".dcr", ".dng", ".erf", ".fff", ".gpr", ".iiq", ".kdc", ".mef", ".mos"}
    )
    | {".mrw", ".nef", ".nrw", ".orf", ".ori", ".pef", ".raf", ".rw2", ".rwl", ".sr2", ".srw", ".x3f"},
}


def file_types(extensions: Collection[str]) -> dict[str, frozenset[str]]:
    """Return the groups that have some of these extensions, each with those it has."""
    readable = frozenset(extensions)
    return {name: group & readable for name, group in GROUPS.items() if group & readable}


def type_name(extensions: frozenset[str]) -> str:
    """Return the name of the group with these extensions, or a list of them."""
    return next(
        (name for name, group in GROUPS.items() if extensions and extensions <= group), ", ".join(sorted(extensions))
    )
