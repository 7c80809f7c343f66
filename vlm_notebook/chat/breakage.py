"""What the HTTP library, TLS or a decoder raised -> one of our errors, in one line."""

from __future__ import annotations

from vlm_notebook.chat.hidden import scrub
from vlm_notebook.chat.refusal import MAX_REASON_CHARS
from vlm_notebook.errors import ConnectError, EndpointError, StatusError, StreamError

_CAUSES = (
    ("certificate", "its certificate is not trusted: check the base URL, or give http_client="),
    ("wrong_version_number", "it does not speak https: check the base URL"),
    ("http_request", "it does not speak https: check the base URL"),
    ("[ssl", "https failed: check the base URL, and any proxy between"),
    ("proxy", "check the proxy: HTTPS_PROXY in the environment, or http_client="),
    ("socks", "check the proxy: HTTPS_PROXY in the environment, or http_client="),
    ("content-encoding", "check the base URL, and any proxy between"),
)
"""What stands in the words or the class of an error, and the remedy. None of them passes."""


def of_exception(
    error: Exception, *, host: str, secrets: tuple[str, ...], started: bool
) -> EndpointError:
    """Return our error for a foreign one, worded by what it says and when it came."""
    if "Timeout" in type(error).__name__:
        return _too_late(host, started=started)
    words, kind = _root(error)
    reason = scrub(words, secrets, MAX_REASON_CHARS) or kind
    if started:
        return StreamError(
            f"the connection to {host} broke ({reason}): the text so far is in .answer; ask again"
        )
    if isinstance(error, TypeError | ValueError | RecursionError) and "decompressing" not in words:
        return StatusError(
            f"the request to {host} cannot be written ({reason}): check prompt and options"
        )
    return _unreached(host, reason, f"{words} {kind}".lower())


def _too_late(host: str, *, started: bool) -> EndpointError:
    when = "in the middle of the answer" if started else "to answer"
    kind = StreamError if started else ConnectError
    return kind(f"{host} took too long {when}: ask again, or raise timeout_s")


def _unreached(host: str, reason: str, words: str) -> ConnectError:
    for cause, remedy in _CAUSES:
        if cause in words:
            return ConnectError(f"{host} cannot be reached ({reason}): {remedy}")
    if "decompressing" in words:
        return ConnectError(f"{host} sent what cannot be unpacked ({reason}): check the base URL")
    failed = ConnectError(
        f"{host} cannot be reached ({reason}): check the base URL and the network"
    )
    failed.retry_after_s = 0.0
    return failed


def _root(error: BaseException) -> tuple[str, str]:
    """Return words and class of the innermost cause: 'Connection error.' alone helps nobody."""
    while error.__cause__ is not None:
        error = error.__cause__
    return str(error), type(error).__name__
