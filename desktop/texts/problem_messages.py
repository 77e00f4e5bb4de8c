"""Messages about what could not be read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication

from desktop.paths import shown
from desktop.texts.messages import SEPARATOR, folders_offline, photos

if TYPE_CHECKING:
    from core.reports import RootStatus

translate = QCoreApplication.translate


def heading(failures: int, away: int) -> str:
    """Return how many photos have a problem, and how many folders are offline."""
    parts = []
    if failures == 1:
        parts.append(translate("ProblemMessages", "1 photo with a problem"))
    elif failures:
        parts.append(translate("ProblemMessages", "%Ln photos with a problem", "", failures))
    if away:
        parts.append(folders_offline(away))
    return SEPARATOR.join(parts)


def reason(text: str, count: int) -> str:
    """Return a reason with the number of photos that it is true of."""
    return translate("ProblemMessages", "{reason} ({photos})").format(reason=text, photos=photos(count))


def away(root: RootStatus) -> str:
    """Return one line on a folder that is offline."""
    text = translate("ProblemMessages", "{folder}: The folder is not available. It has {photos}.")
    return text.format(folder=shown(root.root.path), photos=photos(root.photos))
