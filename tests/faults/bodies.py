"""What stands where a stream was asked for: pages, objects, errors of every dialect."""

from __future__ import annotations

import base64
import json
from urllib.parse import quote

from fault_server import KEY, fails, whole
from faults.wire import HALF, SAID, as_json, choice, chunk, plain, stream

from vlm_notebook.errors import StreamError

COMPLETION = {
    "object": "chat.completion",
    **choice(message={"content": SAID}, finish_reason="stop"),
}
PAGE = (
    b"<!DOCTYPE html>\n<html><head><title>Log in</title></head><body><h1>Log in</h1></body></html>"
)

DIALECTS = {
    "openai": {"error": {"message": "overloaded", "type": "server_error", "code": None}},
    "string": {"error": "overloaded"},
    "message": {"message": "overloaded"},
    "fastapi": {"detail": "overloaded"},
    "fastapi-list": {"detail": [{"loc": ["body"], "msg": "overloaded", "type": "x"}]},
    "errors": {"errors": [{"message": "overloaded"}]},
    "azure": {
        "error": {"code": "content_filter", "message": "overloaded", "innererror": {"code": "x"}}
    },
    "anthropic": {"type": "error", "error": {"type": "overloaded_error", "message": "overloaded"}},
    "google": [{"error": {"code": 503, "message": "overloaded", "status": "UNAVAILABLE"}}],
    "vllm": {"object": "error", "message": "overloaded", "type": "BadRequestError", "code": 400},
    "minimax": {"base_resp": {"status_code": 1004, "status_msg": "overloaded"}},
    "zhipu": {"success": False, "code": 500, "msg": "overloaded"},
    "openrouter": {
        "error": {"message": "overloaded", "code": 502},
        **choice(delta={"content": ""}, finish_reason="error"),
    },
    "apigee": {"fault": {"faultstring": "overloaded", "detail": {"errorcode": "x"}}},
    "nested": {"error": {"message": json.dumps({"error": {"message": "overloaded"}})}},
}

HOSTILE = {
    "key": f"bad key {KEY} was sent",
    "key-quoted": f"bad key {quote(KEY, safe='')} was sent",
    "key-base64": f"bad key {base64.b64encode(KEY.encode()).decode()} was sent",
    "key-basic": f"bad key {base64.b64encode(f'user:{KEY}'.encode()).decode()} was sent",
    "key-cut": f"bad key {KEY[:20]} was sent",
    "key-header": f"bad header Authorization: Bearer {KEY}",
    "key-invisible": f"bad key {KEY[:9]}\u200b{KEY[9:]} was sent",
    "picture": "bad picture data:image/jpeg;base64," + "/9j/4AAQSkZJRg" * 400,
    "picture-lines": "bad picture "
    + "\n".join(["iVBORw0KGgoAAAANSUhEUgAAAfQAAAH0CAYAAADL1t+KAAAABHNCSVQICAgIfAhkiAAAAAlw"] * 50),
    "page": "bad gateway <html><body style='x'><script>alert(1)</script></body></html>",
    "tag-cut": "bad <img src='http://127.0.0.1/x.png' onerror='" + "x" * 3000,
    "long": "bad " * 25_000,
    "control": "bad \x1b[31mred\x1b[0m \x1b]0;title\x07 \u202eevil\u202c \x00 \r\n line",
}


def hostile_at(place):
    return [
        fails(
            f"{name}-echoed-{place}",
            StreamError,
            stream(chunk("Half"), {"error": {"message": said}}),
            words="bad",
            text="Half",
        )
        for name, said in HOSTILE.items()
    ]


BODIES = [
    whole("plain-json", as_json(COMPLETION)),
    whole("plain-json-pretty", as_json(json.dumps(COMPLETION, indent=2).encode())),
    whole("plain-json-marked", as_json(b"\xef\xbb\xbf" + json.dumps(COMPLETION).encode())),
    whole("plain-json-blanks", as_json(b"\n\n   \n" + json.dumps(COMPLETION).encode())),
    whole("plain-json-as-events", as_json(COMPLETION, media_type="text/event-stream")),
    fails(
        "plain-json-cut",
        StreamError,
        as_json(json.dumps(COMPLETION).encode()[:-9]),
        words="no part",
    ),
    fails(
        "plain-json-no-finish",
        StreamError,
        as_json(choice(message={"content": "Half"})),
        words="complete",
        text="Half",
    ),
    fails("plain-json-empty", StreamError, as_json({}), words="base URL"),
    fails(
        "plain-json-models", StreamError, as_json({"object": "list", "data": []}), words="base URL"
    ),
    fails("page", StreamError, plain(PAGE, media_type="text/html"), words="a web page"),
    fails("page-as-events", StreamError, plain(b"\n " + PAGE), words="a web page"),
    fails(
        "page-of-proxy",
        StreamError,
        plain(b"<!-- nginx --><center>502</center>"),
        words="a web page",
    ),
    fails(
        "text",
        StreamError,
        plain(b"Service temporarily unavailable", media_type="text/plain"),
        words="Service temporarily",
    ),
    fails(
        "utf-16",
        StreamError,
        plain(HALF.decode().encode("utf-16"), media_type="text/event-stream; charset=utf-16"),
        words="UTF-8",
    ),
    fails("utf-16-unmarked", StreamError, plain(HALF.decode().encode("utf-16-be")), words="UTF-8"),
    fails(
        "gzip-unnamed",
        StreamError,
        plain(b"\x1f\x8b\x08\0\0\0\0\0\0\0" + b"\x8f" * 99),
        words="UTF-8",
    ),
    fails(
        "picture",
        StreamError,
        plain(b"\x89PNG\r\n\x1a\n" + b"\0" * 99, media_type="image/png"),
        words="UTF-8",
    ),
    *(
        fails(f"200-{name}", StreamError, as_json(payload), words="overloaded")
        for name, payload in DIALECTS.items()
    ),
    *(
        fails(
            f"event-{name}",
            StreamError,
            stream(chunk("Half"), payload),
            words="overloaded",
            text="Half",
        )
        for name, payload in DIALECTS.items()
    ),
    fails(
        "event-named-error",
        StreamError,
        plain(HALF + b'event: error\ndata: {"message": "overloaded"}\n\n'),
        words="overloaded",
        text="Half",
    ),
    fails(
        "event-error-text",
        StreamError,
        plain(HALF + b"event: error\ndata: overloaded\n\n"),
        words="overloaded",
        text="Half",
    ),
    fails(
        "error-without-words",
        StreamError,
        stream(chunk("Half"), {"error": True}),
        words="without a reason",
        text="Half",
    ),
    *hostile_at("in-stream"),
]
