"""More than anybody asked for: bombs, floods, and lines without end."""

from __future__ import annotations

import json
import zlib
from itertools import repeat

from fault_server import Fault, Forever, fails
from faults.wire import HALF, choice, chunk, events, head

from vlm_notebook.errors import StatusError, StreamError

MEGABYTE = 1_000_000


def bomb(unit, megabytes):
    """Gzip of so many megabytes of a unit: blocks that can be repeated, without their checksum."""
    packer = zlib.compressobj(9, wbits=-15)
    first = packer.compress(
        (unit * (MEGABYTE // len(unit) + 1))[: MEGABYTE // len(unit) * len(unit)]
    )
    block = first + packer.flush(zlib.Z_FULL_FLUSH)
    return b"\x1f\x8b\x08\0\0\0\0\0\0\xff" + block * megabytes


def packed(unit, megabytes=2000, **options):
    return head("Content-Encoding: gzip", **options) + bomb(unit, megabytes)


def long_line(unit, megabytes=30):
    return (head(), *repeat(unit * (MEGABYTE // len(unit)), megabytes))


def one_by_one(piece):
    """Chunks of one byte each, without end."""
    return head("Transfer-Encoding: chunked"), Forever(b"".join(b"1\r\n%c\r\n" % b for b in piece))


def flood(name, *sends, kind=StreamError, **options):
    return fails(name, kind, *sends, timeout_s=20.0, within_s=10.0, **options)


TEXT = events(chunk("ab "), done=False)
SHORT = b'data:{"choices":[{"delta":{"content":"xy"}}]}\n\n'

FLOODS: list[Fault] = [
    flood("bomb-of-zeros", packed(b"\0", 10_000)),
    flood("bomb-of-spaces", packed(b" ")),
    flood("bomb-of-lines", packed(b"\n")),
    flood("bomb-of-carriage-returns", packed(b"\r")),
    flood("bomb-of-comments", packed(b":\n")),
    flood("bomb-of-long-comments", packed(b": " + b"x" * 99_997 + b"\n")),
    flood("bomb-of-empty-data", packed(b"data:\n\n")),
    flood("bomb-of-data-lines", packed(b"data: x\n")),
    flood("bomb-of-empty-events", packed(b"data: {}\n\n")),
    flood("bomb-of-pings", packed(b'data: {"type": "ping"}\n\n')),
    flood("bomb-of-json", packed(b'{"a":')),
    flood("bomb-of-json-lines", packed(b"{}\n")),
    flood(
        "bomb-of-usage",
        packed(b'data: {"usage": {"prompt_tokens": 1, "completion_tokens": 1}}\n\n'),
    ),
    flood("bomb-refused", packed(b'{"a":', status="400 x"), kind=StatusError),
    flood("bomb-in-words", packed(b"<a <b ", status="500 x"), kind=StatusError),
    flood("line-of-30-mb", *long_line(b"x")),
    flood("data-of-30-mb", head(), b"data: ", *long_line(b"x")[1:]),
    flood("comment-of-30-mb", head(), b":", *long_line(b"x")[1:]),
    flood(
        "text-of-30-mb",
        head(),
        b'data: {"choices": [{"delta": {"content": "',
        *long_line("图".encode())[1:],
    ),
    flood("json-of-30-mb", *long_line(b"[{},{},{}],")),
    flood("objects-of-3-mb", head(), b"data: [", *repeat(b"{}," * 333_333, 3), b"0]\n\n"),
    flood("texts-of-3-mb", head(), *repeat(events(chunk("图" * 999_999 + "😀"), done=False), 30)),
    flood("endless-comments", head(), Forever(b": hm\n\n" * 999)),
    flood("endless-comment", head(), Forever(b": hm\n" * 999)),
    flood("endless-words", head(), Forever(TEXT * 999)),
    flood("endless-short-words", head(), Forever(SHORT * 999)),
    flood(
        "endless-new-words",
        head(),
        Forever(
            b"".join(
                events(json.dumps({"id": i, **choice(delta={"content": "x"})}), done=False)
                for i in range(999)
            )
        ),
    ),
    flood(
        "endless-reasoning",
        head(),
        Forever(events(chunk(reasoning_content="hm "), done=False) * 999),
    ),
    flood(
        "endless-tool-calls",
        head(),
        Forever(events(chunk(tool_calls=[{"index": 0}]), done=False) * 999),
    ),
    flood("endless-single-bytes", *one_by_one(b"x" * 999)),
    flood("endless-single-bytes-of-comments", *one_by_one(b": hm\n" * 200)),
    flood("half-then-comments", head(), HALF, Forever(b":\n" * 9999)),
]
