"""Messages about licences and newer versions."""

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


def newer_version(version: str, current: str) -> str:
    """Return the hint that there is a newer version."""
    text = translate("HelpMessages", "Semblance {version} is available. You have version {current}.")
    return text.format(version=version, current=current)


def up_to_date(version: str) -> str:
    """Return the answer that there is no newer version."""
    return translate("HelpMessages", "There is no newer version than yours, {version}.").format(version=version)


def no_answer(site: str) -> str:
    """Return the error of a check for updates whose server cannot be reached."""
    text = translate(
        "HelpMessages",
        "Semblance cannot check for updates, because {site} does not answer. Check your internet connection, and try "
        "again.",
    )
    return text.format(site=site)


def invalid_answer(site: str) -> str:
    """Return the error of a check for updates whose server gives an answer that is not valid."""
    text = translate(
        "HelpMessages", "Semblance cannot check for updates, because {site} gives no valid answer. Try again later."
    )
    return text.format(site=site)


def no_browser(address: str) -> str:
    """Return what to do if no web browser opens."""
    return translate("HelpMessages", "No web browser could be opened. Open {address} yourself.").format(address=address)
