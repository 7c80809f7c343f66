from __future__ import annotations

import gzip
import io
import json
import shutil
import ssl
import subprocess
import tracemalloc
import zlib
from itertools import repeat
from pathlib import Path
from threading import Event

import pytest
from loopback import PUBLIC, Net, Server, redirect, reply
from PIL import Image

from vlm_notebook.errors import SourceError
from vlm_notebook.images import wire
from vlm_notebook.images.fetch import fetch

HOSTILE = json.loads((Path(__file__).parent / "data" / "hostile_urls.json").read_text("utf-8"))
SITE = "pics.example.org"
URL = f"http://{SITE}/a.png"
PAGE = b"<!DOCTYPE html><html><title>Sign in</title></html>"
SVG = b"<svg xmlns='http://www.w3.org/2000/svg'/>"


def png():
    file = io.BytesIO()
    Image.effect_noise((64, 48), 80).save(file, format="PNG")
    return file.getvalue()


PNG = png()


@pytest.fixture
def net(monkeypatch):
    net = Net(monkeypatch)
    net.names[SITE] = [[PUBLIC]]
    return net


@pytest.fixture
def serve(net):
    """Start servers; the first one also stands for the public address."""
    servers = []

    def start(answer, **options):
        server = Server(answer if callable(answer) else lambda _path: answer, **options)
        servers.append(server)
        net.routes.setdefault(PUBLIC, server.port)
        return server

    yield start
    for server in servers:
        server.close()


def refused(url=URL, **options):
    """Return the one line with which a download is refused."""
    with pytest.raises(SourceError) as caught:
        fetch(url, **options)
    assert "\n" not in str(caught.value)
    return str(caught.value)


# What is downloaded


def test_a_picture_arrives_as_it_was_sent_with_its_type_and_final_address(serve):
    serve(reply(PNG, "Content-Type: Image/PNG; charset=binary"))
    download = fetch(URL + "?size=2#top")
    assert download.data == PNG
    assert download.media_type == "image/png"
    assert download.url == URL + "?size=2"


def test_a_download_shows_itself_without_path_query_or_bytes(serve):
    serve(reply(PNG))
    shown = repr(fetch(URL + "?signature=abc"))
    assert shown == f"Download({len(PNG):,} bytes of None from {SITE})"


def test_a_loopback_server_is_reached_when_private_addresses_are_allowed(serve, net):
    server = serve(reply(PNG))
    at = f"http://127.0.0.1:{server.port}/a%20b c.png?q=ä b"
    assert fetch(at, allow_private=True).data == PNG
    assert server.requests[0].startswith("GET /a%20b%20c.png?q=%C3%A4%20b HTTP/1.1\r\n")
    assert net.lookups == []


def test_the_request_says_who_asks_and_carries_nothing_else(serve, monkeypatch):
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    server = serve(reply(PNG))
    fetch(URL)
    lines = server.requests[0].strip().split("\r\n")[1:]
    headers = dict(line.split(": ", 1) for line in lines)
    assert set(headers) == {"Host", "User-Agent", "Accept", "Accept-Encoding", "Connection"}
    assert headers["Host"] == SITE
    assert headers["User-Agent"].startswith("vlm-notebook/")
    assert "+https://" in headers["User-Agent"]


@pytest.mark.parametrize(
    ("packed", "name"), [(gzip.compress(PNG), "gzip"), (zlib.compress(PNG), "deflate")]
)
def test_a_packed_picture_is_unpacked(serve, packed, name):
    serve(reply(packed, f"Content-Encoding: {name}"))
    assert fetch(URL).data == PNG


def test_a_body_in_chunks_or_without_length_is_read_to_its_end(serve):
    chunk = f"{len(PNG):x}\r\n".encode() + PNG + b"\r\n0\r\n\r\n"
    in_chunks = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunk
    until_close = b"HTTP/1.0 200 OK\r\n\r\n" + PNG
    serve(lambda path: in_chunks if path == "/chunks" else until_close)
    assert fetch(f"http://{SITE}/chunks").data == PNG
    assert fetch(f"http://{SITE}/close").data == PNG


def test_a_picture_is_told_by_its_bytes_even_if_it_is_called_a_page(serve):
    serve(reply(PNG, "Content-Type: text/html"))
    assert fetch(URL).media_type == "text/html"


# Addresses


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


# What servers do


def redirecting(to, **options):
    return lambda _path: redirect(to, **options)


def cookie_wall(path):
    return redirect("/a.png", "Set-Cookie: seen=1; Path=/")


def chain(path):
    return redirect(f"/{int(path.strip('/a.png') or 0) + 1}")


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


@pytest.mark.parametrize("status", ["301 a", "302 b", "303 c", "307 d", "308 e"])
def test_a_redirect_is_followed_to_the_picture(serve, status):
    serve(lambda path: reply(PNG) if path == "/new/b.png" else redirect("new/b.png", status=status))
    assert fetch(URL).url == f"http://{SITE}/new/b.png"


def test_five_redirects_are_followed_and_each_is_looked_up_again(net, serve):
    serve(lambda path: reply(PNG) if path == "/5" else chain(path))
    assert fetch(URL).url == f"http://{SITE}/5"
    assert net.lookups == [SITE] * 6


def test_a_redirect_in_utf_8_is_followed(serve):
    serve(lambda path: reply(PNG) if path == "/%C3%A4.png" else redirect("/ä.png"))
    assert fetch(URL).url == f"http://{SITE}/%C3%A4.png"


def test_a_public_server_cannot_point_inside_even_where_private_addresses_are_allowed(serve):
    serve(lambda _path: redirect(f"http://127.0.0.1:{canary.port}/a.png"))
    canary = serve(reply(PNG))
    assert "this machine" in refused(allow_private=True)
    assert canary.connections == 0


def test_a_private_server_may_redirect_to_another_where_they_are_allowed(serve):
    first = serve(lambda _path: redirect(f"http://127.0.0.1:{second.port}/b.png"))
    second = serve(reply(PNG))
    download = fetch(f"http://127.0.0.1:{first.port}/a.png", allow_private=True)
    assert download.url == f"http://127.0.0.1:{second.port}/b.png"


@pytest.mark.parametrize(
    ("status", "remedy"),
    [("401 No", "log-in"), ("403 No", "log-in"), ("404 No", "check the URL"), ("500 No", "later")],
)
def test_a_status_other_than_200_says_what_to_do(serve, status, remedy):
    serve(reply(PAGE, status=status))
    message = refused()
    assert f"status {status[:3]}" in message
    assert remedy in message


def test_a_url_with_a_secret_in_it_is_not_repeated_in_a_message(serve):
    serve(reply(PAGE))
    for url in (f"{URL}?token=hush", f"ftp://{SITE}/?token=hush", f"http://hush:hush@{SITE}/"):
        assert "hush" not in refused(url)


# Limits


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


# Answers that are damaged


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


# TLS


@pytest.fixture(scope="session")
def certificate(tmp_path_factory):
    """A certificate for SITE alone that nobody signed, and its key."""
    if shutil.which("openssl") is None:
        pytest.skip("needs the openssl command to make a certificate")
    folder = tmp_path_factory.mktemp("tls")
    key, cert = folder / "key.pem", folder / "cert.pem"
    words = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj"
    names = ["/CN=test", "-addext", f"subjectAltName=DNS:{SITE}"]
    files = ["-keyout", str(key), "-out", str(cert)]
    subprocess.run(["openssl", *words.split(), *names, *files], check=True, capture_output=True)
    return cert, key


@pytest.fixture
def tls(certificate):
    """A server's context that notes the names it is asked for."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    asked = []
    context.sni_callback = lambda _sock, name, _context: asked.append(name)
    return context, asked


@pytest.fixture
def trusting(certificate, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate[0]))
    wire._tls_context.cache_clear()
    yield
    wire._tls_context.cache_clear()


def test_https_connects_to_the_checked_address_and_verifies_the_name(net, serve, tls, trusting):
    context, asked = tls
    server = serve(reply(PNG), tls=context)
    assert fetch(f"https://{SITE}/a.png").data == PNG
    assert asked == [SITE]
    assert net.lookups == [SITE]
    assert net.connects == [PUBLIC]
    assert f"Host: {SITE}\r\n" in server.requests[0]


def test_a_certificate_for_another_name_is_refused(net, serve, tls, trusting):
    server = serve(reply(PNG), tls=tls[0])
    net.names["other.example.org"] = [[PUBLIC]]
    message = refused("https://other.example.org/a.png")
    assert "other.example.org has no valid certificate" in message
    assert server.requests == []


def test_a_certificate_that_nobody_vouches_for_is_refused(serve, tls):
    wire._tls_context.cache_clear()
    server = serve(reply(PNG), tls=tls[0])
    assert "no valid certificate" in refused(f"https://{SITE}/a.png")
    assert server.requests == []


def test_srv09_a_redirect_from_https_down_to_http_is_refused(serve, tls, trusting):
    server = serve(redirect(URL), tls=tls[0])
    assert "from https to plain http" in refused(f"https://{SITE}/a.png")
    assert server.connections == 1


def test_a_server_that_does_not_speak_tls_is_refused(serve, trusting):
    serve(reply(PNG))
    assert "cannot be reached" in refused(f"https://{SITE}/a.png")
