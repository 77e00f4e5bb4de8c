"""The colours of the window, in light and in dark."""

from __future__ import annotations

from PySide6.QtGui import QColor, QPalette

Role = QPalette.ColorRole
Roles = dict[QPalette.ColorRole, str]

LIGHT: Roles = {
    Role.Window: "#f6f7f8",
    Role.WindowText: "#1f2328",
    Role.Base: "#ffffff",
    Role.AlternateBase: "#f0f2f4",
    Role.Text: "#1f2328",
    Role.PlaceholderText: "#5b636d",
    Role.Button: "#eceef0",
    Role.ButtonText: "#1f2328",
    Role.BrightText: "#ffffff",
    Role.ToolTipBase: "#1f2328",
    Role.ToolTipText: "#ffffff",
    Role.Highlight: "#1f6f8b",
    Role.HighlightedText: "#ffffff",
    Role.Accent: "#1f6f8b",
    Role.Link: "#1f6f8b",
    Role.LinkVisited: "#5b5a8c",
    Role.Light: "#ffffff",
    Role.Midlight: "#f2f4f6",
    Role.Mid: "#c3c8ce",
    Role.Dark: "#9aa1a9",
    Role.Shadow: "#6b7279",
}
DARK: Roles = {
    Role.Window: "#1b1d20",
    Role.WindowText: "#e6e8eb",
    Role.Base: "#24272b",
    Role.AlternateBase: "#2a2d32",
    Role.Text: "#e6e8eb",
    Role.PlaceholderText: "#9aa1ab",
    Role.Button: "#30343a",
    Role.ButtonText: "#e6e8eb",
    Role.BrightText: "#ffffff",
    Role.ToolTipBase: "#e6e8eb",
    Role.ToolTipText: "#1b1d20",
    Role.Highlight: "#6cc0d8",
    Role.HighlightedText: "#0b1d23",
    Role.Accent: "#6cc0d8",
    Role.Link: "#6cc0d8",
    Role.LinkVisited: "#b3a9e6",
    Role.Light: "#474c54",
    Role.Midlight: "#3a3f46",
    Role.Mid: "#14161a",
    Role.Dark: "#101215",
    Role.Shadow: "#08090a",
}
DISABLED_TEXT = {True: "#6d747d", False: "#8d949c"}
"""The colour of texts that are not available, in dark and in light."""


def palette(*, dark: bool) -> QPalette:
    """Return the palette of the light or the dark window."""
    made = QPalette()
    for role, colour in (DARK if dark else LIGHT).items():
        made.setColor(role, QColor(colour))
    for role in (Role.WindowText, Role.Text, Role.ButtonText):
        made.setColor(QPalette.ColorGroup.Disabled, role, QColor(DISABLED_TEXT[dark]))
    return made
