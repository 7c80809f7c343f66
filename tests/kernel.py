"""A real kernel, asked as a browser asks it, whose traffic is counted."""

import os
import sys
import time
import uuid
from contextlib import contextmanager
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

from jupyter_client.manager import KernelManager

COMMAND = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]


class Sent(NamedTuple):
    """One message from the kernel to its front ends, with its size on the wire."""

    kind: str
    content: dict
    size: int

    @property
    def method(self):
        """What a comm message does: "update", "custom" or "echo_update"; None for others."""
        return self.content.get("data", {}).get("method") if self.kind == "comm_msg" else None

    @property
    def bundle(self):
        """The types of what is displayed, sorted."""
        return sorted(self.content.get("data", {}))


class Cell:
    """A cell that runs: its messages so far, and all of them once it has ended."""

    def __init__(self, kernel, wanted, deadline):
        self.sent = []
        self._messages = kernel._messages(wanted, deadline)

    def until(self, is_wanted):
        """Read on up to a message of a kind; return it."""
        for message in self._messages:
            self.sent.append(message)
            if is_wanted(message):
                return message
        raise AssertionError(f"never came; there were {[m.kind for m in self.sent]}")

    def end(self):
        """Read on to the end and return every message."""
        self.sent += self._messages
        return self.sent


class Kernel:
    """Runs code and keeps every message that came back, with its size on the wire."""

    def __init__(self, client, manager):
        self._client = client
        self._manager = manager

    def run(self, code, *, live=True, timeout_s=120):
        """Run a cell and return every message, as `Sent`, that a front end got from it."""
        return self.start(code, live=live, timeout_s=timeout_s).end()

    def start(self, code, *, live=True, timeout_s=120):
        """Ask for a cell to be run, as a browser or (not `live`) as jupyter_client does."""
        session = self._client.session
        content = {"code": code, "silent": False, "store_history": True, "stop_on_error": True}
        message = session.msg("execute_request", {**content, "allow_stdin": False})
        if live:
            message["header"]["msg_id"] = message["msg_id"] = str(uuid.uuid4())
        session.send(self._client.shell_channel.socket, message)
        return Cell(self, message["msg_id"], time.monotonic() + timeout_s)

    def value(self, expression, *, live=True):
        """Run a cell that ends with `expression` and return its `text/plain`."""
        sent = self.run(expression, live=live)
        results = [m.content["data"]["text/plain"] for m in sent if m.kind == "execute_result"]
        assert len(results) == 1, texts(sent)
        return results[0]

    def interrupt(self):
        """Press the interrupt button."""
        self._manager.interrupt_kernel()

    def say_to_widget(self, comm_id: str, content: Any, *, subshell: str | None = None):
        """Send a custom message as a widget's front end does; the kernel's turn comes later."""
        data = {"method": "custom", "content": content}
        session = self._client.session
        message = session.msg("comm_msg", {"comm_id": comm_id, "data": data})
        if subshell:
            message["header"]["subshell_id"] = subshell
        session.send(self._client.shell_channel.socket, message)

    def subshell(self):
        """Open what JupyterLab sends widgets' messages to; None where ipykernel is too old."""
        info = self._client.kernel_info(reply=True, timeout=30)
        if "kernel subshells" not in info["content"].get("supported_features", []):
            return None
        request = self._client.session.msg("create_subshell_request", {})
        self._client.control_channel.send(request)
        return self._client.get_control_msg(timeout=30)["content"]["subshell_id"]

    def _messages(self, wanted, deadline):
        socket, session = self._client.iopub_channel.socket, self._client.session
        while time.monotonic() < deadline:
            if not socket.poll(1000):
                continue
            frames = socket.recv_multipart()
            _, parts = session.feed_identities(frames)
            message = session.deserialize(parts)
            yield Sent(message["header"]["msg_type"], message["content"], sum(map(len, frames)))
            ended = message["content"].get("execution_state") == "idle"
            if ended and message["parent_header"].get("msg_id") == wanted:
                return
        raise TimeoutError("the kernel did not become idle")


def texts(sent):
    """Return what was printed and what was raised: for the message of a failing test."""
    printed = [m.content["text"] for m in sent if m.kind == "stream"]
    raised = ["\n".join(m.content["traceback"]) for m in sent if m.kind == "error"]
    return "".join(printed + raised)


@contextmanager
def running(**env):
    """Start a kernel of this interpreter, and shut it down.

    It listens on sockets in a folder of its own: over TCP it would warn of eavesdroppers.
    """
    with TemporaryDirectory(prefix="k") as folder:
        manager = KernelManager(kernel_name="python3", transport="ipc", ip=f"{folder}/s")
        manager.connection_file = f"{folder}/connection.json"
        manager.kernel_cmd = COMMAND
        manager.start_kernel(env={**os.environ, "IPYTHONDIR": folder, **env})
        client = manager.client()
        client.start_channels()
        try:
            client.wait_for_ready(timeout=60)
            yield Kernel(client, manager)
        finally:
            client.stop_channels()
            manager.shutdown_kernel(now=True)
            manager.cleanup_resources()
