"""A server that nobody may ask for anything, and that counts who does."""

from __future__ import annotations

from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread


class Canary:
    """Listens on a loopback port of its own.

    Attributes:
        host: its name and port, as they stand in an address.
        asked: "METHOD path" of each request, oldest first.
        connections: how many were opened, those without a request included.
    """

    def __init__(self):
        self.asked, self.connections = [], 0
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.daemon_threads = True
        self._server.canary = self
        self.host = f"127.0.0.1:{self._server.server_port}"
        self._thread = Thread(target=self._server.serve_forever, args=(0.02,))
        self._thread.start()

    def close(self):
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Server(ThreadingHTTPServer):
    def verify_request(self, request, client_address):
        self.canary.connections += 1
        return True

    def handle_error(self, request, client_address):
        """A connection that is opened and cut has been counted; there is no more to say."""


class _Handler(BaseHTTPRequestHandler):
    def __getattr__(self, name):
        if name.startswith("do_"):
            return self._count
        raise AttributeError(name)

    def _count(self):
        self.server.canary.asked.append(f"{self.command} {self.path}")
        self.send_response(204)
        self.send_header("Access-Control-Allow-Origin", "*")
        self.end_headers()

    def log_message(self, *_):
        pass


@contextmanager
def running():
    canary = Canary()
    try:
        yield canary
    finally:
        canary.close()
