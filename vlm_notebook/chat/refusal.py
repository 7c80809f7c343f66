"""What a server or the network said no with -> one of our errors, in one line."""

from __future__ import annotations

import json
from typing import Any

from vlm_notebook.errors import (
    AuthError,
    ConnectError,
    EndpointError,
    RateLimitError,
    StatusError,
    StreamError,
    one_line,
)

MAX_REASON_CHARS = 140

_NOT_AUTHORISED = frozenset({401, 403})
_NOT_FOUND = 404
_TOO_LARGE = 413
_TOO_MANY = 429
_SERVER_SIDE = 500
_QUOTA_WORDS = ("quota", "insufficient", "balance", "credit", "billing")


def of_status(status: int, payload: Any, *, host: str, secrets: tuple[str, ...]) -> EndpointError:
    """Return the error for an HTTP status and the body that came with it.

    >>> of_status(401, {"error": {"message": "bad key"}}, host="api.example.org", secrets=())
    AuthError('api.example.org refused the key (401: bad key): check VLM_API_KEY or api_key=')
    """
    reason = one_line(reason_of(payload), secrets=secrets, max_chars=MAX_REASON_CHARS)
    said = f"({status}: {reason})" if reason else f"({status})"
    if status in _NOT_AUTHORISED:
        return AuthError(f"{host} refused the key {said}: check VLM_API_KEY or api_key=")
    if status == _TOO_MANY:
        spent = any(word in reason.lower() for word in _QUOTA_WORDS)
        remedy = "the quota is used up: add credit" if spent else "wait a moment and ask again"
        limited = RateLimitError(f"{host} takes no more requests {said}: {remedy}")
        limited.retry_after_s = None if spent else 0.0
        return limited
    refused = StatusError(f"{host} refused the request {said}: {_remedy(status)}", status=status)
    refused.retry_after_s = 0.0 if status >= _SERVER_SIDE else None
    return refused


def _remedy(status: int) -> str:
    if status == _NOT_FOUND:
        return "check the base URL and the model's id (client.models() lists them)"
    if status == _TOO_LARGE:
        return "send fewer or smaller pictures, such as with detail='low'"
    if status >= _SERVER_SIDE:
        return "the server has a problem; ask again later"
    return "change what it names"


def reason_of(payload: Any) -> str:
    """Find the words in an error body of any dialect; empty when there are none."""
    if isinstance(payload, bytes):
        payload = payload.decode("utf-8", "replace")
    if isinstance(payload, str):
        return _reason_of_text(payload)
    if isinstance(payload, list):
        return next(filter(None, map(reason_of, payload)), "")
    if isinstance(payload, dict):
        names = ("error", "message", "detail", "msg", "error_msg", "reason", "errors")
        return next(filter(None, (reason_of(payload.get(name)) for name in names)), "")
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
    reason = one_line(reason_of(payload), secrets=secrets, max_chars=MAX_REASON_CHARS)
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
