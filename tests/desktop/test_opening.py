from __future__ import annotations

import os
import sys

import pytest
from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices

from desktop.opening import open_url

VARIABLE = "LD_LIBRARY_PATH"


@pytest.mark.parametrize(
    ("is_frozen", "of_the_user", "seen"), [(True, "", None), (True, "/u", "/u"), (False, "", "/p")]
)
def test_other_programs_do_not_load_the_libraries_of_the_frozen_program(
    monkeypatch: pytest.MonkeyPatch, of_the_user: str, seen: str | None, *, is_frozen: bool
) -> None:
    monkeypatch.setattr(sys, "frozen", is_frozen, raising=False)
    monkeypatch.setenv(VARIABLE, "/p")
    monkeypatch.delenv(f"{VARIABLE}_ORIG", raising=False)
    if of_the_user:
        monkeypatch.setenv(f"{VARIABLE}_ORIG", of_the_user)
    paths: list[str | None] = []
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda _: paths.append(os.environ.get(VARIABLE)))
    open_url(QUrl("https://semblance.app/"))
    assert paths == [seen]
    assert os.environ[VARIABLE] == "/p"
