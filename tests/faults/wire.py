"""Ways to spell replies, right and wrong, as bytes."""

from __future__ import annotations

import json

from model_server import answer, chunk, events

SAID = "Hello there."
BODY = answer(SAID)
HALF = events(chunk("Half"), done=False)
EVENT_STREAM = "Content-Type: text/event-stream"


def head(*headers, status="200 OK", version="1.1", media_type="text/event-stream"):
    """The head of a reply that ends with the connection."""
    lines = (f"HTTP/{version} {status}", f"Content-Type: {media_type}", "Connection: close")
    return "\r\n".join([*lines, *headers, "", ""]).encode("latin-1")


def plain(body, *headers, **options):
    """A whole reply with its length."""
    return head(f"Content-Length: {len(body)}", *headers, **options) + body


def chunked(*pieces, end=b"0\r\n\r\n", headers=(), **options):
    """A whole reply in chunked encoding."""
    framed = [f"{len(piece):x}\r\n".encode() + piece + b"\r\n" for piece in pieces]
    return head("Transfer-Encoding: chunked", *headers, **options) + b"".join(framed) + end


def as_json(payload, **options):
    body = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    return plain(body, **{"media_type": "application/json", **options})


def stream(*datas, done=True, **options):
    """Events as a whole reply; what is no text is written as JSON."""
    texts = (data if isinstance(data, str) else json.dumps(data) for data in datas)
    return plain(events(*texts, done=done), **options)


def refused(status, payload, *headers):
    """A refusal, in JSON unless it is bytes."""
    media_type = "text/plain" if isinstance(payload, bytes) else "application/json"
    body = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    return plain(body, *headers, status=f"{status} No", media_type=media_type)


def choice(**fields):
    """An event with one choice."""
    return {"choices": [{"index": 0, **fields}]}
