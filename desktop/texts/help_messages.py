"""Messages about licences."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

translate = QCoreApplication.translate


def no_licences() -> str:
    """Return where the licences are when the program runs from its source code."""
    return translate(
        "HelpMessages",
        "Only an installed Semblance contains the licences of its libraries. To collect those of this environment, "
        "run packaging/licences.py with the name of a new folder.",
    )
