"""A raw HTTP server on loopback, and a network of invented names that ends there."""

from __future__ import annotations

import socket
from contextlib import suppress
from threading import Event, Thread

PUBLIC = "93.184.215.14"
"""Stands for the outside: connections to it are led to a loopback server, never out."""

SITE = "pics.example.org"
"""A name whose look-up gives `PUBLIC`."""

TLS_HELLO = b"\x16\x03"
REAL_CONNECT = socket.socket.connect
REAL_GETADDRINFO = socket.getaddrinfo


def reply(body=b"", *headers, status="200 OK"):
    """Spell out an HTTP answer whose Content-Length is right."""
    lines = (f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers, "", "")
    return "\r\n".join(lines).encode() + body


def redirect(to, *headers, status="302 Found"):
    return reply(b"", f"Location: {to}", *headers, status=status)


class Server:
    """Answers each connection with what `answer(path)` returns: bytes, or an iterable of them."""

    def __init__(self, answer, *, tls=None):
        self.answer, self.tls = answer, tls
        self.requests, self.connections, self.stopped = [], 0, Event()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.listener.settimeout(0.02)
        self.port = self.listener.getsockname()[1]
        self.thread = Thread(target=self._run, daemon=True)
        self.thread.start()

    def close(self):
        self.stopped.set()
        self.thread.join(10)
        self.listener.close()
        assert not self.thread.is_alive()

    def _run(self):
        while not self.stopped.is_set():
            with suppress(TimeoutError):
                conn = self.listener.accept()[0]
                self.connections += 1
                conn.settimeout(5)
                with suppress(OSError), self._secured(conn) as stream:
                    self._serve(stream)

    def _secured(self, conn):
        try:
            return self.tls.wrap_socket(conn, server_side=True) if self.tls else conn
        except OSError:
            conn.close()
            raise

    def _serve(self, conn):
        request = b""
        while b"\r\n\r\n" not in request:
            data = conn.recv(4096)
            if not data:
                return
            request += data
            if request.startswith(TLS_HELLO):
                conn.sendall(reply(b"", status="400 Bad Request"))
                return
        self.requests.append(request.decode())
        pieces = self.answer(self.requests[-1].split()[1])
        for piece in [pieces] if isinstance(pieces, bytes) else pieces:
            if self.stopped.is_set():
                return
            conn.sendall(piece)
        with suppress(OSError):
            conn.shutdown(socket.SHUT_WR)


class Net:
    """Takes the place of name look-ups and keeps every connection on loopback.

    Attributes:
        names: name -> answers, one list of addresses for each look-up; the last one stays.
        routes: address -> port of the loopback server that stands for it.
        lookups, connects: what was asked for and connected to, in order.
    """

    def __init__(self, monkeypatch):
        self.names, self.routes, self.lookups, self.connects = {}, {}, [], []
        net = self

        def connect(sock, at):
            net.connects.append(at[0])
            if at[0] in net.routes:
                at = ("127.0.0.1", net.routes[at[0]])
            assert at[0] in {"127.0.0.1", "::1"}, f"a test wanted to connect to {at}"
            REAL_CONNECT(sock, at)

        monkeypatch.setattr(socket.socket, "connect", connect)
        monkeypatch.setattr(socket, "getaddrinfo", self.getaddrinfo)

    def getaddrinfo(self, host, port, *_args, **_options):
        self.lookups.append(host)
        answers = self.names.get(host)
        if answers is None:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        found = answers.pop(0) if len(answers) > 1 else answers[0]
        numeric = socket.AI_NUMERICHOST
        return [
            entry
            for address in found
            for entry in REAL_GETADDRINFO(address, port, type=socket.SOCK_STREAM, flags=numeric)
        ]
