"""Addresses of Milvus servers: what one looks like, and what is wrong with one that is not."""

from __future__ import annotations

from urllib.parse import urlsplit

from desktop.texts import index_messages


def cleaned(text: str) -> str:
    """Return an address as settings keep it, so that the same server has one name only."""
    return text.strip().rstrip("/")


def trouble_with(address: str) -> str:
    """Return what is wrong with an address, in words; nothing where it can be used."""
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


def without_secret(address: str) -> str:
    """Return an address without the user and password that may be in it."""
    scheme, separator, rest = address.partition("://")
    return f"{scheme}{separator}{rest.rpartition('@')[2]}"
