"""One HTTP request over one connection to an address that has been checked."""

from __future__ import annotations

import io
import socket
import time
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterator
    from http.client import HTTPResponse

    from vlm_notebook.images.address import Address
    from vlm_notebook.images.location import Location

PROJECT_URL = "https://github.com/vlm-notebook/vlm-notebook"


@dataclass(frozen=True, slots=True)
class Deadline:
    """A moment on the monotonic clock that ends whatever is still going on.

    Attributes:
        at_s: the moment, in seconds.
    """

    at_s: float

    @classmethod
    def after(cls, timeout_s: float) -> Deadline:
        """Return the moment in `timeout_s` seconds from now."""
        return cls(time.monotonic() + timeout_s)

    def left_s(self) -> float:
        """Return the seconds left.

        Raises:
            TimeoutError: none are.
        """
        left = self.at_s - time.monotonic()
        if left <= 0:
            raise TimeoutError
        return left


class _Timed(io.RawIOBase):
    """A socket's receiving side; each read waits no longer than the deadline as a whole allows.

    A timeout on the socket alone would begin again with every byte that drips in.
    """

    def __init__(self, sock: socket.socket, deadline: Deadline) -> None:
        self._sock = sock
        self._deadline = deadline

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override] # narrower
        self._sock.settimeout(self._deadline.left_s())
        return self._sock.recv_into(buffer)

    def makefile(self, _mode: str) -> io.BufferedReader:
        """Be what `http.client` takes for a socket."""
        return io.BufferedReader(self)


@contextmanager
def get(place: Location, addresses: list[Address], deadline: Deadline) -> Iterator[HTTPResponse]:
    """Ask for `place` at the first of `addresses` that answers, and hand out the open response.

    The name is not looked up again: it stands in the Host header and is what the certificate
    must be valid for. No proxy, cookie, credential or referrer is used; nothing is followed.

    Args:
        place: what to ask for.
        addresses: where, tried in this order; at least one.
        deadline: ends connecting, the handshake, and every later read of the response.

    Raises:
        TimeoutError: the deadline passed.
        OSError: no connection, or no valid certificate.
        http.client.HTTPException: what came back is not HTTP.
    """
    from http.client import HTTPResponse

    with _connect(place, addresses, deadline) as sock:
        sock.settimeout(deadline.left_s())
        sock.sendall(_request(place))
        response = HTTPResponse(_Timed(sock, deadline), method="GET")  # type: ignore[arg-type] # only makefile is used
        try:
            response.begin()
            yield response
        finally:
            response.close()


def _connect(place: Location, addresses: list[Address], deadline: Deadline) -> socket.socket:
    """Try the addresses in turn, each for its fair share of the time that is left."""
    for position, address in enumerate(addresses[:-1]):
        try:
            return _open(place, address, deadline, shares=len(addresses) - position)
        except OSError:
            deadline.left_s()
    return _open(place, addresses[-1], deadline)


def _open(
    place: Location, address: Address, deadline: Deadline, *, shares: int = 1
) -> socket.socket:
    """Connect to a checked address; with https, verify that it holds the name's certificate."""
    family = socket.AF_INET if address.version == 4 else socket.AF_INET6  # noqa: PLR2004 - IPv4
    sock = socket.socket(family, socket.SOCK_STREAM)
    try:
        sock.settimeout(deadline.left_s() / shares)
        sock.connect((str(address), place.port))
        if place.scheme == "https":
            return _tls_context().wrap_socket(sock, server_hostname=place.host)
    except BaseException:
        sock.close()
        raise
    return sock


@cache
def _tls_context() -> ssl.SSLContext:
    """The trust that the openai client uses too: the system's, or `SSL_CERT_FILE`."""
    from httpx2 import create_ssl_context

    return create_ssl_context()


def _request(place: Location) -> bytes:
    lines = (
        f"GET {place.target} HTTP/1.1",
        f"Host: {place.authority}",
        f"User-Agent: {user_agent()}",
        "Accept: image/*,*/*;q=0.5",
        "Accept-Encoding: identity",
        "Connection: close",
    )
    return "\r\n".join((*lines, "", "")).encode("ascii")


def user_agent() -> str:
    """Return who asks, with a page to complain to; Wikimedia and others refuse less.

    >>> user_agent().startswith("vlm-notebook/")
    True
    """
    from importlib.metadata import PackageNotFoundError, version

    try:
        number = version("vlm-notebook")
    except PackageNotFoundError:
        number = "0"
    return f"vlm-notebook/{number} (+{PROJECT_URL})"
