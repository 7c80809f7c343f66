"""A real HTTP server on loopback that speaks the OpenAI wire format, and notes what it saw."""

import asyncio
import json
import socket
import struct
import sys
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from vlm_notebook.chat.engine import engine

RESET = object()
"""A piece that is no bytes: the connection is cut hard, as by a crash."""


def chunk(text=None, *, finish=None, usage=None, **delta):
    """One event's JSON."""
    if text is not None:
        delta["content"] = text
    choices = [{"index": 0, "delta": delta, "finish_reason": finish}]
    payload = {"object": "chat.completion.chunk", "choices": [] if usage else choices}
    return json.dumps({**payload, **({"usage": usage} if usage else {})}, ensure_ascii=False)


def events(*datas, done=True):
    """Bytes of a whole stream."""
    lines = [*datas, *(["[DONE]"] if done else [])]
    return "".join(f"data: {data}\n\n" for data in lines).encode()


def answer(text, *, usage=None, finish="stop"):
    """A usual stream, word by word."""
    words = text.split(" ")
    spaced = [word if i == 0 else f" {word}" for i, word in enumerate(words)]
    tail = [chunk(usage=usage)] if usage else []
    return events(chunk("", role="assistant"), *map(chunk, spaced), chunk(finish=finish), *tail)


@dataclass
class Reply:
    """What the server says next: bytes, in pieces with pauses if they are to be slow.

    With `chunked` the pieces travel in HTTP's chunked encoding, whose missing end is an error;
    without, the closed connection is the end. With `held` the server is silent after the pieces
    until the client has gone.
    """

    body: bytes = b""
    status: int = 200
    media_type: str = "text/event-stream"
    pieces: tuple = ()
    pause_s: float = 0.0
    headers: dict = field(default_factory=dict)
    chunked: bool = False
    held: bool = False


def slow(*pieces, **options):
    """An answer that has begun and goes on for as long as anybody listens."""
    return Reply(pieces=(*pieces, *[b": wait\n\n"] * 3000), pause_s=0.01, **options)


def refusal(status, message, **headers):
    """An error as providers word it."""
    body = json.dumps({"error": {"message": message}}).encode()
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Reply(body, status, "application/json", headers=named)


class ModelServer:
    """Gives the replies in its list, in order, the last one for ever.

    One that can be called is called with the request, and returns the reply.
    """

    def __init__(self):
        self.replies = [Reply(answer("Hello there."))]
        self.requests = []
        self.headers = []
        self.closed_early = threading.Event()
        self.models = {"data": [{"id": "some/model-vl", "features": ["vision"]}]}
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.model, self._server.cut = self, []
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        self._thread.start()

    @property
    def base_url(self):
        return f"http://127.0.0.1:{self._server.server_port}/v1"

    def says(self, *replies):
        self.replies = list(replies)

    def next_reply(self):
        return self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]

    def close(self):
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Server(ThreadingHTTPServer):
    def shutdown_request(self, request):
        """Spare a connection that is to be cut the polite end."""
        if request in self.cut:
            self.close_request(request)
        else:
            super().shutdown_request(request)

    def handle_error(self, request, client_address):
        """Note who left early, and say nothing; what else fails, fails in the test."""
        if isinstance(sys.exception(), OSError):
            self.model.closed_early.set()
        else:
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.server.model.headers.append({k.lower(): v for k, v in self.headers.items()})
        reply = self.server.model.models
        if not isinstance(reply, Reply):
            reply = Reply(json.dumps(reply).encode(), media_type="application/json")
        self._head(reply, len(reply.body))
        self.wfile.write(reply.body)

    def do_POST(self):
        length = int(self.headers["content-length"])
        self.server.model.headers.append({k.lower(): v for k, v in self.headers.items()})
        request = json.loads(self.rfile.read(length))
        self.server.model.requests.append(request)
        reply = self.server.model.next_reply()
        if callable(reply):
            reply = reply(request)
        if not reply.pieces:
            self._head(reply, len(reply.body))
            self.wfile.write(reply.body)
            return
        self._head(reply, None)
        self._drip(reply)

    def _head(self, reply, length):
        self.send_response(reply.status)
        self.send_header("content-type", reply.media_type)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        if length is not None:
            self.send_header("content-length", str(length))
        elif reply.chunked:
            self.send_header("transfer-encoding", "chunked")
        if length is None:
            self.send_header("connection", "close")
            self.close_connection = True
        self.end_headers()

    def _drip(self, reply):
        try:
            for piece in reply.pieces:
                if piece is RESET:
                    self._reset()
                    return
                self.wfile.write(_framed(piece) if reply.chunked else piece)
                self.wfile.flush()
                time.sleep(reply.pause_s)
            if reply.held:
                self._wait_for_the_end()
        except OSError:
            self.server.model.closed_early.set()

    def _wait_for_the_end(self):
        self.connection.settimeout(10)
        if self.connection.recv(1) == b"":
            self.server.model.closed_early.set()

    def _reset(self):
        linger = struct.pack("ii", 1, 0)  # on, for no time: closing resets
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self.server.cut.append(self.connection)

    def log_message(self, *_):
        pass


def _framed(piece):
    return f"{len(piece):x}\r\n".encode() + piece + b"\r\n"


@contextmanager
def running():
    """A server whose end asserts that the engine has nothing left to do."""
    server = ModelServer()
    try:
        yield server
        _assert_settled(engine())
    finally:
        server.close()


def _assert_settled(used):
    """Closing a connection takes the loop a few rounds; more than that is a leak."""
    for _ in range(200):
        pending = used.submit(_pending()).result(5)
        if not pending:
            return
        time.sleep(0.01)
    raise AssertionError(f"the engine is left with {pending}")


async def _pending():
    here = asyncio.current_task()
    return [repr(task) for task in asyncio.all_tasks() if task is not here]
