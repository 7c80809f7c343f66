"""A server on loopback, in a process of its own, that streams as the great providers do.

The model's name says how: "8000" is so many tokens as fast as they are taken, each in an HTTP
chunk of its own; "8000@100" is 100 a second; "8000*64" puts 64 events in each HTTP chunk.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

FOLDER = Path(__file__).parent

WORDS = ("light", "shadow", "the", "stone", "tower", "with", "a", "green", "window", "and")
PARAGRAPH = 60
"""Words in a paragraph of the answer."""

_PER_WRITE = 16
"""Events that travel together where none is waited for, as they do from a fast provider."""


def words(count: int) -> list[str]:
    """Return the tokens of an answer, about five bytes each, in paragraphs."""
    return [
        WORDS[i * i % 97 % len(WORDS)] + (".\n\n" if i % PARAGRAPH == PARAGRAPH - 1 else " ")
        for i in range(count)
    ]


def event(delta: dict[str, str], finish: str | None = None) -> bytes:
    """Return one event with all the fields that OpenAI sends, in their order."""
    payload = {
        "id": "chatcmpl-AbCdEfGhIjKlMnOpQrStUvWxYz012",
        "object": "chat.completion.chunk",
        "created": 1_750_000_000,
        "model": "some-model-2025-01-01",
        "service_tier": "default",
        "system_fingerprint": "fp_0123456789",
        "choices": [{"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}],
    }
    return f"data: {json.dumps(payload, separators=(',', ':'))}\n\n".encode()


def events(count: int) -> list[bytes]:
    """Return the events of a whole answer."""
    said = [event({"content": word}) for word in words(count)]
    return [event({"role": "assistant", "content": ""}), *said, event({}, "stop")]


def _groups(pieces: list[bytes], size: int) -> Iterator[list[bytes]]:
    return (pieces[start : start + size] for start in range(0, len(pieces), size))


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_POST(self) -> None:
        length = int(self.headers["content-length"])
        model = json.loads(self.rfile.read(length))["model"]
        model, _, together = model.partition("*")
        count, _, rate = model.partition("@")
        self.send_response(200)
        self.send_header("content-type", "text/event-stream; charset=utf-8")
        self.send_header("transfer-encoding", "chunked")
        self.end_headers()
        pieces = [b"".join(group) for group in _groups(events(int(count)), int(together or 1))]
        framed = [b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces]
        self._drip(framed, float(rate)) if rate else self._pour(framed)
        self.wfile.write(b"e\r\ndata: [DONE]\n\n\r\n0\r\n\r\n")

    def _drip(self, framed: list[bytes], rate: float) -> None:
        began = time.monotonic()
        for number, piece in enumerate(framed):
            time.sleep(max(0.0, began + number / rate - time.monotonic()))
            self.wfile.write(piece)

    def _pour(self, framed: list[bytes]) -> None:
        for group in _groups(framed, _PER_WRITE):
            self.wfile.write(b"".join(group))

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def running() -> Iterator[str]:
    """Run the server in a process of its own; give its base URL."""
    process = subprocess.Popen([sys.executable, __file__], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None  # noqa: S101 - for the type
        yield f"http://127.0.0.1:{int(process.stdout.readline())}/v1"
    finally:
        process.terminate()
        process.wait()
        process.stdout.close()


if __name__ == "__main__":
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.daemon_threads = True
    print(server.server_port, flush=True)
    server.serve_forever()
