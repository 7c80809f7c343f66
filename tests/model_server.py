"""A real HTTP server on loopback that speaks the OpenAI wire format, and notes what it saw."""

import json
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


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
    """What the server says next: bytes, in pieces with pauses if they are to be slow."""

    body: bytes = b""
    status: int = 200
    media_type: str = "text/event-stream"
    pieces: tuple = ()
    pause_s: float = 0.0
    headers: dict = field(default_factory=dict)


class ModelServer:
    """Gives the replies in its list, in order, the last one for ever."""

    def __init__(self):
        self.replies = [Reply(answer("Hello there."))]
        self.requests = []
        self.headers = []
        self.closed_early = threading.Event()
        self.models = {"data": [{"id": "some/model-vl", "features": ["vision"]}]}
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
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

    def _handler(outer):  # noqa: N805 - the handler is the inner one
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):  # noqa: N802 - the standard library's name
                body = json.dumps(outer.models).encode()
                self._head(Reply(media_type="application/json"), len(body))
                self.wfile.write(body)

            def do_POST(self):  # noqa: N802 - likewise
                length = int(self.headers["content-length"])
                outer.headers.append(dict(self.headers))
                outer.requests.append(json.loads(self.rfile.read(length)))
                reply = outer.next_reply()
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
                if length is None:
                    self.send_header("connection", "close")
                    self.close_connection = True
                else:
                    self.send_header("content-length", str(length))
                self.end_headers()

            def _drip(self, reply):
                try:
                    for piece in reply.pieces:
                        self.wfile.write(piece)
                        self.wfile.flush()
                        time.sleep(reply.pause_s)
                except OSError:
                    outer.closed_early.set()

            def log_message(self, *_):
                pass

        return Handler
