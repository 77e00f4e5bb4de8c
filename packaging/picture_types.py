"""The types of pictures that a desktop offers to open with Semblance. It reads more, but they are rarely photos."""

from __future__ import annotations

PICTURE_TYPES = {
    "image/avif": (".avif", ".avifs"),
    "image/bmp": (".bmp", ".dib"),
    "image/gif": (".gif",),
    "image/heic": (".heic", ".heics"),
    "image/heif": (".heif", ".heifs", ".hif"),
    "image/jp2": (".jp2",),
    "image/jpeg": (".jfif", ".jpe", ".jpeg", ".jpg"),
    "image/jxl": (".jxl",),
    "image/png": (".png",),
    "image/tiff": (".tif", ".tiff"),
    "image/webp": (".webp",),
    "image/x-adobe-dng": (".dng",),
    "image/x-canon-cr2": (".cr2",),
    "image/x-canon-cr3": (".cr3",),
    "image/x-fuji-raf": (".raf",),
    "image/x-nikon-nef": (".nef",),
    "image/x-olympus-orf": (".orf",),
    "image/x-panasonic-rw2": (".rw2",),
    "image/x-sony-arw": (".arw",),
}
"""MIME types with their file name extensions. Linux uses the types, Windows and macOS the extensions."""

EXTENSIONS = tuple(sorted(extension for extensions in PICTURE_TYPES.values() for extension in extensions))
