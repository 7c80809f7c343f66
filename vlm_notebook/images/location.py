"""A web address in strict reading: no part of it can mean one thing here and another elsewhere."""

from __future__ import annotations

import re
import socket
from dataclasses import dataclass
from ipaddress import IPv6Address
from urllib.parse import quote, urljoin, urlsplit

from vlm_notebook.errors import SourceError

PORTS = {"http": 80, "https": 443}
"""The schemes that are downloaded, and their default ports."""

MAX_URL_CHARS = 8192
"""Common servers refuse request lines from 8 kB on."""

MAX_HOST_CHARS = 253
"""RFC 1035: 255 bytes with the length bytes at both ends."""

_UNPRIVILEGED_PORT = 1024
"""Below it, apart from 80 and 443, other services listen: mail, remote shells, databases."""

_LAST_PORT = 0xFFFF

_CONFUSING = re.compile(r"[\x00-\x1f\x7f-\x9f\\\u2028\u2029]")
_NETLOC = re.compile(r"(?P<host>\[[0-9A-Fa-f:.]+\]|[^\[\]:@%\s]+)(:(?P<port>\d{0,5}))?")
_NAME = re.compile(r"[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})*")
_NUMBER = re.compile(r"(.*\.)?(\d+|0x[0-9a-f]*)")
_UNQUOTED = "/%:@!$&'()*+,;=~"


@dataclass(frozen=True, slots=True)
class Location:
    """Where to ask, and for what.

    Attributes:
        scheme: "http" or "https".
        host: lower-case ASCII (punycode), a dotted IPv4 address, or an IPv6 address in full.
        port: 80, 443 or at least 1024.
        target: path and query, percent-encoded, beginning with a slash.
    """

    scheme: str
    host: str
    port: int
    target: str

    @property
    def authority(self) -> str:
        """The host, in brackets if IPv6, with the port unless it is the scheme's own."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def url(self) -> str:
        """The whole address, without fragment."""
        return f"{self.scheme}://{self.authority}{self.target}"


def parse(url: str) -> Location:
    """Read an http or https URL.

    Args:
        url: may have white space around it, and spaces or non-ASCII characters in it.

    Raises:
        SourceError: another scheme, a user name, a port of other services, a host that is no
            host, or anything that two programs could read in two ways.

    >>> parse("HTTPS://Pics.Example.org/a b.png#top").url
    'https://pics.example.org/a%20b.png'
    >>> parse("http://0x7f.1:8000").authority
    '127.0.0.1:8000'
    """
    url = url.strip(" \t\r\n")
    if len(url) > MAX_URL_CHARS or _CONFUSING.search(url):
        raise SourceError(
            f"the URL is over {MAX_URL_CHARS:,} characters or has control characters or "
            "backslashes in it: copy it again"
        )
    try:
        parts = urlsplit(url)
        scheme = _web_scheme(parts.scheme)
        host, port = _split_netloc(parts.netloc, PORTS[scheme])
        target = quote(parts.path or "/", _UNQUOTED)
        query = "?" + quote(parts.query, _UNQUOTED + "?") if parts.query else ""
    except ValueError:
        raise _malformed() from None
    return Location(scheme, host, port, target + query)


def follow(base: Location, reference: str | None) -> Location:
    """Read a redirect from `base` to `reference`, an absolute or relative URL.

    Raises:
        SourceError: there is no reference, it is none that `parse` takes, or it leads from https
            down to http.

    >>> follow(parse("http://example.org/a/b.png"), "../c.png").url
    'http://example.org/c.png'
    """
    if not reference:
        raise SourceError(f"{base.authority} redirects to nowhere: use another address")
    try:
        if _CONFUSING.search(reference):
            raise _malformed()
        place = parse(urljoin(base.url, reference))
    except (SourceError, ValueError) as error:
        raise SourceError(f"{base.authority} redirects elsewhere, and {error}") from None
    if (base.scheme, place.scheme) == ("https", "http"):
        raise SourceError(
            f"{base.authority} redirects from https to plain http at {place.authority}: "
            "that is not followed; give the final address"
        )
    return place


def _malformed() -> SourceError:
    return SourceError("the URL is malformed or ambiguous: use one like https://host/picture.png")


def _web_scheme(scheme: str) -> str:
    if scheme in PORTS:
        return scheme
    named = f"{scheme[:20]}: is not downloaded" if scheme else "the address has no scheme"
    raise SourceError(f"{named}: use an http or https URL, or the path of a file")


def _split_netloc(netloc: str, default_port: int) -> tuple[str, int]:
    if "@" in netloc:
        raise SourceError(
            "the URL has a user name or password before the host, which is not sent: remove it"
        )
    found = _NETLOC.fullmatch(netloc)
    if found is None:
        raise _malformed()
    host = _host(found["host"])
    port = int(found["port"] or default_port)
    if port not in PORTS.values() and not _UNPRIVILEGED_PORT <= port <= _LAST_PORT:
        raise SourceError(f"port {port} of {host} is not for web pages: use 80, 443 or 1024 and up")
    return host, port


def _host(written: str) -> str:
    if written.startswith("["):
        return IPv6Address(written[1:-1]).compressed
    name = _ascii_name(written).lower().removesuffix(".")
    if len(name) > MAX_HOST_CHARS:
        raise SourceError(f"the host name has {len(name)} characters: {MAX_HOST_CHARS} are allowed")
    if not _NAME.fullmatch(name):
        raise _malformed()
    return _dotted(name) if _NUMBER.fullmatch(name) else name


def _ascii_name(name: str) -> str:
    """Turn a name into punycode; one that says it is punycode is checked."""
    if name.isascii() and "xn--" not in name.lower():
        return name
    import idna

    try:
        return idna.encode(name, uts46=True).decode()
    except UnicodeError:
        raise SourceError("the host name in the URL is not a valid one: check it") from None


def _dotted(number: str) -> str:
    """Read decimal, octal, hexadecimal and shortened IPv4 addresses as the C library does."""
    try:
        return socket.inet_ntoa(socket.inet_aton(number))
    except OSError:
        raise SourceError(f"{number} is not an IPv4 address: check the URL") from None
