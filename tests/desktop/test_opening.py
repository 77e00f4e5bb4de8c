from __future__ import annotations

import os
import sys

import pytest
from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices

from desktop.opening import open_url

OURS = {"LD_LIBRARY_PATH": "/p", "QT_PLUGIN_PATH": "/p/plugins", "QML2_IMPORT_PATH": "/p/qml"}
KEPT = "LD_LIBRARY_PATH_ORIG"


def current_paths() -> dict[str, str]:
    """Return the variables with paths that are set now."""
    return {name: os.environ[name] for name in OURS if name in os.environ}


@pytest.mark.parametrize(
    ("is_frozen", "of_the_user", "seen"),
    [(True, "", {}), (True, "/u", {"LD_LIBRARY_PATH": "/u"}), (False, "", OURS)],
)
def test_other_programs_load_neither_libraries_nor_qt_plugins_of_the_frozen_program(
    monkeypatch: pytest.MonkeyPatch, of_the_user: str, seen: dict[str, str], *, is_frozen: bool
) -> None:
    monkeypatch.setattr(sys, "frozen", is_frozen, raising=False)
    for name, path in OURS.items():
        monkeypatch.setenv(name, path)
    monkeypatch.delenv(KEPT, raising=False)
    if of_the_user:
        monkeypatch.setenv(KEPT, of_the_user)
    environments: list[dict[str, str]] = []
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda _: environments.append(current_paths()))
    open_url(QUrl("https://semblance.app/"))
    assert environments == [seen]
    assert current_paths() == OURS


def test_on_windows_other_programs_load_no_qt_plugins_of_the_frozen_program(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    monkeypatch.delenv("LD_LIBRARY_PATH", raising=False)
    monkeypatch.setenv("QT_PLUGIN_PATH", "/p/plugins")
    has_plugin_path: list[bool] = []
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda _: has_plugin_path.append("QT_PLUGIN_PATH" in os.environ))
    open_url(QUrl("https://semblance.app/"))
    assert has_plugin_path == [False]
