"""Normalises and validates addresses of Milvus servers."""

from __future__ import annotations

from urllib.parse import urlsplit

from desktop.texts import index_messages


def normalise(text: str) -> str:
    """Return an address as settings store it, so that every spelling of it is the same text."""
    return text.strip().rstrip("/")


def address_error(address: str) -> str:
    """Return a message on what is wrong with an address. It is empty if the address is valid."""
    if not address:
        return index_messages.no_address()
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError:
        return index_messages.bad_address()
    if "@" in parts.netloc:
        return index_messages.secret_in_address()
    rest = parts.path or parts.query or parts.fragment
    if parts.scheme not in {"http", "https"} or not parts.hostname or not port or rest or " " in address:
        return index_messages.bad_address()
    return ""


def without_credentials(address: str) -> str:
    """Return an address without user name and password."""
    scheme, separator, rest = address.partition("://")
    return f"{scheme}{separator}{rest.rpartition('@')[2]}"
