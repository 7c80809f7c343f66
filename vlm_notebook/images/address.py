"""Which network addresses a download may connect to."""

from __future__ import annotations

import socket
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Any, Literal

from vlm_notebook.errors import SourceError

Address = IPv4Address | IPv6Address
Reach = Literal["public", "loopback", "private", "metadata", "special"]
"""How far an address reaches; "special" is whatever no picture is served from."""

METADATA = frozenset(
    ip_address(text)
    for text in (
        "169.254.169.254",  # AWS, Azure, Google Cloud, OpenStack and most others
        "169.254.170.2",  # AWS container credentials
        "100.100.100.200",  # Alibaba Cloud
        "168.63.129.16",  # Azure's host agent, in a public range
        "fd00:ec2::254",  # AWS over IPv6
    )
)
"""Services that hand a cloud machine's credentials to whoever asks from it."""

_PRIVATE = tuple(
    IPv4Network(text) for text in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10")
)
"""RFC 1918, and RFC 6598 for networks behind a carrier's or a VPN's translation."""

_UNIQUE_LOCAL = IPv6Network("fc00::/7")
_GLOBAL_UNICAST = IPv6Network("2000::/3")
_DOCUMENTATION = IPv6Network("3fff::/20")
"""RFC 9637; the address tables of Python 3.11 are older."""

_LOW_32_BITS = (
    IPv6Network("::ffff:0:0/96"),  # IPv4-mapped
    IPv6Network("::/96"),  # IPv4-compatible, long deprecated
    IPv6Network("64:ff9b::/96"),  # NAT64, RFC 6052
)
_LOCAL_NAT64 = IPv6Network("64:ff9b:1::/48")
"""RFC 8215: where the IPv4 address stands is the network's own affair, so none is let through."""

_REASONS = {
    "loopback": "is this machine itself (loopback)",
    "private": "is on a private network",
    "metadata": "is a cloud metadata service",
    "special": "is not on the public internet",
}


def reach(address: Address) -> Reach:
    """Say how far an address reaches, looking through IPv6 forms that carry an IPv4 address.

    The ranges are those of the IANA special-purpose address registries.

    >>> reach(ip_address("93.184.216.34")), reach(ip_address("64:ff9b::127.0.0.1"))
    ('public', 'loopback')
    """
    if address in METADATA:
        return "metadata"
    if address.is_loopback or address.is_unspecified:
        return "loopback"
    if isinstance(address, IPv4Address):
        return _reach_v4(address)
    inner = _embedded(address)
    return _reach_v6(address) if inner is None else reach(inner)


def allowed(address: Address, *, allow_private: bool) -> bool:
    """Say whether a download may connect there.

    Args:
        address: as it will be connected to.
        allow_private: also this machine and private networks; metadata services never.

    >>> allowed(ip_address("127.0.0.1"), allow_private=False)
    False
    """
    private = ("loopback", "private") if allow_private else ()
    return reach(address) in ("public", *private)


def resolve(host: str, port: int, *, timeout_s: float) -> list[Address]:
    """Look a name up once and return all its addresses, in the system's order.

    Args:
        host: a name, or an address as `location.parse` writes it, which is not looked up.
        port: TCP port.
        timeout_s: longest wait in seconds.

    Raises:
        TimeoutError: no answer in time.
        OSError: there is no such name.
        UnicodeError: the name is none that can be looked up.
    """
    try:
        return [ip_address(host)]
    except ValueError:
        found = _look_up(host, port, timeout_s)
    return list(dict.fromkeys(ip_address(entry[4][0]) for entry in found))


def check(host: str, addresses: list[Address], *, allow_private: bool) -> None:
    """Refuse a host unless every one of its addresses is allowed.

    Raises:
        SourceError: one is not; the message says which and why.
    """
    for address in addresses:
        if not allowed(address, allow_private=allow_private):
            named = host if host == str(address) else f"{host} leads to {address}, which"
            raise SourceError(
                f"{named} {_REASONS[reach(address)]}, so nothing is downloaded from it: "
                "save the picture and give its path"
            )


def _reach_v4(address: IPv4Address) -> Reach:
    if any(address in network for network in _PRIVATE):
        return "private"
    odd = address.is_multicast or address.is_reserved or not address.is_global
    return "special" if odd else "public"


def _reach_v6(address: IPv6Address) -> Reach:
    if address in _UNIQUE_LOCAL:
        return "private"
    public = address in _GLOBAL_UNICAST and address.is_global and address not in _DOCUMENTATION
    return "public" if public else "special"


def _embedded(address: IPv6Address) -> IPv4Address | None:
    """Return the IPv4 address that packets to this one end up at, if there is one."""
    if any(address in network for network in _LOW_32_BITS):
        return IPv4Address(int(address) & 0xFFFFFFFF)
    if address.teredo is not None:
        return _nearest(*address.teredo)
    return address.sixtofour


def _nearest(server: IPv4Address, client: IPv4Address) -> IPv4Address:
    """Of a Teredo tunnel's two ends, return the one that is refused, if one is."""
    return server if reach(server) != "public" else client


def _look_up(host: str, port: int, timeout_s: float) -> list[tuple[Any, ...]]:
    """Ask the system in a thread of its own, since it takes no time limit."""
    answers: SimpleQueue[list[tuple[Any, ...]] | Exception] = SimpleQueue()

    def ask() -> None:
        try:
            answers.put(list(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)))
        except Exception as error:  # noqa: BLE001 - it is raised again in the waiting thread
            answers.put(error)

    Thread(target=ask, name="vlm-look-up", daemon=True).start()
    try:
        answer = answers.get(timeout=timeout_s)
    except Empty:
        raise TimeoutError from None
    if isinstance(answer, Exception):
        raise answer
    return answer
