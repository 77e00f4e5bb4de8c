"""Tool tips that show a text as it is, whatever a file or a computer is called."""

from __future__ import annotations

from html import escape


def tip(text: str) -> str:
    """Return a text to set as a tool tip; Qt would read one with a `<` in it as a page of its own."""
    if "<" not in text and "&" not in text:
        return text
    return f"<span>{escape(text)}</span>".replace("\n", "<br>")
