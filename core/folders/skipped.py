"""Names under which systems, NAS devices and photo programs keep deleted files, copies and previews of photos."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

SYSTEM_FOLDERS = frozenset(
    {
        *("$recycle.bin", "recycler", "system volume information"),  # Windows
        *("lost+found", "network trash folder", "temporary items"),  # Linux, macOS
        *("@eadir", "@tmp", "#recycle", "#snapshot"),  # Synology
        *("@recycle", "@recently-snapshot"),  # QNAP
        "~snapshot",  # NetApp
    }
)
"""Folders that operating systems and NAS devices create on a drive, in lower case."""

_DISCARDED_FILES = (".trashed-", ".pending-")
"""Android renames photos in the recycle bin, and those that are not completely written, to these and the old name."""

_PREVIEW_FOLDERS = (".lrdata",)
"""Suffixes of folders that have only previews: of Lightroom."""

_PREVIEW_SUBFOLDERS = {
    ".photoslibrary": {"database", "internal", "private", "resources", "scopes"},  # Photos on macOS, beside "originals"
    ".photolibrary": {"data", "data.noindex", "previews", "thumbnails"},  # iPhoto
    ".aplibrary": {"previews", "thumbnails"},  # Aperture
    ".cocatalog": {"cache"},  # Capture One, which keeps the same beside photos in CaptureOne/Cache
    "captureone": {"cache"},
}
"""Folders with previews, by the suffix of the name of the folder around them."""


def is_skipped_folder(name: str, parent: str = "") -> bool:
    """Return whether scans skip a folder with this name: it is hidden, or has no photos that people put there.

    `parent` is the name of the folder around it.
    """
    lower = name.lower()
    if lower.startswith(".") or lower in SYSTEM_FOLDERS or lower.endswith(_PREVIEW_FOLDERS):
        return True
    return any(parent.lower().endswith(suffix) and lower in names for suffix, names in _PREVIEW_SUBFOLDERS.items())


def is_in_skipped_folder(parts: Sequence[str]) -> bool:
    """Return whether scans skip a folder, given the parts of its path relative to the root."""
    return any(is_skipped_folder(part, parent) for part, parent in zip(parts, ("", *parts), strict=False))


def is_discarded_file(name: str) -> bool:
    """Return whether a file was deleted by its owner or is still being written."""
    return name.startswith(_DISCARDED_FILES)
