"""The window is light or dark, and its texts are legible in both."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication

from desktop.main_window import MainWindow
from desktop.photos.grid_delegate import SHADE
from desktop.shell.appearance import Theme
from desktop.shell.palettes import palette
from desktop.shell.window_state import WindowState
from desktop.widgets import colours

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pytestqt.qtbot import QtBot

Role = QPalette.ColorRole
FOR_TEXT, FOR_MARKS = 4.5, 3.0
"""The contrasts that level AA of the Web Content Accessibility Guidelines asks for."""


def luminance(colour: QColor) -> float:
    parts = [colour.redF(), colour.greenF(), colour.blueF()]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: QColor, other: QColor) -> float:
    """Return the contrast of two colours, from 1 to 21."""
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


@pytest.fixture(params=[False, True], ids=["light", "dark"])
def colour_palette(request: pytest.FixtureRequest) -> QPalette:
    return palette(dark=request.param)


@pytest.fixture(autouse=True)
def _system_theme_afterwards() -> Iterator[None]:
    yield
    QGuiApplication.styleHints().setColorScheme(Qt.ColorScheme.Unknown)
    QApplication.setPalette(palette(dark=False))


@pytest.mark.parametrize(
    ("text", "ground"),
    [
        (Role.WindowText, Role.Window),
        (Role.Text, Role.Base),
        (Role.Text, Role.AlternateBase),
        (Role.PlaceholderText, Role.Base),
        (Role.ButtonText, Role.Button),
        (Role.HighlightedText, Role.Highlight),
        (Role.ToolTipText, Role.ToolTipBase),
        (Role.Link, Role.Window),
        (Role.LinkVisited, Role.Window),
    ],
)
def test_texts_are_legible(colour_palette: QPalette, text: Role, ground: Role) -> None:
    assert contrast(colour_palette.color(text), colour_palette.color(ground)) >= FOR_TEXT


def test_quiet_texts_and_warnings_are_legible(colour_palette: QPalette) -> None:
    window = colour_palette.color(Role.Window)
    for ground in (window, colours.blank(colour_palette)):
        assert contrast(colours.quiet(colour_palette), ground) >= FOR_TEXT
    assert contrast(colours.warning(colour_palette), window) >= FOR_TEXT


def test_frame_of_the_selected_photo_stands_out(colour_palette: QPalette) -> None:
    assert contrast(colours.accent(colour_palette), colour_palette.color(Role.Window)) >= FOR_MARKS


@pytest.mark.parametrize("photo", ["white", "black", "yellow"])
def test_text_on_a_photo_is_legible(photo: str) -> None:
    ground = colours.mix(QColor(photo), QColor(SHADE.rgb()), SHADE.alphaF())
    assert contrast(QColor("white"), ground) >= FOR_TEXT


@pytest.mark.parametrize("theme", [Theme.LIGHT, Theme.DARK])
def test_chosen_theme_is_used_at_once_and_after_a_restart(qtbot: QtBot, tmp_path: Path, theme: Theme) -> None:
    wanted = palette(dark=theme is Theme.DARK).color(Role.Window)
    first = MainWindow(WindowState(tmp_path))
    qtbot.addWidget(first)
    first.show()
    first.appearance.choose(theme)
    qtbot.waitUntil(lambda: first.palette().color(Role.Window) == wanted)
    first.close()
    QApplication.setPalette(palette(dark=theme is not Theme.DARK))

    second = MainWindow(WindowState(tmp_path))
    qtbot.addWidget(second)
    second.show()

    qtbot.waitUntil(lambda: second.palette().color(Role.Window) == wanted)
    (checked,) = [action for action in second.appearance.menu.actions() if action.isChecked()]
    assert checked.text().replace("&", "").lower() == theme


def test_window_follows_the_system_unless_the_user_has_chosen(qtbot: QtBot, tmp_path: Path) -> None:
    window = MainWindow(WindowState(tmp_path))
    qtbot.addWidget(window)
    window.show()
    dark = palette(dark=True).color(Role.Window)
    changed = QGuiApplication.styleHints().colorSchemeChanged
    changed.emit(Qt.ColorScheme.Dark)
    qtbot.waitUntil(lambda: window.palette().color(Role.Window) == dark)

    window.appearance.choose(Theme.LIGHT)
    changed.emit(Qt.ColorScheme.Dark)
    qtbot.waitUntil(lambda: window.palette().color(Role.Window) != dark)


def test_unknown_theme_of_a_newer_version_is_the_systems(qtbot: QtBot, tmp_path: Path) -> None:
    state = WindowState(tmp_path)
    state.theme = "sepia"
    window = MainWindow(state)
    qtbot.addWidget(window)
    window.show()

    assert [action.isChecked() for action in window.appearance.menu.actions()] == [True, False, False]
