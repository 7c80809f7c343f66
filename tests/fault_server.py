"""A server on raw sockets that does to a client what the fault says which the path names."""

from __future__ import annotations

import socket
import struct
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from threading import Event, Thread

KEY = "planted-Kq7/Zx93+Wm5vTj2LdR8"
RESET, HOLD = object(), object()
"""Cut the connection hard, as by a crash; say nothing more until the client has gone."""


@dataclass(frozen=True)
class Forever:
    """Bytes that are sent again and again, with a pause between, in seconds."""

    piece: bytes
    pause_s: float = 0.0


@dataclass(frozen=True)
class Fault:
    """What a server does, and what must come of it.

    Attributes:
        name: one of a kind.
        sends: bytes, pauses in seconds, functions of the request that give bytes, `Forever`,
            `RESET` and `HOLD`, in order; then the connection is closed.
        whole: the answer's text, or None where it must fail.
        fails: the class of the error.
        words: what its message must hold, small letters or not.
        text: what the error must have kept of the answer.
        timeout_s: the client's.
        within_s: how long it may take.
    """

    name: str
    sends: tuple
    whole: str | None = None
    fails: type | None = None
    words: tuple = ()
    text: str = ""
    timeout_s: float = 5.0
    within_s: float = 5.0


def whole(name, *sends, text="Hello there.", **options):
    return Fault(name, sends, whole=text, **options)


def fails(name, kind, *sends, words=(), **options):
    return Fault(
        name, sends, fails=kind, words=(words,) if isinstance(words, str) else words, **options
    )


TLS_HELLO = b"\x16\x03"
TLS_TO_HTTP = Fault("TLS to HTTP", (b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n",))


class FaultServer:
    """Serves `/<name of a fault>/v1/chat/completions` on loopback."""

    def __init__(self, faults=(), *, tls=None, family=socket.AF_INET):
        self.faults = {fault.name: fault for fault in (TLS_TO_HTTP, *faults)}
        self.requests, self._tls, self._stopped = [], tls, Event()
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=50, family=family)
        self._listener.settimeout(0.02)
        self.port = self._listener.getsockname()[1]
        self._threads = [Thread(target=self._accept)]
        self._threads[0].start()

    def close(self):
        self._stopped.set()
        for thread in self._threads:
            thread.join(10)
            assert not thread.is_alive()
        self._listener.close()

    def _accept(self):
        while not self._stopped.is_set():
            with suppress(TimeoutError):
                thread = Thread(target=self._serve, args=(self._listener.accept()[0],))
                self._threads.append(thread)
                thread.start()

    def _serve(self, conn):
        conn.settimeout(10)
        with suppress(OSError), self._secured(conn) as stream:
            request = _request(stream)
            self.requests.append(request)
            if fault := self.faults.get(_name(request)):
                self._play(stream, fault.sends, request)

    def _secured(self, conn):
        try:
            return self._tls.wrap_socket(conn, server_side=True) if self._tls else conn
        except OSError:
            conn.close()
            raise

    def _play(self, conn, sends, request):
        for step in sends:
            if step is RESET:
                linger = struct.pack("ii", 1, 0)  # on, for no time: closing resets
                conn.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
                return
            if step is HOLD:
                conn.recv(1)
            elif isinstance(step, float):
                self._stopped.wait(step)
            elif isinstance(step, Forever):
                while not self._stopped.wait(step.pause_s):
                    conn.sendall(step.piece)
            else:
                conn.sendall(step(request) if callable(step) else step)
        conn.shutdown(socket.SHUT_WR)
        while conn.recv(65536):  # closing on unread bytes would be a reset
            pass


def _name(request):
    """The first part of the path; of a proxy's request, the part before it."""
    if request.startswith(TLS_HELLO):
        return TLS_TO_HTTP.name
    target = request.split(b" ")[1].decode() if request else "/"
    return target.split("/")[1] if "/" in target else target


def _request(conn):
    data = b""
    while b"\r\n\r\n" not in data:
        if not (more := conn.recv(65536)):
            return b""
        data += more
        if data.startswith(TLS_HELLO):
            return data
    head, _, sent = data.partition(b"\r\n\r\n")
    length = next(
        (int(h[15:]) for h in head.lower().split(b"\r\n") if h[:15] == b"content-length:"), 0
    )
    while len(sent) < length and (more := conn.recv(65536)):
        sent += more
    return head + b"\r\n\r\n" + sent


@contextmanager
def serving(faults=(), **options):
    server = FaultServer(faults, **options)
    try:
        yield server
    finally:
        server.close()
