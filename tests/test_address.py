from __future__ import annotations

import socket
from ipaddress import IPv4Address, IPv6Address, ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vlm_notebook.errors import SourceError
from vlm_notebook.images.address import METADATA, allowed, check, reach, resolve

ANY_V4 = st.ip_addresses(v=4)
PUBLIC = ip_address("93.184.215.14")


def wrapped(address):
    """Every IPv6 form in which a packet for an IPv4 address can travel."""
    low = int(address)
    return {
        "mapped": IPv6Address((0xFFFF << 32) | low),
        "NAT64": IPv6Address((0x64FF9B << 96) | low),
        "6to4": IPv6Address((0x2002 << 112) | (low << 80) | 1),
        "Teredo": IPv6Address((0x20010000 << 96) | (int(PUBLIC) << 64) | (low ^ 0xFFFFFFFF)),
    }


@given(ANY_V4)
def test_an_ipv4_address_reaches_as_far_in_every_ipv6_form(address):
    assert {reach(form) for form in wrapped(address).values()} == {reach(address)}


@given(ANY_V4)
def test_a_public_ipv4_address_is_one_that_python_too_calls_global(address):
    if reach(address) == "public":
        assert address.is_global
        assert not address.is_multicast


@given(st.ip_addresses(v=6))
def test_a_public_ipv6_address_lies_in_global_unicast_space_or_carries_a_public_one(address):
    if reach(address) == "public":
        first = int(address) >> 125
        assert first == 1 or any(
            address == form for form in wrapped(IPv4Address(int(address) & 0xFFFFFFFF)).values()
        )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("8.8.8.8", "public"),
        ("2606:4700::1", "public"),
        ("64:ff9b::8.8.8.8", "public"),
        ("2002:808:808::1", "public"),
        ("127.0.0.1", "loopback"),
        ("127.255.0.3", "loopback"),
        ("0.0.0.0", "loopback"),
        ("::", "loopback"),
        ("::1", "loopback"),
        ("::127.0.0.1", "loopback"),
        ("2001:0:7f00:1:0:0:80ff:fffe", "loopback"),
        ("10.0.0.1", "private"),
        ("172.31.0.1", "private"),
        ("192.168.0.1", "private"),
        ("100.64.0.1", "private"),
        ("fd12::1", "private"),
        ("2001:0:a00:1::f7f7:f7f7", "private"),
        ("169.254.169.254", "metadata"),
        ("64:ff9b::169.254.169.254", "metadata"),
        ("168.63.129.16", "metadata"),
        ("0.1.2.3", "special"),
        ("169.254.1.1", "special"),
        ("192.0.2.1", "special"),
        ("198.18.0.1", "special"),
        ("224.1.1.1", "special"),
        ("240.0.0.1", "special"),
        ("255.255.255.255", "special"),
        ("64:ff9b:1::8.8.8.8", "special"),
        ("2001:db8::1", "special"),
        ("3fff::1", "special"),
        ("5f00::1", "special"),
        ("fe80::1", "special"),
        ("fe80::1%eth0", "special"),
        ("fec0::1", "special"),
        ("ff0e::1", "special"),
    ],
)
def test_an_address_reaches_as_far_as_its_registry_says(text, expected):
    assert reach(ip_address(text)) == expected


def test_private_addresses_are_a_choice_and_metadata_services_are_not():
    for text in ("127.0.0.1", "::1", "10.0.0.1", "fd12::1"):
        assert not allowed(ip_address(text), allow_private=False)
        assert allowed(ip_address(text), allow_private=True)
    for address in (*METADATA, ip_address("fe80::1"), ip_address("224.0.0.1")):
        assert not allowed(address, allow_private=True)


def test_a_refusal_names_the_host_the_address_and_the_reason():
    with pytest.raises(SourceError, match=r"^wiki leads to 10\.0\.0\.1, which is on a private"):
        check("wiki", [PUBLIC, ip_address("10.0.0.1")], allow_private=False)
    with pytest.raises(SourceError, match=r"^::1 is this machine itself"):
        check("::1", [ip_address("::1")], allow_private=False)


def test_an_address_is_not_looked_up_and_a_name_is_looked_up_once(monkeypatch):
    asked = []

    def getaddrinfo(host, port, **_options):
        asked.append((host, port))
        entry = (socket.AF_INET, socket.SOCK_STREAM, 6, "", (str(PUBLIC), port))
        return [entry, entry]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    assert resolve("8.8.8.8", 80, timeout_s=5) == [ip_address("8.8.8.8")]
    assert resolve("pics.example.org", 443, timeout_s=5) == [PUBLIC]
    assert asked == [("pics.example.org", 443)]
