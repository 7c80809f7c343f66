"""Where output goes: a live front end, a kernel without one, a terminal or a script."""

from __future__ import annotations

import os
import re
import sys
from typing import Any, Literal

Surface = Literal["live", "static", "terminal", "script"]

_PYTHON_CLIENT = re.compile(r"_\d+_\d+$")
"""jupyter_client ends its message ids with process id and counter; browsers send plain UUIDs."""


def surface() -> Surface:
    """Tell where output goes.

    "live" is a kernel that a browser or an editor asked to run the cell. nbclient, nbval,
    papermill, nbconvert and the Jupyter console ask through jupyter_client and show no widgets:
    "static", which the environment variable `VLM_RENDER=static` chooses as well.
    """
    shell = _shell()
    if shell is None:
        return "script"
    if getattr(shell, "kernel", None) is None:
        return "terminal"
    if os.environ.get("VLM_RENDER") == "static" or _PYTHON_CLIENT.search(request_id()):
        return "static"
    return "live"


def cell_id() -> str | None:
    """Return what no other run of a cell has, or None outside IPython.

    The count alone would not do: what a widget's callback asks between two cells has the count of
    one of them, which of the two depends on IPython's version.
    """
    shell = _shell()
    return None if shell is None else f"{shell.execution_count} {request_id()}"


def request_id() -> str:
    """Return the id of the message that had the kernel run what runs, or an empty text."""
    return _asked("msg_id")


def page_id() -> str:
    """Return the id of the page that had the kernel run what runs, or an empty text."""
    return _asked("session")


def _asked(name: str) -> str:
    """Return a field of the header of the message that the kernel is at."""
    shell = _shell()
    parent = shell.get_parent() if hasattr(shell, "get_parent") else {}
    return str((parent or {}).get("header", {}).get(name, ""))


def _shell() -> Any:
    """Return the running IPython shell; one that nobody imported cannot be running."""
    ipython = sys.modules.get("IPython")
    return ipython.get_ipython() if ipython else None
