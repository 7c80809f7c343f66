"""The embedded model behind the OpenAI wire format, in this process, with no port.

The openai SDK is given this transport instead of a network: the same requests, the same
server-sent events, the same errors as over HTTP.
"""

from __future__ import annotations

import asyncio
import json
import re
from typing import TYPE_CHECKING, Any

import httpx2

from vlm_notebook.detail import EMBEDDED
from vlm_notebook.errors import VlmError
from vlm_notebook.offline import message
from vlm_notebook.offline.respond import Turn, respond

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

BASE_URL = "http://embedded.invalid/v1"
"""Never resolved: `.invalid` is reserved (RFC 2606), and the transport opens no connection."""

ENTRY = {
    "id": EMBEDDED,
    "object": "model",
    "owned_by": "vlm_notebook",
    "features": ["vision"],
    "pricing": {"prompt": "0", "completion": "0"},
    "description": "Reads text, measures and compares pictures offline; not a language model.",
}
MAX_PACE = 1000

_TOKEN = re.compile(
    r"\s*(?:[\u3040-\u30ff\u4e00-\u9fff]|[^\W\u3040-\u30ff\u4e00-\u9fff]+|[^\w\s])|\s+"
)


def tokens(text: str) -> list[str]:
    """Cut text as it is streamed and counted: words, marks and single Chinese characters.

    >>> tokens("It is red. 红色")
    ['It', ' is', ' red', '.', ' 红', '色']
    """
    return _TOKEN.findall(text)


def http_client() -> httpx2.AsyncClient:
    """Return an HTTP client whose every request the embedded model answers."""
    return httpx2.AsyncClient(transport=EmbeddedTransport(), base_url=BASE_URL)


class EmbeddedTransport(httpx2.AsyncBaseTransport):
    """Answers `GET /models` and `POST /chat/completions` as a server would."""

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Answer one request; what is wrong with it comes back as a status and a JSON error."""
        path = request.url.path.rstrip("/")
        if path.endswith("/models"):
            return _json(200, {"object": "list", "data": [ENTRY]})
        if not path.endswith("/chat/completions"):
            return _error(404, f"the embedded model has no {path}")
        try:
            return await _answer(json.loads(await request.aread()))
        except VlmError as error:
            return _error(400, str(error))
        except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
            return _error(400, f"the request is not a chat completion: {error!r}")
        except Exception as error:  # noqa: BLE001 - as a server would, whatever it was
            return _error(422, _words(error))


async def _answer(body: dict[str, Any]) -> httpx2.Response:
    if body["model"] != EMBEDDED:
        here = f"no model {body['model']!r} here, only {EMBEDDED!r}"
        return _error(404, f"{here}; vlm.connect(base_url, api_key) asks an endpoint that has it")
    turns = message.turns(body["messages"])
    if not body.get("stream"):
        return _json(200, await asyncio.to_thread(_completion, turns))
    headers = {"content-type": "text/event-stream; charset=utf-8"}
    pace = float(body.get("pace") or 0)
    source = respond(turns)
    first = await asyncio.to_thread(_next, source)  # pictures are decoded now: 400 if they fail
    stream = _EventStream(turns, first, source, pace)
    return httpx2.Response(200, headers=headers, stream=stream)


class _EventStream(httpx2.AsyncByteStream):
    """Server-sent events, made while they are read."""

    def __init__(
        self, turns: list[Turn], first: str | None, rest: Iterator[str], pace: float
    ) -> None:
        self._turns = turns
        self._first, self._rest = first, rest
        self._pause_s = 1 / min(pace, MAX_PACE) if pace > 0 else 0.0

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield _event({"choices": [_choice({"role": "assistant", "content": ""})]})
        said, piece = 0, self._first
        while piece is not None:
            for token in tokens(piece) if self._pause_s else [piece]:
                yield _event({"choices": [_choice({"content": token})]})
                await asyncio.sleep(self._pause_s)
            said += len(tokens(piece))
            try:  # from a thread, so that looking never holds up the loop
                piece = await asyncio.to_thread(_next, self._rest)
            except Exception as error:  # noqa: BLE001 - as a server would, whatever it was
                yield _event({"error": {"message": _words(error)}})
                return
        yield _event({"choices": [_choice({}, "stop")]})
        yield _event({"choices": [], "usage": _usage(self._turns, said)})
        yield b"data: [DONE]\n\n"


def _words(error: Exception) -> str:
    return str(error) if isinstance(error, VlmError) else f"{type(error).__name__}: {error}"


def _next(source: Iterator[str]) -> str | None:
    return next(source, None)


def _completion(turns: list[Turn]) -> dict[str, Any]:
    text = "".join(respond(turns))
    message = {"role": "assistant", "content": text, "refusal": None}
    choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": "stop"}
    return {**_HEAD, "choices": [choice], "usage": _usage(turns, len(tokens(text)))}


_HEAD = {"id": "embedded", "object": "chat.completion", "created": 0, "model": EMBEDDED}


def _choice(delta: dict[str, str], finish: str | None = None) -> dict[str, Any]:
    return {"index": 0, "delta": delta, "finish_reason": finish}


def _event(fields: dict[str, Any]) -> bytes:
    chunk = {**_HEAD, "object": "chat.completion.chunk", **fields}
    return f"data: {json.dumps(chunk, ensure_ascii=False)}\n\n".encode()


def _usage(turns: list[Turn], said: int) -> dict[str, Any]:
    """Count words as tokens; pictures are looked at, not turned into tokens."""
    sent = sum(len(tokens(turn.text)) for turn in turns)
    details = {"image_tokens": 0}
    return {
        "prompt_tokens": sent,
        "completion_tokens": said,
        "total_tokens": sent + said,
        "prompt_tokens_details": details,
    }


def _json(status: int, payload: dict[str, Any]) -> httpx2.Response:
    return httpx2.Response(status, json=payload)


def _error(status: int, message: str) -> httpx2.Response:
    return _json(status, {"error": {"message": message, "type": "invalid_request_error"}})
