"""What may stand in a stream's events: legal oddities, and ends that are none."""

from __future__ import annotations

import json

from fault_server import fails, whole
from faults.wire import BODY, HALF, SAID, choice, chunk, chunked, events, head, plain, stream

from vlm_notebook.errors import StreamError

STOP = chunk(finish="stop")
HELLO = (chunk("Hello"), chunk(" there."))
USAGE = {"prompt_tokens": 9, "completion_tokens": 2}


def bent(old, new):
    return plain(BODY.replace(old, new))


def text_in(content):
    return stream(choice(delta={"content": content}), STOP)


LEGAL = [
    whole("whole", plain(BODY)),
    whole("no-length", head(), BODY),
    whole("chunked", chunked(BODY[:100], BODY[100:])),
    whole("byte-by-byte", chunked(*(BODY[i : i + 1] for i in range(len(BODY))))),
    whole("crlf", bent(b"\n", b"\r\n")),
    whole("cr", bent(b"\n", b"\r")),
    whole(
        "comments",
        plain(b": ping\n\n:\n" + BODY.replace(b"\n\n", b"\n\n: OPENROUTER PROCESSING\n\n")),
    ),
    whole("no-space", bent(b"data: ", b"data:")),
    whole("several-data-lines", bent(b'"choices"', b'\ndata: "choices"')),
    whole("other-fields", bent(b"data: ", b"event: message\nid: 7\nretry: 5\ndata: ")),
    whole("nul-in-id", bent(b"data: ", b"id: \0\ndata: ")),
    whole("byte-order-mark", plain(b"\xef\xbb\xbf" + BODY)),
    whole("byte-order-mark-cut", chunked(b"\xef", b"\xbb", b"\xbf", BODY)),
    whole("blank-lines-first", plain(b"\r\n\n  \n" + BODY)),
    whole(
        "line-separator", stream(chunk("a\u2028b\u2029c\x85d"), STOP), text="a\u2028b\u2029c\x85d"
    ),
    whole(
        "split-utf-8", chunked(*(bytes([b]) for b in events(chunk("图😀é"), STOP))), text="图😀é"
    ),
    whole(
        "invalid-utf-8", plain(events(chunk("a?b"), STOP).replace(b"?", b"\xff")), text="a\ufffdb"
    ),
    whole(
        "surrogates",
        stream(choice(delta={"content": "\ud83d"}), choice(delta={"content": "\ude00"}), STOP),
        text="😀",
    ),
    whole("lone-surrogate", text_in("a\ud83d"), text="a\ufffd"),
    whole("nul", text_in("a\0b"), text="a\0b"),
    whole(
        "null-fields",
        stream(
            choice(delta=None),
            choice(delta={"content": None, "role": None}, finish_reason=None),
            *HELLO,
            STOP,
        ),
    ),
    whole(
        "missing-fields",
        stream(
            {"choices": [{}]},
            {"choices": []},
            {"id": "x"},
            *HELLO,
            {"choices": [{"finish_reason": "stop"}]},
        ),
    ),
    whole("no-index", stream({"choices": [{"delta": {"content": SAID}}]}, STOP)),
    whole("usage-without-choices", stream(*HELLO, STOP, {"choices": [], "usage": USAGE})),
    whole("usage-alone", stream(*HELLO, STOP, {"usage": USAGE})),
    whole("usage-everywhere", stream(*({**json.loads(d), "usage": USAGE} for d in (*HELLO, STOP)))),
    whole(
        "usage-odd",
        stream(
            *HELLO,
            STOP,
            {
                "choices": [],
                "usage": {"prompt_tokens": -3, "completion_tokens": "2", "total_tokens": None},
            },
        ),
    ),
    whole(
        "usage-numbers",
        plain(
            BODY.replace(
                b"data: [DONE]",
                b'data: {"usage": {"prompt_tokens": 1e999, "completion_tokens": NaN}}\n\n'
                b"data: [DONE]",
            )
        ),
    ),
    whole(
        "duplicate-keys",
        plain(
            b'data: {"choices": [], "choices": '
            b'[{"delta": {"content": "x", "content": "Hello there."}}]}\n\n' + events(STOP)
        ),
    ),
    whole("empty-data", plain(b"data:\n\ndata: \n\n" + BODY)),
    whole("pings", stream({"type": "ping"}, *HELLO, {}, STOP)),
    whole(
        "parts", text_in([{"type": "text", "text": "Hello"}, {"type": "text", "text": " there."}])
    ),
    whole("part", text_in({"type": "text", "text": SAID})),
    whole("strings", text_in(["Hello", " there."])),
    whole(
        "refusal-field", stream(choice(delta={"refusal": "I will not."}), STOP), text="I will not."
    ),
    whole("message-in-chunk", stream(choice(delta={}, message={"content": SAID}), STOP)),
    whole(
        "message-repeats", stream(*HELLO, choice(finish_reason="stop", message={"content": SAID}))
    ),
    whole(
        "completions-style",
        stream(choice(text="Hello"), choice(text=" there.", finish_reason="stop")),
    ),
    whole(
        "index-1-alone",
        stream(
            {"choices": [{"index": 1, "delta": {"content": SAID}}]},
            {"choices": [{"index": 1, "finish_reason": "stop"}]},
        ),
    ),
    whole(
        "two-choices",
        stream(
            *(
                {"choices": [{"index": i % 2, "delta": {"content": word}}]}
                for i, word in enumerate(["Hello", "No", " there.", " way"])
            ),
            STOP,
        ),
    ),
    whole("finish-twice", stream(*HELLO, STOP, STOP)),
    whole("finish-before-last-text", stream(HELLO[0], STOP, HELLO[1])),
    whole(
        "finish-null-word",
        stream(choice(delta={"content": "Hello"}, finish_reason="null"), HELLO[1], STOP),
    ),
    whole(
        "finish-in-every-chunk",
        stream(
            *(
                choice(delta={"content": word}, finish_reason="stop")
                for word in ("Hello", " there.")
            )
        ),
    ),
    whole("done-without-finish", stream(*HELLO)),
    whole("finish-without-done", stream(*HELLO, STOP, done=False)),
    whole("done-quoted", plain(events(*HELLO, '"[DONE]"', done=False))),
    whole("after-done", plain(BODY + b"data: nonsense\n\ndata: {\n\n")),
    whole("after-finish", stream(*HELLO, STOP, "nonsense")),
    whole(
        "tool-calls",
        stream(
            choice(
                delta={"tool_calls": [{"index": 0, "function": {"name": "f", "arguments": "{"}}]}
            ),
            *HELLO,
            STOP,
        ),
    ),
    whole("wrong-content-type", plain(BODY, media_type="image/png")),
    whole("html-content-type", plain(BODY, media_type="text/html")),
    whole(
        "latin-1-named",
        stream(chunk("图é"), STOP, media_type="text/event-stream; charset=iso-8859-1"),
        text="图é",
    ),
    whole("empty-answer", stream(STOP), text=""),
    whole("http-1.0", head(version="1.0"), BODY),
    whole(
        "ndjson", plain("\n".join((*HELLO, STOP, "")).encode(), media_type="application/x-ndjson")
    ),
    whole("ndjson-crlf", plain("\r\n".join((*HELLO, "", STOP)).encode())),
    whole("ndjson-done", plain("\n".join((*HELLO, "[DONE]")).encode())),
]

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
