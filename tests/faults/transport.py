"""HTTP itself gone wrong: framing, heads, encodings, floods and silences."""

from __future__ import annotations

import gzip
import zlib

from fault_server import HOLD, RESET, Forever, fails, whole
from faults.wire import BODY, HALF, SAID, chunk, chunked, events, head, plain

from vlm_notebook.errors import ConnectError, StatusError, StreamError

LENGTH = f"Content-Length: {len(BODY)}"
LONG_LENGTH = f"Content-Length: {len(BODY) + 99}"
CHUNKED = head("Transfer-Encoding: chunked")
FIRST = f"{len(HALF):x}\r\n".encode() + HALF + b"\r\n"
SILENT = {"timeout_s": 0.5, "within_s": 0.5}
IDLE = {"timeout_s": 0.3, "within_s": 1.5}  # five silences


def packed(data, name="gzip", **options):
    return plain(data, f"Content-Encoding: {name}", **options)


def raw_deflate(data):
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(data) + packer.flush()


def cut_off(name, *sends, **options):
    return fails(name, StreamError, *sends, **{"words": "broke", "text": "Half", **options})


def unreached(name, *sends, **options):
    return fails(name, ConnectError, *sends, **{"words": "base URL", **options})


HTTP = [
    unreached("closed", RESET),
    unreached("closed-politely"),
    unreached("reset-in-head", b"HTTP/1.1 200 OK\r\nContent-", 0.05, RESET),
    unreached("cut-in-head", b"HTTP/1.1 200 OK\r\nContent-"),
    unreached("no-http", b"SSH-2.0-OpenSSH_9.9\r\n"),
    unreached("no-status", b"HTTP/1.1 OK\r\n\r\n"),
    fails("http-9", StreamError, b"HTTP/9.9 200 OK\r\n\r\n", words="base URL"),
    unreached("bad-header", b"HTTP/1.1 200 OK\r\nbroken header\r\n\r\n"),
    unreached("header-flood", b"HTTP/1.1 200 OK\r\n" + b"X-Pad: " + b"x" * 200_000 + b"\r\n\r\n"),
    unreached("header-lines-flood", b"HTTP/1.1 200 OK\r\n" + b"X-Pad: x\r\n" * 30_000 + b"\r\n"),
    unreached("endless-headers", b"HTTP/1.1 200 OK\r\n", Forever(b"X-Pad: x\r\n" * 999)),
    unreached("two-lengths", head("Content-Length: 5", "Content-Length: 7"), BODY),
    unreached("bad-length", head("Content-Length: many"), BODY),
    unreached("negative-length", head("Content-Length: -5"), BODY),
    unreached("tls-alert", b"\x15\x03\x01\x00\x02\x02\x46"),
    whole("early-hints", b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" * 3, plain(BODY)),
    whole("continue", b"HTTP/1.1 100 Continue\r\n\r\n", plain(BODY)),
    whole("two-content-types", plain(BODY, "Content-Type: text/html")),
    whole("same-length-twice", plain(BODY, LENGTH)),
    whole("many-headers", plain(BODY, *(f"X-Pad-{i}: {'x' * 500}" for i in range(100)))),
    whole("length-too-long", head(LONG_LENGTH), BODY),
    fails(
        "length-too-short",
        StreamError,
        head(f"Content-Length: {len(HALF) + 10}"),
        BODY.replace(b"Hello", b"Half", 1)[: len(HALF) + 10],
        words="complete",
    ),
    cut_off("length-not-reached", head(LONG_LENGTH), HALF),
    cut_off("reset-in-body", head(), HALF, 0.1, RESET),
    cut_off("reset-in-chunk", CHUNKED, FIRST, 0.1, RESET),
    cut_off("no-last-chunk", CHUNKED, FIRST),
    cut_off("bad-chunk-size", CHUNKED, FIRST, b"zz\r\nxx\r\n"),
    cut_off("negative-chunk", CHUNKED, FIRST, b"-5\r\nxx\r\n"),
    cut_off("chunk-cut", CHUNKED, FIRST, b"ff\r\ndata: {"),
    cut_off("chunk-no-crlf", CHUNKED, FIRST, b"1\r\nxyz"),
    cut_off("chunk-size-flood", CHUNKED, FIRST, b"0" * 200_000),
    fails(
        "last-chunk-early",
        StreamError,
        CHUNKED,
        FIRST,
        b"0\r\n\r\n",
        BODY,
        words="complete",
        text="Half",
    ),
    whole(
        "reset-behind-finish",
        head(),
        events(chunk(SAID), chunk(finish="stop"), done=False),
        0.1,
        RESET,
    ),
    whole("chunk-trailers", chunked(BODY, end=b"0\r\nX-Sum: 1\r\n\r\n")),
    unreached("status-101", head("Upgrade: websocket", status="101 Switching Protocols")),
    fails("status-204", StreamError, head(status="204 No Content"), words="empty"),
    fails("status-205", StreamError, plain(b"", status="205 Reset Content"), words="empty"),
    whole("status-201", plain(BODY, status="201 Created")),
]

PACKED = [
    whole("gzip", packed(gzip.compress(BODY))),
    whole("deflate", packed(zlib.compress(BODY), "deflate")),
    whole("deflate-raw", packed(raw_deflate(BODY), "deflate")),
    whole("identity", packed(BODY, "identity")),
    whole(
        "gzip-chunked",
        chunked(
            *(gzip.compress(BODY)[i : i + 7] for i in range(0, len(gzip.compress(BODY)), 7)),
            headers=("Content-Encoding: gzip",),
        ),
    ),
    unreached("gzip-wrong", packed(BODY), words="unpacked"),
    unreached("deflate-wrong", packed(b"\xff" * 99, "deflate"), words="unpacked"),
    fails("gzip-cut", StreamError, packed(gzip.compress(HALF + BODY * 5)[:90]), words="."),
    fails("br", StreamError, packed(b"\x0b\x02\x80" + b"x" * 50, "br"), words="Content-Encoding"),
    fails(
        "zstd",
        StreamError,
        packed(b"\x28\xb5\x2f\xfd" + b"x" * 50, "zstd"),
        words="Content-Encoding",
    ),
    whole("encoding-utf-8", packed(BODY, "utf-8")),
    fails(
        "gzip-often",
        StreamError,
        packed(gzip.compress(BODY), ", ".join(["gzip"] * 40)),
        words="Content-Encoding",
    ),
]

SLOW = [
    fails(
        "status-stalled",
        StatusError,
        head("Content-Length: 999", status="500 x"),
        b"{",
        HOLD,
        words="500",
        **SILENT,
    ),
    unreached("silent", HOLD, words="timeout_s", **SILENT),
    unreached("silent-in-head", b"HTTP/1.1 200 OK\r\n", HOLD, words="timeout_s", **SILENT),
    unreached("head-drips", Forever(b"H", 0.1), words="timeout_s", **SILENT),
    unreached(
        "headers-drip",
        b"HTTP/1.1 200 OK\r\n",
        Forever(b"X-Pad: 1\r\n", 0.1),
        words="timeout_s",
        **SILENT,
    ),
    unreached(
        "hints-drip", Forever(b"HTTP/1.1 103 Early Hints\r\n\r\n", 0.1), words="timeout_s", **SILENT
    ),
    unreached("silent-behind-head", head(), HOLD, words="timeout_s", **SILENT),
    unreached("silent-behind-comment", head(), b": hm\n\n", HOLD, words="timeout_s", **SILENT),
    fails(
        "silent-in-text", StreamError, head(), HALF, HOLD, words="timeout_s", text="Half", **SILENT
    ),
    fails(
        "silent-in-line",
        StreamError,
        head(),
        HALF,
        b"data: {",
        HOLD,
        words="timeout_s",
        text="Half",
        **SILENT,
    ),
    unreached("body-drips", head(), Forever(b"d", 0.1), words="whole line", **SILENT),
    fails(
        "line-drips",
        StreamError,
        head(),
        HALF,
        Forever(b"d", 0.1),
        words="whole line",
        text="Half",
        **SILENT,
    ),
    unreached("comments-drip", head(), Forever(b": hm\n\n", 0.05), words="keep-alives", **IDLE),
    unreached("blanks-drip", head(), Forever(b"\n", 0.05), words="keep-alives", **IDLE),
    unreached(
        "events-drip",
        head(),
        Forever(b'data: {"choices": []}\n\n', 0.05),
        words="keep-alives",
        **IDLE,
    ),
    fails(
        "comments-drip-in-text",
        StreamError,
        head(),
        HALF,
        Forever(b": hm\n\n", 0.05),
        words="keep-alives",
        text="Half",
        **IDLE,
    ),
    whole(
        "comments-then-text",
        head(),
        *(0.25, b": OPENROUTER PROCESSING\n\n") * 5,
        BODY,
        timeout_s=0.8,
    ),
    whole(
        "slow-words",
        head(),
        *(part for at in range(0, len(BODY), 40) for part in (BODY[at : at + 40], 0.02)),
        timeout_s=0.8,
    ),
    whole("silent-behind-done", head(), BODY, HOLD, **SILENT),
    whole(
        "silent-behind-finish",
        head(),
        events(chunk(SAID), chunk(finish="stop"), done=False),
        HOLD,
        **SILENT,
    ),
]
