"""Web addresses of pictures, and the computers that they lead to."""

from __future__ import annotations

import re
import socket
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from string import punctuation
from urllib.parse import quote, urljoin, urlsplit

from core.errors import DecodeError

_PORTS = {"http": 80, "https": 443}
_HOST_NAME = re.compile(r"[\w-]+(\.[\w-]+)*", re.ASCII)
_CREDENTIALS = re.compile(r"^(https?://)[^/?#]*@", re.IGNORECASE)
_NAT64 = IPv6Network("64:ff9b::/96")
"""Its last 32 bits are the IPv4 address that a network without IPv4 translates to."""


@dataclass(frozen=True, slots=True)
class WebAddress:
    """An address with the scheme http or https, ready for a request.

    `host` is a name in ASCII or an IP address, `authority` is what the header Host has, `target` is the path and query.
    """

    scheme: str
    host: str
    port: int
    authority: str
    target: str

    @property
    def text(self) -> str:
        """Return the address as text."""
        return f"{self.scheme}://{self.authority}{self.target}"

    def redirected(self, location: str) -> WebAddress:
        """Return the address that a server redirects to with the header Location.

        Raises:
            DecodeError: It is not a web address, or not encrypted although this one is.
        """
        # The bytes of the header, which http.client decodes as ISO 8859-1, may be UTF-8.
        text = _joined(self.text, quote(location, safe=punctuation, encoding="iso-8859-1"))
        if not is_web_address(text):
            raise DecodeError("The server redirects to something that is not a web address.")
        address = parse(text)
        if self.scheme == "https" and address.scheme == "http":
            raise DecodeError("The server redirects to an address without encryption, which could be read by others.")
        return address


def is_web_address(text: str) -> bool:
    """Return whether a text is a web address and not a path."""
    return text.lower().startswith(("http://", "https://"))


def without_credentials(text: str) -> str:
    """Return a web address without the user name and password that it may contain."""
    return _CREDENTIALS.sub(r"\1", text)


def parse(text: str) -> WebAddress:
    """Return a web address from a text that is one.

    Raises:
        DecodeError: It is not valid, or has a user name or password.
    """
    try:
        parts = urlsplit(text)
        default_port = _PORTS[parts.scheme]
        port = parts.port or default_port
        host = _ascii_host(parts.hostname or "")
        target = quote(parts.path or "/", safe=punctuation)
        if parts.query:
            target += "?" + quote(parts.query, safe=punctuation)
    except (KeyError, ValueError) as error:
        raise DecodeError("This is not a valid web address.") from error
    if "@" in parts.netloc:
        raise DecodeError(
            "An address with a user name or password is not opened. Save the picture, and search with the file."
        )
    authority = f"[{host}]" if ":" in host else host
    if port != default_port:
        authority += f":{port}"
    return WebAddress(parts.scheme, host, port, authority, target)


def ip_addresses(host: str) -> list[str]:
    """Return the IP addresses of a host.

    Raises:
        OSError: It has none, or the system cannot find out.
    """
    found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


def is_public(address: str) -> bool:
    """Return whether an IP address belongs to the internet, and not to this computer or a private network."""
    ip: IPv4Address | IPv6Address = ip_address(address)
    if isinstance(ip, IPv6Address):
        ip = ip.ipv4_mapped or ip.sixtofour or (IPv4Address(int(ip) & 0xFFFFFFFF) if ip in _NAT64 else ip)
    return ip.is_global and not ip.is_multicast and not ip.is_reserved


def _ascii_host(host: str) -> str:
    if ":" in host and "%" not in host:
        return str(IPv6Address(host))
    name = host.rstrip(".").encode("idna").decode()
    if not _HOST_NAME.fullmatch(name):
        raise ValueError(f"{host!r} is not a host name")
    return name


def _joined(base: str, location: str) -> str:
    try:
        return urljoin(base, location)
    except ValueError:
        return ""
