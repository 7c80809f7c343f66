"""Which addresses a download connects to, and which it refuses."""

from __future__ import annotations

import pytest
from loopback import PUBLIC, SITE, Server, reply
from picture_site import HOSTILE, PAGE, PNG, URL, refused

from vlm_notebook.errors import SourceError
from vlm_notebook.images.fetch import fetch

INSIDE = {
    "localhost": "127.0.0.1",
    "localtest.me": "127.0.0.1",
    "ip6-localhost": "::1",
    "metadata.google.internal": "169.254.169.254",
    "intranet": "10.0.0.5",
    "kubernetes.default.svc": "10.96.0.1",
    "host.docker.internal": "192.168.65.2",
}
REASONS = {
    "scheme": "http or https|control characters",
    "loopback": "this machine",
    "cloud metadata": "metadata service",
    "private or special range": "private network|not on the public internet",
    "parser confusion": "malformed|user name|backslashes|port|control",
    "header injection": "control characters",
    "odd host": "characters: 253|not a valid",
}


def hostile(expect):
    rows = [row for row in HOSTILE["urls"] if row["expect"] == expect]
    return pytest.mark.parametrize("row", rows, ids=[ascii(row["url"])[:60] for row in rows])


@hostile("reject")
def test_a_hostile_url_is_refused_for_its_reason_before_anything_is_connected(net, serve, row):
    canary = serve(reply(PNG))
    net.names |= {name: [[address]] for name, address in INSIDE.items()}
    net.names["example.com"] = [[PUBLIC]]
    with pytest.raises(SourceError, match=REASONS[row["kind"]]):
        fetch(row["url"])
    assert canary.connections == 0
    assert net.connects == []


@hostile("accept")
def test_a_name_in_letters_of_another_alphabet_is_shown_in_punycode(net, serve, row):
    serve(reply(PAGE))
    net.names["xn--l-7sba6dbr.com"] = [[PUBLIC]]
    assert "xn--l-7sba6dbr.com" in refused(row["url"])
    assert net.lookups == ["xn--l-7sba6dbr.com"]


@pytest.mark.parametrize("address", ["::ffff:10.0.0.1", "fec0::1", "224.1.1.1", "168.63.129.16"])
def test_an_address_that_is_not_public_is_refused_in_whatever_form(net, address):
    net.names[SITE] = [[address]]
    assert f"{SITE} leads to" in refused()
    assert net.connects == []


@pytest.mark.parametrize(
    "address", ["169.254.169.254", "168.63.129.16", "fd00:ec2::254", "::ffff:169.254.169.254"]
)
def test_a_metadata_service_is_refused_even_where_private_addresses_are_allowed(net, address):
    net.names[SITE] = [[address]]
    assert "metadata" in refused(allow_private=True)
    assert net.connects == []


def test_one_bad_address_among_good_ones_refuses_the_host(net, serve):
    canary = serve(reply(PNG))
    net.names[SITE] = [[PUBLIC, "192.168.1.1"]]
    assert "192.168.1.1" in refused()
    assert canary.connections == 0


def test_the_connection_goes_to_the_address_that_was_checked(net, serve):
    serve(reply(PNG))
    net.names[SITE] = [[PUBLIC], ["127.0.0.1"]]
    assert fetch(URL).data == PNG
    assert net.lookups == [SITE]
    assert net.connects == [PUBLIC]


def test_the_next_address_is_tried_when_one_does_not_answer(net, serve):
    server = serve(reply(PNG))
    net.names[SITE] = [["93.184.215.15", PUBLIC]]
    net.routes["93.184.215.15"] = closed_port()
    assert fetch(URL).data == PNG
    assert net.connects == ["93.184.215.15", PUBLIC]
    assert server.connections == 1


def closed_port():
    server = Server(lambda _path: b"")
    server.close()
    return server.port


def test_a_name_that_does_not_exist_and_a_closed_port_are_told_apart(net):
    assert "there is no host nowhere.example" in refused("http://nowhere.example/a.png")
    net.routes[PUBLIC] = closed_port()
    assert "cannot be reached (Connection refused)" in refused()
