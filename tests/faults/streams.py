"""What may stand in a stream's events: oddities that are legal, or harmless."""

from __future__ import annotations

import json

from fault_server import whole
from faults.wire import BODY, SAID, choice, chunk, chunked, events, head, plain, stream

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
