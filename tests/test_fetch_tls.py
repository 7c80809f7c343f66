"""Downloads over TLS."""

from __future__ import annotations

import shutil
import ssl
import subprocess

import pytest
from loopback import PUBLIC, SITE, redirect, reply
from picture_site import PNG, URL, refused

from vlm_notebook.images import wire
from vlm_notebook.images.fetch import fetch


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
