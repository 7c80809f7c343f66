"""Refusals: every status, every shape, every echo."""

from __future__ import annotations

import json

from fault_server import KEY, Forever, fails
from faults.bodies import DIALECTS, HOSTILE, PAGE
from faults.wire import head, plain, refused

from vlm_notebook.errors import AuthError, RateLimitError, StatusError

SAID = {"error": {"message": "because"}}
CLOUDFLARE = b"<!DOCTYPE html><html><head><title>api.example.org | 522</title></head></html>"


def moved(status, to):
    return plain(b"", f"Location: {to}", status=f"{status} Moved")


def echo(request):
    """Answer with the head and the picture of the request itself."""
    sent = request.decode("latin-1")
    return refused(400, {"error": {"message": f"bad request {sent}"}})


def limited(*headers, payload=SAID):
    return refused(429, payload, *headers)


STATUSES = [
    *(
        fails(
            f"status-{status}", StatusError, refused(status, SAID), words=(str(status), "because")
        )
        for status in (
            305,
            400,
            405,
            408,
            409,
            410,
            415,
            418,
            422,
            431,
            451,
            500,
            501,
            502,
            503,
            504,
        )
    ),
    *(
        fails(
            f"status-{status}",
            StatusError,
            plain(CLOUDFLARE, status=f"{status} x", media_type="text/html"),
            words=(str(status), "a web page", "later"),
        )
        for status in (520, 521, 522, 524, 526, 529, 530, 599, 999)
    ),
    fails("status-401", AuthError, refused(401, SAID), words=("401", "VLM_API_KEY")),
    fails("status-403", AuthError, refused(403, SAID), words=("403", "this model")),
    fails("status-402", RateLimitError, refused(402, SAID), words=("402", "quota")),
    fails(
        "status-404",
        StatusError,
        refused(404, b"404 page not found"),
        words=("404", "base URL", "client.models()"),
    ),
    fails(
        "status-404-page",
        StatusError,
        plain(PAGE, status="404 Not Found", media_type="text/html"),
        words=("a web page", "base URL"),
    ),
    fails("status-407", StatusError, refused(407, SAID), words="proxy"),
    fails("status-413", StatusError, refused(413, PAGE), words="smaller pictures"),
    fails("status-511", StatusError, refused(511, PAGE), words="log in"),
    fails("status-empty", StatusError, plain(b"", status="500"), words="(500)"),
    fails(
        "status-bom",
        StatusError,
        plain(b"\xef\xbb\xbf" + json.dumps(SAID).encode(), status="400 x"),
        words="because",
    ),
    fails("status-nested", StatusError, plain(b"[" * 100_000, status="400 x"), words="400"),
    fails("status-binary", StatusError, plain(bytes(range(256)) * 9, status="400 x"), words="400"),
    fails(
        "status-cut",
        StatusError,
        head("Content-Length: 999", status="500 x"),
        b'{"error": {"mess',
        words="500",
    ),
    fails("status-endless", StatusError, head(status="500 x"), Forever(b"x" * 60_000), words="500"),
    *(
        fails(f"400-{name}", StatusError, refused(400, payload), words="overloaded")
        for name, payload in DIALECTS.items()
    ),
    *(
        fails(
            f"{name}-echoed-in-401",
            AuthError,
            refused(401, {"error": {"message": said}}),
            words="bad",
        )
        for name, said in HOSTILE.items()
    ),
    fails("request-echoed", StatusError, echo, words="bad request"),
    fails("key-as-text", AuthError, refused(403, f"bad token {KEY}".encode()), words="bad token"),
    fails("429-seconds", RateLimitError, limited("Retry-After: 7"), words="in 7 s"),
    fails("429-huge", RateLimitError, limited("Retry-After: 9999999"), words="9999999 s"),
    fails("429-negative", RateLimitError, limited("Retry-After: -5"), words="wait a moment"),
    fails(
        "429-garbage",
        RateLimitError,
        limited("Retry-After: \x1b[31msoon"[:13] + " soon"),
        words="wait a moment",
    ),
    fails(
        "429-date-past",
        RateLimitError,
        limited("Retry-After: Wed, 21 Oct 2015 07:28:00 GMT"),
        words="wait a moment",
    ),
    fails(
        "429-date-odd",
        RateLimitError,
        limited("Retry-After: Wed, 99 Foo 99999 07:28:00"),
        words="wait a moment",
    ),
    fails(
        "429-quota",
        RateLimitError,
        limited(payload={"error": {"message": "no", "code": "insufficient_quota"}}),
        words="quota",
    ),
    *(
        fails(
            f"moved-{status}",
            StatusError,
            moved(status, f"http://127.0.0.1:9/elsewhere?key={KEY}"),
            words=("127.0.0.1:9/elsewhere", "base_url"),
        )
        for status in (300, 301, 302, 303, 307, 308)
    ),
    fails(
        "moved-relative",
        StatusError,
        moved(307, "/elsewhere/v1"),
        words=("/elsewhere/v1", "base_url"),
    ),
    fails(
        "moved-userinfo",
        StatusError,
        moved(307, f"https://user:{KEY}@elsewhere.invalid/v1"),
        words="elsewhere.invalid",
    ),
    fails("moved-nowhere", StatusError, plain(b"", status="302 Found"), words="base_url"),
    fails("moved-far", StatusError, moved(302, "http://[bad/" + "x" * 5000), words="base_url"),
    fails("not-modified", StatusError, head(status="304 Not Modified"), words="304"),
]
