"""Tool tips that show a text literally, even if a name in it looks like HTML."""

from __future__ import annotations

from html import escape


def tip(text: str) -> str:
    """Return a text to pass to `setToolTip`, escaped if Qt could take it for HTML."""
    if "<" not in text and "&" not in text:
        return text
    return f"<span>{escape(text)}</span>".replace("\n", "<br>")
