from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vlm_notebook.errors import SourceError
from vlm_notebook.images.location import follow, parse

BASE = parse("https://pics.example.org/a/b.png?x=1")


@pytest.mark.parametrize(
    ("url", "read"),
    [
        (" https://Pics.Example.ORG \n", "https://pics.example.org/"),
        ("http://example.org:80/a#top", "http://example.org/a"),
        ("https://example.org:80/", "https://example.org:80/"),
        ("http://example.org:8080", "http://example.org:8080/"),
        ("http://example.org:/a", "http://example.org/a"),
        ("http://example.org./a", "http://example.org/a"),
        ("http://example.org?q=1", "http://example.org/?q=1"),
        ("http://my_bucket.example.org/a", "http://my_bucket.example.org/a"),
        ("http://bücher.example/ä b?ö=ü", "http://xn--bcher-kva.example/%C3%A4%20b?%C3%B6=%C3%BC"),
        ("http://example.org/a%20b%2Fc", "http://example.org/a%20b%2Fc"),
        ("http://[2606:4700:0:0::1]:8080/a", "http://[2606:4700::1]:8080/a"),
        ("http://2130706433/", "http://127.0.0.1/"),
        ("http://0177.0.0.1./", "http://127.0.0.1/"),
        ("http://１２７。0.0.1/", "http://127.0.0.1/"),
    ],
)
def test_a_url_is_read_into_its_plain_form(url, read):
    assert parse(url).url == read


@pytest.mark.parametrize(
    "url",
    [
        "",
        "picture.png",
        "//example.org/a.png",
        "http://",
        "http:///a.png",
        "http://a..b/",
        "http://256.1.1.1/",
        "http://1.2.3.4.5/",
        "http://09.1.1.1/",
        "http://[::1%25eth0]/",
        "http://[::1]x/",
        "http://[1.2.3.4]/",
        "http://[v1.fe]/",
        "http://example.org:port/",
        "http://example.org:123456/",
        "http://example.org:65536/",
        "http://example.org:0/",
        "http://example.org:25/",
        "http://exam ple.org/",
        "http://example.org/\ud800",
        "http://example.org/" + "a" * 9000,
        "http://user@example.org/",
    ],
)
def test_a_url_that_is_not_plain_is_refused(url):
    with pytest.raises(SourceError):
        parse(url)


@pytest.mark.parametrize(
    ("reference", "url"),
    [
        ("c.png", "https://pics.example.org/a/c.png"),
        ("/c.png?y=2#z", "https://pics.example.org/c.png?y=2"),
        ("//cdn.example.net/c.png", "https://cdn.example.net/c.png"),
        ("https://cdn.example.net:8443/", "https://cdn.example.net:8443/"),
        ("?y=2", "https://pics.example.org/a/b.png?y=2"),
    ],
)
def test_a_redirect_is_read_from_where_it_was_given(reference, url):
    assert follow(BASE, reference).url == url


@pytest.mark.parametrize(
    "reference", [None, "", "http://pics.example.org/", "file:///etc/passwd", "//a\\b/", "/a\tb"]
)
def test_a_redirect_down_or_out_of_the_web_is_refused(reference):
    with pytest.raises(SourceError, match=r"pics\.example\.org redirects"):
        follow(BASE, reference)


@given(st.text(max_size=40), st.sampled_from(["", "http://", "https://a.example/", "http://a:"]))
def test_any_text_is_read_or_refused_and_what_was_read_is_safe_to_send(text, start):
    try:
        place = parse(start + text)
    except SourceError:
        return
    assert place.url.isascii()
    assert not set(" \r\n\t\\") & set(place.url)
    assert place.target.startswith("/")
    assert parse(place.url) == place
