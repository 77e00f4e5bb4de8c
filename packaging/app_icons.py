"""Draws the icon of the program for Windows (.ico), macOS (.icns) or Linux (a folder of icons). Needs Qt and Pillow.

python packaging/app_icons.py TARGET
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage, QPainter
from PySide6.QtSvg import QSvgRenderer

from environment import CHECKOUT

ICON = CHECKOUT / "resources" / "icons" / "semblance.svg"
SIDES = {".ico": (16, 20, 24, 32, 40, 48, 64, 256), ".icns": (32, 64, 128, 256, 512, 1024)}
"""In pixels, for each format."""

THEME_SIDES = (16, 24, 32, 48, 64, 128, 256, 512)
"""The sizes that desktops on Linux look for, in pixels."""


def drawn(side: int) -> Image.Image:
    """Return the icon as a square picture with transparency."""
    image = QImage(side, side, QImage.Format.Format_RGBA8888)
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    QSvgRenderer(str(ICON)).render(painter)
    painter.end()
    return Image.frombytes("RGBA", (side, side), bytes(image.constBits()))


def write(target: Path) -> None:
    """Write the icon in all sizes that the format of `target` has."""
    pictures = [drawn(side) for side in SIDES[target.suffix]]
    pictures[-1].save(target, sizes=[picture.size for picture in pictures], append_images=pictures[:-1])


def write_theme(target: Path) -> None:
    """Write the icon in all sizes to a folder of icon themes, and as it is."""
    for side in THEME_SIDES:
        drawn(side).save(_folder(target, f"{side}x{side}") / "semblance.png")
    shutil.copyfile(ICON, _folder(target, "scalable") / ICON.name)


def _folder(target: Path, size: str) -> Path:
    folder = target / "hicolor" / size / "apps"
    folder.mkdir(parents=True)
    return folder


if __name__ == "__main__":
    target = Path(sys.argv[1])
    (write if target.suffix in SIDES else write_theme)(target)
