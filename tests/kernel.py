"""A real kernel, asked as a browser asks it, whose traffic is counted."""

import sys
import time
import uuid
from contextlib import contextmanager

from jupyter_client.manager import KernelManager


class Kernel:
    """Runs code and keeps every message that came back, with its size on the wire."""

    def __init__(self, client):
        self._client = client

    def run(self, code, *, live=True, timeout_s=120):
        """Run a cell and return [(type, content, bytes)] of what a front end was sent."""
        session = self._client.session
        content = {"code": code, "silent": False, "store_history": True}
        message = session.msg("execute_request", {**content, "allow_stdin": False})
        if live:
            message["header"]["msg_id"] = message["msg_id"] = str(uuid.uuid4())
        session.send(self._client.shell_channel.socket, message)
        return list(self._messages(message["msg_id"], time.monotonic() + timeout_s))

    def _messages(self, wanted, deadline):
        while time.monotonic() < deadline:
            if not self._client.iopub_channel.socket.poll(1000):
                continue
            frames = self._client.iopub_channel.socket.recv_multipart()
            _, parts = self._client.session.feed_identities(frames)
            message = self._client.session.deserialize(parts)
            yield message["header"]["msg_type"], message["content"], sum(map(len, frames))
            ended = message["content"].get("execution_state") == "idle"
            if ended and message["parent_header"].get("msg_id") == wanted:
                return
        raise TimeoutError("the kernel did not become idle")


@contextmanager
def running(**env):
    """Start a kernel of this interpreter, and shut it down."""
    import os

    manager = KernelManager(kernel_name="python3")
    manager.kernel_cmd = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    manager.start_kernel(env={**os.environ, **env})
    client = manager.client()
    client.start_channels()
    try:
        client.wait_for_ready(timeout=60)
        yield Kernel(client)
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
        manager.cleanup_resources()
