"""Messages about the folders in the library."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication

from desktop.paths import shown
from desktop.texts import messages

if TYPE_CHECKING:
    from core.reports import RootStatus

translate = QCoreApplication.translate


def remove(folder: RootStatus) -> str:
    """Return the question that the window asks before it removes a folder."""
    return translate("FolderMessages", "Remove {path} from the library?").format(path=shown(folder.root.path))


def removal_effect(folder: RootStatus) -> str:
    """Return what removing a folder does, and what it leaves alone."""
    text = translate("FolderMessages", "{photos} will no longer be found. The files stay where they are.")
    return text.format(photos=messages.photos(folder.photos))
