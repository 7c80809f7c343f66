"""The tree of errors: each message is one line that says what happened, with what, what to do.

VlmError
├── ImageError          a picture could not be used
│   ├── SourceError       it could not be found, read or downloaded
│   └── PrepareError      it was read, but could not be turned into what a model gets
├── EndpointError       the server could not be asked, or its answer not be used
│   ├── ConnectError      no connection, or none in time
│   ├── AuthError         the key was missing or refused
│   ├── RateLimitError    too many requests, or the quota is used up
│   ├── StatusError       any other refusal
│   └── StreamError       the answer broke off; what arrived is in `.answer`
├── ModelError          the model cannot do what was asked
└── BudgetError         the call would have cost more than allowed
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

MAX_MESSAGE_CHARS = 300
"""A message is one line that fits a terminal of three rows and a notebook's narrow cell."""

_BASE64 = re.compile(r"(data:[\w/+.-]{0,60};base64,)?[A-Za-z0-9+/_-]{120,}={0,2}")
_KEY = re.compile(r"\b(sk|key|pk|gsk|xai|hf|AIza)([-_][A-Za-z0-9_*.-]{8,}|[A-Za-z0-9_-]{30,})")
_TAG = re.compile(r"<([!?]|/?[A-Za-z])[^>]{0,2000}>")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\s]+")


def one_line(text: str, *, secrets: Iterable[str] = (), max_chars: int = MAX_MESSAGE_CHARS) -> str:
    r"""Make foreign text fit to stand in a message.

    Secrets, anything shaped like a key, base64 and HTML tags go; white space and control
    characters become single spaces; what is over `max_chars` characters is cut.

    >>> one_line("<h1>Not found</h1>\n for key sk-abcdefgh12345678")
    'Not found for key [key]'
    """
    for secret in secrets:
        text = text.replace(secret, "[key]") if secret else text
    text = text[: max_chars * 40].encode("utf-8", "replace").decode()
    text = _KEY.sub("[key]", _BASE64.sub("[data]", text))
    text = _CONTROL.sub(" ", _TAG.sub(" ", text)).strip()
    return text if len(text) <= max_chars else text[: max_chars - 1].rstrip() + "…"


class VlmError(Exception):
    r"""Anything this package raises on purpose; the message is one line, at most 300 characters.

    >>> str(VlmError("first line\nsecond line"))
    'first line second line'
    """

    def __init__(self, message: str) -> None:
        super().__init__(one_line(message))

    def _render_traceback_(self) -> list[str]:
        """Show the one line in IPython, where a traceback through this package tells no more."""
        return [f"{type(self).__name__}: {self}"]


class ImageError(VlmError):
    """A picture could not be used."""


class SourceError(ImageError):
    """A picture could not be found, read or downloaded."""


class PrepareError(ImageError):
    """A picture was read, but could not be turned into what a model gets."""


class EndpointError(VlmError):
    """The server could not be asked, or its answer not be used.

    Attributes:
        answer: the partial `Answer`, when one had begun; else None.
        retry_after_s: seconds after which asking again may help; None where it would not.
    """

    answer: object = None
    retry_after_s: float | None = None


class ConnectError(EndpointError):
    """No connection to the server, or no answer in time."""


class AuthError(EndpointError):
    """The key was missing or refused."""


class RateLimitError(EndpointError):
    """Too many requests, or the quota is used up."""


class StatusError(EndpointError):
    """The server refused the request.

    Attributes:
        status: the HTTP status, or None when the refusal came inside a stream.
        words: all that the server said, codes and paths of fields included, on one line.
    """

    def __init__(self, message: str, *, status: int | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.words = ""


class StreamError(EndpointError):
    """The answer broke off; `.answer` holds what arrived."""


class ModelError(VlmError):
    """The model cannot do what was asked."""


class BudgetError(VlmError):
    """The call would have cost more than allowed."""
