"""A control whose messages are kept, and pages that speak to it."""

from __future__ import annotations

import time


def hearing(kind):
    """Return a control's class whose objects keep, in `.heard`, what they tell their pages."""

    class Heard(kind):
        def __init__(self, *args, **options):
            self.heard = []
            super().__init__(*args, **options)

        def send(self, content, buffers=None):
            self.heard.append(content)
            super().send(content, buffers)

    return Heard


def tell(control, kind, **content):
    """Have a page send a message."""
    control._receive(control, {"kind": kind, **content}, [])


def told(control, kind):
    """Return the messages of a kind, the oldest first."""
    return [message for message in control.heard if message["kind"] == kind]


def lines(control):
    """Return the lines said below the control, but for those that take one away."""
    return [message["line"] for message in told(control, "say") if message["line"]]


def wait_for(is_so, timeout_s=20):
    """Wait until it is so."""
    deadline = time.monotonic() + timeout_s
    while not is_so():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.01)
