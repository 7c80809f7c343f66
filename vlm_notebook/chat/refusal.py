"""What a server or the network said no with -> one of our errors, in one line."""

from __future__ import annotations

import json
import re
import time
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from vlm_notebook.chat.hidden import scrub
from vlm_notebook.chat.naming import wants_fewer_pictures, words_of
from vlm_notebook.errors import (
    AuthError,
    EndpointError,
    RateLimitError,
    StatusError,
    StreamError,
    one_line,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

MAX_REASON_CHARS = 140
MAX_WORDS_CHARS = 2_000

MAX_LOCATION_CHARS = 80

_NOT_AUTHORISED = frozenset({401, 403})
_UNKNOWN_KEY = 401
_PAYMENT_REQUIRED = 402
_TOO_MANY = 429
_PASSING = frozenset({408, 409, 425, _TOO_MANY})
"""Refusals that the next attempt may not meet: too slow, in the way of another call, too many."""
_FEWER = "send fewer pictures, or all as one with montage=True"
_REDIRECTION = range(300, 400)
_FIRST_OK = 200
_SERVER_SIDE = 500
_NOT_HERE = "check the base URL and the model's id (client.models() lists them)"
_REMEDIES = {
    404: _NOT_HERE,
    405: "check the base URL: no questions are taken there",
    407: "the proxy wants a password: give it with http_client=",
    408: "ask again",
    410: _NOT_HERE,
    413: "send fewer or smaller pictures, such as with detail='low'",
    415: "check the base URL and the pictures' format",
    431: "the key may be too long: copy it again",
    501: _NOT_HERE,
    511: "log in to the network in a browser first",
}
_QUOTA_WORDS = ("quota", "insufficient", "balance", "credit", "billing")
_REASONS = (
    *("error", "message", "detail", "msg", "error_msg", "reason", "errors"),
    *("base_resp", "status_msg"),  # MiniMax
    *("fault", "faultstring", "Message", "error_description", "error_message", "errorMessage"),
    *("title", "description", "statusText", "cause"),
)
_PAGE_BEGINS = ("<!doctype", "<html", "<?xml", "<head", "<body", "<!--")
_MESSAGE = re.compile(r'"(message|detail|msg|error)"\s*:\s*"([^"\\]{1,2000})')
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
        further = "" if status == _UNKNOWN_KEY else ", and whether it may use this model"
        return AuthError(f"{host} refused the key {said}: check VLM_API_KEY or api_key={further}")
    if status == _PAYMENT_REQUIRED or (status == _TOO_MANY and _is_spent(payload)):
        return RateLimitError(
            f"{host} takes no more requests {said}: the quota is used up; check the account"
        )
    failed: EndpointError
    if status == _TOO_MANY:
        failed = RateLimitError(f"{host} takes no more requests {said}: {_later(headers)}")
    else:
        words = one_line(words_of(payload), secrets=secrets, max_chars=MAX_WORDS_CHARS)
        remedy = _FEWER if wants_fewer_pictures(words) else _remedy(status, headers, secrets)
        failed = StatusError(f"{host} refused the request {said}: {remedy}", status=status)
        failed.words = words
    if status in _PASSING or status >= _SERVER_SIDE:
        failed.retry_after_s = retry_after_s(headers) or 0.0
    return failed


def loaded(content: bytes) -> Any:
    """Return what a body in JSON says of its error; another body as it is.

    >>> loaded(b'{"error": {"message": "bad key"}}'), loaded(b"bad key")
    ({'message': 'bad key'}, b'bad key')
    """
    try:
        payload = json.loads(content)
    except (ValueError, RecursionError):
        return content
    return payload.get("error", payload) if isinstance(payload, dict) else payload


def _is_spent(payload: Any) -> bool:
    """Tell whether waiting would not help; providers say so in the message or in a code."""
    fields = payload if isinstance(payload, dict) else {}
    codes = [str(fields.get(name, ""))[:MAX_REASON_CHARS] for name in ("code", "type")]
    try:
        said = " ".join([reason_of(payload), *codes]).lower()
    except RecursionError:
        return False
    return any(word in said for word in _QUOTA_WORDS)


def _later(headers: Mapping[str, str]) -> str:
    wait_s = retry_after_s(headers)
    return f"ask again in {wait_s:.0f} s" if wait_s else "wait a moment and ask again"


def _remedy(status: int, headers: Mapping[str, str], secrets: tuple[str, ...]) -> str:
    if status in _REDIRECTION:
        return _elsewhere(headers.get("location", ""), secrets)
    if status in _REMEDIES:
        return _REMEDIES[status]
    if status >= _SERVER_SIDE:
        wait_s = retry_after_s(headers)
        return f"the server has a problem; ask again {f'in {wait_s:.0f} s' if wait_s else 'later'}"
    if status < _FIRST_OK:
        return "check the base URL, and any proxy between"
    return "change what it names, or check the base URL"


def _elsewhere(location: str, secrets: tuple[str, ...]) -> str:
    """Name where a redirect leads, without user, password and query: they may be secret."""
    try:
        parts = urlsplit(location)
        netloc = parts.netloc.rpartition("@")[2]
        to = f"{parts.scheme}://{netloc}{parts.path}" if netloc else parts.path
    except ValueError:
        to = ""
    to = scrub(to, secrets, MAX_LOCATION_CHARS)
    return f"it redirects{f' to {to}' if to else ''}; give the final address as base_url"


def retry_after_s(headers: Mapping[str, str]) -> float | None:
    """Return how many seconds a server asks to wait (RFC 9110, 10.2.3), or None.

    OpenAI and Azure say it in milliseconds too, which is the more exact of the two.

    >>> retry_after_s({"retry-after": "1.5"}), retry_after_s({"retry-after-ms": "250"})
    (1.5, 0.25)
    """
    exact_ms = headers.get("retry-after-ms", "").strip()
    if _SECONDS.fullmatch(exact_ms):
        return float(exact_ms) / 1000
    asked = headers.get("retry-after", "").strip()
    if _SECONDS.fullmatch(asked):
        return float(asked)
    try:
        return max(0.0, parsedate_to_datetime(asked).timestamp() - time.time())
    except (ValueError, OverflowError, TypeError, IndexError, OSError):
        return None


def worded(payload: Any, secrets: tuple[str, ...], max_chars: int = MAX_REASON_CHARS) -> str:
    """Return an error body's reason, fit to stand in a message; empty when it gives none."""
    try:
        reason = reason_of(payload)
    except RecursionError:  # nested as only an attack is
        return ""
    return scrub(reason, secrets, max_chars) if reason else ""


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
    if stripped[:9].lower().startswith(_PAGE_BEGINS):
        return "a web page"
    if stripped.startswith(("{", "[")):
        try:
            return reason_of(json.loads(stripped))
        except (ValueError, RecursionError):
            found = _MESSAGE.search(stripped)  # cut off
            return found[2] if found else ""
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
