"""Streams that end before they say so, and events that are no part of an answer."""

from __future__ import annotations

from fault_server import fails
from faults.streams import HELLO, STOP
from faults.wire import HALF, SAID, choice, chunk, events, plain, stream

from vlm_notebook.errors import StreamError

CUT = [
    fails("cut-at-event-edge", StreamError, plain(HALF), words="complete", text="Half"),
    fails(
        "half-a-line",
        StreamError,
        plain(HALF + b'data: {"choices": [{"del'),
        words="complete",
        text="Half",
    ),
    fails(
        "half-of-done", StreamError, plain(HALF + b"data: [DONE]\n"), words="complete", text="Half"
    ),
    fails(
        "cut-in-a-character",
        StreamError,
        plain(HALF + events(chunk("图"))[:-40]),
        words="complete",
        text="Half",
    ),
    fails("no-mark", StreamError, stream(*HELLO, done=False), words="complete", text=SAID),
    fails(
        "finish-empty",
        StreamError,
        stream(*HELLO, choice(delta={}, finish_reason=""), done=False),
        words="complete",
        text=SAID,
    ),
    fails(
        "finish-of-another",
        StreamError,
        stream(*HELLO, {"choices": [{"index": 1, "finish_reason": "stop"}]}, done=False),
        words="complete",
        text=SAID,
    ),
    fails(
        "text-behind-finish-cut",
        StreamError,
        stream(HELLO[0], STOP, HELLO[1], done=False),
        words="complete",
        text=SAID,
    ),
    fails(
        "finish-in-every-chunk-cut",
        StreamError,
        stream(
            *(choice(delta={"content": w}, finish_reason="stop") for w in ("Hello", " th")),
            done=False,
        ),
        words="complete",
        text="Hello th",
    ),
    fails(
        "finish-error",
        StreamError,
        stream(chunk("Half"), chunk(finish="error")),
        words="gave up",
        text="Half",
    ),
    fails(
        "finish-resources",
        StreamError,
        stream(chunk("Half"), chunk(finish="insufficient_system_resource")),
        words="gave up",
        text="Half",
    ),
    fails("done-alone", StreamError, stream(), words="before it had begun"),
    fails(
        "role-and-done", StreamError, stream(chunk(role="assistant")), words="before it had begun"
    ),
    fails("comments-alone", StreamError, plain(b": ping\n\n" * 9), words="complete"),
    fails("nothing", StreamError, plain(b""), words="empty"),
    fails("blanks", StreamError, plain(b"\n \n\n"), words="empty"),
    fails(
        "no-json",
        StreamError,
        plain(HALF + b"data: nonsense\n\n"),
        words=("no part", "nonsense"),
        text="Half",
    ),
    fails("number", StreamError, plain(HALF + b"data: 5\n\n"), words="no part", text="Half"),
    fails("null", StreamError, plain(HALF + b"data: null\n\n"), words="no part", text="Half"),
    fails(
        "json-cut",
        StreamError,
        plain(HALF + b'data: {"choices": [\n\n'),
        words="no part",
        text="Half",
    ),
    fails(
        "nesting",
        StreamError,
        plain(HALF + b"data: " + b"[" * 100_000 + b"\n\n"),
        words="no part",
        text="Half",
    ),
    fails(
        "nesting-objects",
        StreamError,
        plain(HALF + b'data: {"choices":' + b'{"a":' * 50_000 + b"\n\n"),
        words="no part",
        text="Half",
    ),
    fails(
        "endless-digits",
        StreamError,
        plain(HALF + b'data: {"created": ' + b"9" * 9000 + b"}\n\n"),
        words="no part",
        text="Half",
    ),
    fails(
        "page-in-stream",
        StreamError,
        plain(HALF + b"<html><body>502</body></html>"),
        words="complete",
        text="Half",
    ),
    fails(
        "ndjson-cut",
        StreamError,
        plain("\n".join((*HELLO, STOP[:20])).encode()),
        words="no part",
        text=SAID,
    ),
    fails(
        "ndjson-no-mark", StreamError, plain("\n".join(HELLO).encode()), words="complete", text=SAID
    ),
    fails(
        "ollama-native",
        StreamError,
        plain(b'{"model": "m", "message": {"content": "Hi"}, "done": false}\n{"done": true}\n'),
        words=("chat completions", "base URL"),
    ),
    fails(
        "anthropic-native",
        StreamError,
        plain(b'event: message_start\ndata: {"type": "message_start", "message": {"id": "x"}}\n\n'),
        words=("chat completions", "base URL"),
    ),
    fails(
        "responses-native",
        StreamError,
        stream({"type": "response.output_text.delta", "delta": "Hi"}),
        words=("chat completions", "base URL"),
    ),
    fails(
        "google-native",
        StreamError,
        stream({"candidates": [{"content": {"parts": [{"text": "Hi"}]}}]}),
        words=("chat completions", "base URL"),
    ),
]
