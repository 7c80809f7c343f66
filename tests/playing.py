"""What a page does with a playground, without a page."""

import json
import time

import ipywidgets
from ipywidgets.embed import embed_data
from model_server import Reply, chunk, events


def wait_for(is_so, timeout_s=20):
    deadline = time.monotonic() + timeout_s
    while not is_so():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.01)


def idle(widget):
    wait_for(lambda: not widget.prompt.busy)


def ask(widget, prompt=None):
    receive(widget.prompt, kind="ask", text=prompt or widget.prompt.value)
    idle(widget)
    return widget.thread.children[0]


def receive(control, *buffers, **content):
    control._receive(control, content, list(buffers))


def heard(control):
    """Return what a control tells its pages from now on."""
    told = []
    control.send = lambda content, buffers=None: told.append(content)
    return told


def endless(text="Half "):
    """Some text, and then silence for as long as somebody listens."""
    return Reply(pieces=(events(chunk(text), done=False), *[b": ping\n\n"] * 300), pause_s=0.05)


def kept(widget, kind="text/html"):
    """Return what the notebook's file holds."""
    return "".join(part[kind] for part in widget.header._parts)


def saved(widget):
    """Return what a notebook saves of the widget and all that it holds."""
    state = embed_data(views=[widget], state=None)
    return json.dumps([state, ipywidgets.Widget.get_manager_state()], default=str)
