from __future__ import annotations

import shutil
import socket
import ssl
import subprocess
import time
from urllib.parse import quote

import httpx2
import pytest
from fault_server import KEY, RESET, Fault, serving
from faults.wire import BODY, SAID, plain, refused
from test_faults import is_clean

import vlm_notebook as vlm
from vlm_notebook.chat.endpoint import Endpoint
from vlm_notebook.chat.engine import engine

USUAL = Fault("usual", (plain(BODY),), whole=SAID)
MOVED = Fault("moved", (plain(b"", "Location: /elsewhere/v1", status="307 Moved"),))
TIMEOUT_S = 2.0


def ask(base_url, **options):
    began = time.monotonic()
    options = {"timeout_s": TIMEOUT_S, "max_retries": 0, "model": "m", **options}
    try:
        return vlm.Client(base_url, KEY, **options).ask("What is it?", show=False).text
    finally:
        assert time.monotonic() - began < 5 * TIMEOUT_S + 1


def fails(kind, base_url, *words, **options):
    with pytest.raises(kind) as caught:
        ask(base_url, **options)
    message = str(caught.value)
    assert type(caught.value) is kind
    assert not [word for word in words if word not in message]
    assert len(message) <= 300
    assert "\n" not in message
    assert KEY not in message
    return caught.value


# --------------------------------------------------------------------------- addresses


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


def test_a_refused_connection_may_be_tried_again():
    failed = fails(vlm.ConnectError, f"http://127.0.0.1:{free_port()}/v1", "base URL")
    is_clean(str(failed))
    assert failed.retry_after_s == 0


@pytest.mark.parametrize(
    "url", ["http://[::1]:9/v1", "http://name.invalid/v1", "https://name.invalid/v1", "http://-/v1"]
)
def test_a_host_that_is_not_there_is_named(url):
    fails(vlm.ConnectError, url, "cannot be reached", "base URL")


@pytest.mark.parametrize(
    "url",
    [
        *("127.0.0.1:8000/v1", "api.example.org/v1", "ftp://127.0.0.1/v1", "http://", "http:///v1"),
        *("http://127.0.0.1:0/v1", "http://127.0.0.1:99999/v1", "http://127.0.0.1:x/v1"),
        *("http://[::1/v1", "not an address", "http://exa mple.org/v1", "http://127.0.0.1\x00/v1"),
    ],
)
def test_what_is_no_address_is_said_to_be_none(url):
    fails(vlm.ConnectError, url)


@pytest.mark.parametrize("url", [" {}/ ", "{}/chat/completions", "{}?api-version=2026-01-01"])
def test_an_address_with_more_than_it_needs_is_understood(url):
    with serving([USUAL]) as server:
        assert ask(url.format(f"http://127.0.0.1:{server.port}/usual/v1")) == SAID


@pytest.mark.parametrize("url", ["127.0.0.1/v1", "http://127.0.0.1:99999/v1", "http://[::1/v1", ""])
def test_an_endpoint_of_its_own_says_so_as_well(url):
    request = vlm.chat.message.Request("m", (vlm.chat.message.Message.of_text("user", "x"),))

    async def deltas():
        return [delta async for delta in Endpoint(url, KEY, timeout_s=1).stream(request)]

    with pytest.raises(vlm.EndpointError) as caught:
        engine().submit(deltas()).result(10)
    assert KEY not in str(caught.value)


# --------------------------------------------------------------------------- TLS


def openssl(*arguments, cwd):
    subprocess.run(["openssl", *arguments], cwd=cwd, check=True, capture_output=True)


def certificate(folder, name, *, host="IP:127.0.0.1"):
    """Make a self-signed certificate; return the server's context and the file to trust."""
    made = ("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=test", "-days", "2")
    files = ("-keyout", f"{name}.key", "-out", f"{name}.pem")
    openssl(*made, "-addext", f"subjectAltName={host}", *files, cwd=folder)
    return loaded(folder, name)


def loaded(folder, name):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / f"{name}.pem", folder / f"{name}.key")
    return context, folder / f"{name}.pem"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    if not shutil.which("openssl"):
        pytest.skip("no openssl command to make certificates with")
    return tmp_path_factory.mktemp("certificates")


def trusting(file):
    return httpx2.AsyncClient(verify=ssl.create_default_context(cafile=file))


def test_a_certificate_that_nobody_vouches_for_is_refused_and_can_be_trusted(folder):
    context, file = certificate(folder, "own")
    with serving([USUAL], tls=context) as server:
        url = f"https://127.0.0.1:{server.port}/usual/v1"
        failed = fails(vlm.ConnectError, url, "certificate", "http_client=")
        assert failed.retry_after_s is None
        assert server.requests == []
        assert ask(url, http_client=trusting(file)) == SAID


def test_a_certificate_for_another_host_is_refused(folder):
    context, file = certificate(folder, "other", host="DNS:elsewhere.invalid")
    with serving([USUAL], tls=context) as server:
        url = f"https://127.0.0.1:{server.port}/usual/v1"
        fails(vlm.ConnectError, url, "certificate", http_client=trusting(file))
        assert server.requests == []


AUTHORITY = """
[ca]
default_ca = own
[own]
database = index.txt
serial = serial
new_certs_dir = .
default_md = sha256
policy = any
x509_extensions = names
[any]
commonName = supplied
[names]
subjectAltName = IP:127.0.0.1
"""


def expired(folder):
    """Make a certificate of two years ago: only the command for authorities takes dates."""
    for name, text in (("own.cnf", AUTHORITY), ("index.txt", ""), ("serial", "01")):
        (folder / name).write_text(text)
    names = ("-subj", "/CN=test", "-keyout", "old.key", "-out", "old.csr")
    openssl("req", "-new", "-newkey", "rsa:2048", "-nodes", *names, cwd=folder)
    dates = ("-startdate", "20200101000000Z", "-enddate", "20200102000000Z")
    signed = ("-batch", "-notext", "-config", "own.cnf", "-selfsign", "-keyfile", "old.key")
    openssl("ca", *signed, *dates, "-in", "old.csr", "-out", "old.pem", cwd=folder)
    return loaded(folder, "old")


def test_a_certificate_that_has_expired_is_refused(folder):
    context, file = expired(folder)
    with serving([USUAL], tls=context) as server:
        url = f"https://127.0.0.1:{server.port}/usual/v1"
        fails(vlm.ConnectError, url, "expired", "certificate", http_client=trusting(file))


def test_https_to_a_port_that_speaks_http_says_so():
    with serving([USUAL]) as server:
        fails(vlm.ConnectError, f"https://127.0.0.1:{server.port}/usual/v1", "https", "base URL")


def test_http_to_a_port_that_speaks_https_fails_clearly(folder):
    context, _ = certificate(folder, "plain")
    with serving([USUAL], tls=context) as server:
        fails(vlm.ConnectError, f"http://127.0.0.1:{server.port}/usual/v1", "base URL")


def test_a_handshake_that_is_never_answered_ends_in_time():
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"https://127.0.0.1:{silent.getsockname()[1]}/v1"
        fails(vlm.ConnectError, url, "timeout_s", timeout_s=0.5)


# --------------------------------------------------------------------------- proxies


def through(port):
    return httpx2.AsyncClient(proxy=f"http://user:{quote(KEY, safe='')}@127.0.0.1:{port}")


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_proxy_that_is_not_there_fails_clearly(scheme):
    url = f"{scheme}://api.example.org/v1"
    fails(vlm.ConnectError, url, "base URL", http_client=through(free_port()))


PROXIED = [
    ("http://api.example.org/v1", "", vlm.StatusError),
    ("https://api.example.org/v1", "api.example.org:443", vlm.ConnectError),
]


@pytest.mark.parametrize(("url", "name", "kind"), PROXIED)
def test_a_proxy_that_wants_a_password_says_so(url, name, kind):
    wants = refused("407 Proxy Authentication Required", {"error": "who are you?"})
    with serving([Fault(name, (wants,))]) as proxy:
        fails(kind, url, "407", "proxy", http_client=through(proxy.port))


def test_a_proxy_that_breaks_off_fails_clearly():
    with serving([Fault("", (RESET,))]) as proxy:
        fails(vlm.ConnectError, "http://api.example.org/v1", http_client=through(proxy.port))


# --------------------------------------------------------------------------- clients of others


def test_a_client_that_follows_redirects_takes_no_picture_along():
    own = httpx2.AsyncClient(follow_redirects=True)
    with serving([MOVED, Fault("elsewhere", (plain(BODY),))]) as server:
        url = f"http://127.0.0.1:{server.port}/moved/v1"
        fails(vlm.StatusError, url, "/elsewhere/v1", "base_url", http_client=own)
        assert len(server.requests) == 1


def test_a_clients_own_requests_and_hooks_stay_as_they_are():
    heard = []

    async def hook(response):
        heard.append(response.status_code)

    own = httpx2.AsyncClient(follow_redirects=True, event_hooks={"response": [hook]})
    found = Fault("elsewhere", (plain(b"found"),))
    with serving([MOVED, USUAL, found]) as server:
        root = f"http://127.0.0.1:{server.port}"
        for _ in range(3):
            assert ask(f"{root}/usual/v1", http_client=own) == SAID
        assert sum(map(len, own.event_hooks.values())) == 3
        got = engine().submit(own.get(f"{root}/moved/v1")).result(10)
        assert got.text == "found"
        assert heard == [200, 200, 200, 307, 200]
        engine().submit(own.aclose()).result(10)
