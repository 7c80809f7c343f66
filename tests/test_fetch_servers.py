"""Servers that send too much, too slowly, damaged things or nothing."""

from __future__ import annotations

import gzip
import tracemalloc
from itertools import repeat
from threading import Event

import pytest
from loopback import PUBLIC, SITE, redirect, reply
from picture_site import HOSTILE, PAGE, PNG, URL, chain, refused

from vlm_notebook.images.fetch import fetch

SVG = b"<svg xmlns='http://www.w3.org/2000/svg'/>"


def redirecting(to, **options):
    return lambda _path: redirect(to, **options)


def cookie_wall(path):
    return redirect("/a.png", "Set-Cookie: seen=1; Path=/")


def endless(_path):
    yield b"HTTP/1.1 200 OK\r\n\r\n"
    yield from repeat(PNG * 4)


def dripping(body):
    def answer(_path):
        never = Event()
        for byte in body:
            yield bytes([byte])
            never.wait(0.05)

    return answer


BEHAVIOURS = {
    "srv00": (redirecting("http://127.0.0.1:{canary}/a.png"), "this machine"),
    "srv01": (redirecting("file:///etc/passwd"), "http or https"),
    "srv02": (redirecting("data:image/png;base64,iVBORw0KGgo="), "http or https"),
    "srv04": (redirecting("/a.png"), "more than 5 redirects"),
    "srv05": (chain, "more than 5 redirects"),
    "srv06": (lambda _: reply(b"", status="302 Found"), "redirects to nowhere"),
    "srv07": (
        redirecting("http://169.254.169.254/latest/", status="307 Temporary Redirect"),
        "metadata service",
    ),
    "srv10": (redirecting("/again.png"), "this machine"),
    "srv11": (lambda _: reply(PNG), "this machine"),
    "srv12": (lambda _: reply(PAGE, "Content-Type: text/html"), "is a web page, not a picture"),
    "srv14": (endless, "1.0 MB are allowed"),
    "srv15": (
        lambda _: b"HTTP/1.1 200 OK\r\nContent-Length: 10000000000\r\n\r\n" + PNG,
        "10,000.0 MB where 1.0 MB",
    ),
    "srv16": (dripping(reply(PNG[:60])), "longer than 0.5 s"),
    "srv17": (
        lambda _: reply(gzip.compress(PNG + bytes(4_000_000)), "Content-Encoding: gzip"),
        "1.0 MB are allowed",
    ),
    "srv18": (lambda _: reply(PNG, "Content-Encoding: gzip"), "damaged gzip"),
    "srv19": (lambda _: reply(PNG, status="206 Partial Content"), "status 206"),
    "srv20": (lambda _: b"HTTP/1.1 304 Not Modified\r\n\r\n", "status 304"),
    "srv21": (lambda _: reply(b""), "sent nothing"),
    "srv24": (lambda _: reply(b"slow down", status="429 Too Many Requests"), "wait and try again"),
    "srv26": (cookie_wall, "more than 5 redirects"),
    "srv27": (lambda _: reply(SVG, "Content-Type: image/png"), "is an SVG drawing"),
}
ANSWERS = {
    "srv10": [[PUBLIC], ["127.0.0.1"]],
    "srv11": [[PUBLIC, "127.0.0.1"]],
}
OVER_TLS = {"srv09"}


@pytest.mark.parametrize("name", BEHAVIOURS)
def test_a_server_that_misbehaves_is_refused_for_its_reason(net, serve, name):
    answer, reason = BEHAVIOURS[name]
    net.names[SITE] = ANSWERS.get(name, [[PUBLIC]])
    server = serve(lambda path: with_port(answer(path), canary.port))
    canary = serve(reply(PNG))
    message = refused(max_bytes=1_000_000, timeout_s=0.5 if name == "srv16" else 20)
    assert reason in message
    assert canary.connections == 0
    assert not any("cookie" in request.lower() for request in server.requests)


def with_port(answer, port):
    return answer.replace(b"{canary}", b"%d" % port) if isinstance(answer, bytes) else answer


def test_every_known_behaviour_of_servers_has_its_test():
    assert {row["id"] for row in HOSTILE["server_behaviours"]} == {*BEHAVIOURS, *OVER_TLS}


def test_the_limit_on_bytes_is_exact(serve):
    serve(reply(PNG))
    assert fetch(URL, max_bytes=len(PNG)).data == PNG
    assert "are allowed" in refused(max_bytes=len(PNG) - 1)


def test_a_bomb_is_refused_without_being_unpacked(serve):
    packed = gzip.compress(PNG + bytes(60_000_000))
    serve(reply(packed, "Content-Encoding: gzip"))
    tracemalloc.start()
    try:
        assert "1.0 MB are allowed" in refused(max_bytes=1_000_000)
        assert tracemalloc.get_traced_memory()[1] < 10_000_000
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    "answer",
    [
        dripping(b"HTTP/1.1 200 OK\r\nX-Filler: " + b"a" * 60),
        dripping(b"HTTP/1.1 100 Continue\r\n\r\n" * 4),
        dripping(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"1\r\n\x89\r\n" * 10),
    ],
    ids=["headers", "interim answers", "chunks"],
)
def test_no_drip_of_bytes_outlasts_the_time_limit(serve, answer):
    serve(answer)
    assert "longer than 0.3 s" in refused(timeout_s=0.3)


def test_a_name_look_up_that_hangs_ends_at_the_time_limit(net, monkeypatch):
    release = Event()
    monkeypatch.setattr("socket.getaddrinfo", lambda *_, **__: release.wait(30) and [])
    try:
        assert "longer than 0.1 s" in refused(timeout_s=0.1)
    finally:
        release.set()


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (reply(PNG)[:-100], "broke off after"),
        (reply(gzip.compress(PNG)[:-20], "Content-Encoding: gzip"), "damaged gzip"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffff\r\n\x89PNG", "broke off"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", "broke off"),
        (reply(PNG, "Content-Encoding: br"), "not asked for"),
        (b"SSH-2.0-OpenSSH_9.2\r\n", "does not speak HTTP"),
        (b"", "broke off"),
        (b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 200 + b"\r\n", "does not speak HTTP"),
        (b"HTTP/1.1 200 OK\r\nX: " + b"y" * 70_000 + b"\r\n\r\n", "does not speak HTTP"),
    ],
)
def test_a_damaged_answer_is_refused(serve, answer, reason):
    serve(answer)
    assert reason in refused()


def test_a_large_page_is_given_up_after_its_beginning(serve):
    sent = []

    def answer(_path):
        yield b"HTTP/1.1 200 OK\r\n\r\n" + PAGE
        for _ in range(400):
            sent.append(1)
            yield b" " * 65_536

    serve(answer)
    assert "is a web page" in refused()
    assert len(sent) < 400
