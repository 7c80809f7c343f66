"""A real kernel, asked as a browser asks it, whose output is counted."""

from __future__ import annotations

import os
import sys
import time
import uuid
from contextlib import contextmanager
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, NamedTuple

import zmq
from jupyter_client.manager import KernelManager

if TYPE_CHECKING:
    from collections.abc import Iterator

_COMMAND = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
_TIMEOUT_S = 300


class Cost(NamedTuple):
    """What a cell put on the wire, and what it took the kernel."""

    messages: int
    nbytes: int
    cpu_s: float


class Kernel:
    """Runs cells and counts what comes out of them."""

    def __init__(self, client: Any, iopub: zmq.Socket[bytes]) -> None:
        self._client = client
        self._iopub = iopub

    def run(self, code: str) -> Cost:
        """Run a cell; its messages for "busy", "idle" and the code are not counted."""
        before = self._clock()
        sizes = [sum(map(len, frames)) for frames in self._messages(code)]
        return Cost(len(sizes), sum(sizes), self._clock() - before)

    def _clock(self) -> float:
        """Return the CPU time of the kernel so far, in seconds."""
        (frames,) = self._messages("import time\nprint(time.process_time(), end='', flush=True)")
        return float(self._client.session.unpack(frames[-1])["text"])

    def _messages(self, code: str) -> Iterator[list[bytes]]:
        session = self._client.session
        content = {"code": code, "silent": False, "store_history": False, "allow_stdin": False}
        message = session.msg("execute_request", content)
        # jupyter_client's own ids tell that there is no browser
        message["header"]["msg_id"] = message["msg_id"] = str(uuid.uuid4())
        session.send(self._client.shell_channel.socket, message)
        deadline = time.monotonic() + _TIMEOUT_S
        while time.monotonic() < deadline:
            if not self._iopub.poll(1000):
                continue
            frames = self._iopub.recv_multipart()
            _, parts = session.feed_identities(frames)
            header, parent = map(session.unpack, parts[1:3])
            kind = header["msg_type"]
            if kind == "error":
                raise RuntimeError(session.unpack(parts[4])["evalue"])
            ours = parent.get("msg_id") == message["msg_id"]
            if (
                kind == "status"
                and ours
                and session.unpack(parts[4]).get("execution_state") == "idle"
            ):
                return
            if kind not in {"status", "execute_input", "iopub_welcome"}:
                yield frames
        raise TimeoutError(code)


@contextmanager
def running() -> Iterator[Kernel]:
    """Start a kernel of this interpreter, and shut it down."""
    with TemporaryDirectory(prefix="k") as folder, zmq.Context() as context:
        manager = KernelManager(kernel_name="python3", transport="ipc", ip=f"{folder}/s")
        manager.connection_file = f"{folder}/connection.json"
        manager.kernel_cmd = _COMMAND
        manager.start_kernel(env={**os.environ, "IPYTHONDIR": folder})
        client = manager.client()
        client.start_channels()
        try:
            client.wait_for_ready(timeout=60)
            client.iopub_channel.stop()
            with context.socket(zmq.SUB) as iopub:
                iopub.rcvhwm = 0  # without it the socket drops what it cannot hold
                iopub.subscribe(b"")
                iopub.connect(f"ipc://{manager.ip}-{manager.iopub_port}")
                time.sleep(0.5)  # a subscription travels too
                yield Kernel(client, iopub)
        finally:
            client.stop_channels()
            manager.shutdown_kernel(now=True)
            manager.cleanup_resources()
