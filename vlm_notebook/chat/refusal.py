"""What a server or the network said no with -> one of our errors, in one line."""

from __future__ import annotations

import json
import re
import time
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

from vlm_notebook.errors import (
    AuthError,
    ConnectError,
    EndpointError,
    RateLimitError,
    StatusError,
    StreamError,
    one_line,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

MAX_REASON_CHARS = 140

_NOT_AUTHORISED = frozenset({401, 403})
_PAYMENT_REQUIRED = 402
_NOT_FOUND = 404
_TOO_LARGE = 413
_TOO_MANY = 429
_REDIRECTION = range(300, 400)
_SERVER_SIDE = 500
_QUOTA_WORDS = ("quota", "insufficient", "balance", "credit", "billing")
_REASONS = (
    *("error", "message", "detail", "msg", "error_msg", "reason", "errors"),
    *("base_resp", "status_msg"),  # MiniMax
)
_SECONDS = re.compile(r"[0-9]{1,7}(\.[0-9]{1,6})?")


def of_status(
    status: int,
    payload: Any,
    headers: Mapping[str, str],
    *,
    host: str,
    secrets: tuple[str, ...],
) -> EndpointError:
    """Return the error for an HTTP status and the body and headers that came with it.

    >>> of_status(401, {"error": {"message": "bad key"}}, {}, host="api.example.org", secrets=())
    AuthError('api.example.org refused the key (401: bad key): check VLM_API_KEY or api_key=')
    """
    reason = worded(payload, secrets)
    said = f"({status}: {reason})" if reason else f"({status})"
    if status in _NOT_AUTHORISED:
        return AuthError(f"{host} refused the key {said}: check VLM_API_KEY or api_key=")
    if status == _PAYMENT_REQUIRED or (status == _TOO_MANY and _is_spent(payload)):
        return RateLimitError(f"{host} takes no more requests {said}: the quota is used up")
    failed: EndpointError
    if status == _TOO_MANY:
        failed = RateLimitError(f"{host} takes no more requests {said}: {_later(headers)}")
    else:
        remedy = _remedy(status, headers)
        failed = StatusError(f"{host} refused the request {said}: {remedy}", status=status)
    if status == _TOO_MANY or status >= _SERVER_SIDE:
        failed.retry_after_s = retry_after_s(headers) or 0.0
    return failed


def _is_spent(payload: Any) -> bool:
    """Tell whether waiting would not help; providers say so in the message or in a code."""
    fields = payload if isinstance(payload, dict) else {}
    codes = [str(fields.get(name, "")) for name in ("code", "type")]
    said = " ".join([reason_of(payload), *codes]).lower()
    return any(word in said for word in _QUOTA_WORDS)


def _later(headers: Mapping[str, str]) -> str:
    wait_s = retry_after_s(headers)
    return f"ask again in {wait_s:.0f} s" if wait_s else "wait a moment and ask again"


def _remedy(status: int, headers: Mapping[str, str]) -> str:
    if status in _REDIRECTION:
        to = headers.get("location", "").partition("?")[0]
        return f"it redirects{f' to {to}' if to else ''}; give the final address as base_url"
    if status == _NOT_FOUND:
        return "check the base URL and the model's id (client.models() lists them)"
    if status == _TOO_LARGE:
        return "send fewer or smaller pictures, such as with detail='low'"
    if status >= _SERVER_SIDE:
        return "the server has a problem; ask again later"
    return "change what it names"


def retry_after_s(headers: Mapping[str, str]) -> float | None:
    """Return how many seconds a server asks to wait (RFC 9110, 10.2.3), or None.

    >>> retry_after_s({"retry-after": "1.5"})
    1.5
    """
    asked = headers.get("retry-after", "").strip()
    if _SECONDS.fullmatch(asked):
        return float(asked)
    try:
        return max(0.0, parsedate_to_datetime(asked).timestamp() - time.time())
    except (ValueError, OverflowError):
        return None


def worded(payload: Any, secrets: tuple[str, ...]) -> str:
    """Return an error body's reason, fit to stand in a message; empty when it gives none."""
    try:
        return one_line(reason_of(payload), secrets=secrets, max_chars=MAX_REASON_CHARS)
    except RecursionError:  # nested as only an attack is
        return ""


def reason_of(payload: Any) -> str:
    """Find the words in an error body of any dialect; empty when there are none."""
    if isinstance(payload, bytes):
        payload = payload.decode("utf-8", "replace")
    if isinstance(payload, str):
        return _reason_of_text(payload)
    if isinstance(payload, list):
        return next(filter(None, map(reason_of, payload)), "")
    if isinstance(payload, dict):
        return next(filter(None, (reason_of(payload.get(name)) for name in _REASONS)), "")
    return ""


def _reason_of_text(text: str) -> str:
    stripped = text.strip()
    if stripped.lower().startswith(("<!doctype", "<html", "<?xml")):
        return "a web page"
    if stripped.startswith(("{", "[")):
        try:
            return reason_of(json.loads(stripped))
        except (ValueError, RecursionError):
            return ""
    return stripped


def in_stream(
    payload: dict[str, Any], *, host: str, secrets: tuple[str, ...]
) -> StreamError | None:
    """Return the error that an event carries instead of a piece of the answer, or None."""
    failed = payload.get("error") or (
        payload.get("object") == "error" or payload.get("type") == "error"
    )
    if not failed and ("choices" in payload or "usage" in payload):
        return None
    reason = worded(payload, secrets)
    if not failed and not reason:
        return None
    return StreamError(
        f"{host} broke the answer off ({reason or 'without a reason'}): "
        "the text so far is in .answer; ask again"
    )


def of_exception(
    error: Exception, *, host: str, secrets: tuple[str, ...], started: bool
) -> EndpointError:
    """Return our error for whatever the HTTP library, TLS or a decoder raised."""
    name = type(error).__name__
    if "Timeout" in name:
        when = "in the middle of the answer" if started else "to answer"
        kind = StreamError if started else ConnectError
        return kind(f"{host} took too long {when}: ask again, or raise timeout_s")
    reason = one_line(_root(error), secrets=secrets, max_chars=MAX_REASON_CHARS)
    if isinstance(error, TypeError | ValueError | RecursionError) and not started:
        return StatusError(
            f"the request to {host} cannot be written ({reason}): check prompt and options"
        )
    if started:
        return StreamError(
            f"the connection to {host} broke ({reason}): the text so far is in .answer; ask again"
        )
    failed = ConnectError(
        f"{host} cannot be reached ({reason}): check the base URL and the network"
    )
    failed.retry_after_s = 0.0
    return failed


def _root(error: BaseException) -> str:
    """Return the words of the innermost cause: 'Connection error.' alone helps nobody."""
    while error.__cause__ is not None:
        error = error.__cause__
    return str(error) or type(error).__name__
