from __future__ import annotations

import gzip
import zlib

import pytest
from loopback import SITE, redirect, reply
from picture_site import PAGE, PNG, URL, chain, refused

from vlm_notebook.images.fetch import fetch


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
