"""What the window says about the folders of the library."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication

from desktop.paths import shown
from desktop.texts import messages

if TYPE_CHECKING:
    from core.reports import RootStatus

translate = QCoreApplication.translate


def remove(folder: RootStatus) -> str:
    """Return the question whether a folder is to be removed."""
    return translate("FolderMessages", "Remove {path} from the library?").format(path=shown(folder.root.path))


def what_removing_does(folder: RootStatus) -> str:
    """Return what becomes of a folder that is removed, and what does not."""
    text = translate("FolderMessages", "It has {photos}, which will not be found any more. The files are not touched.")
    return text.format(photos=messages.photos(folder.photos))
