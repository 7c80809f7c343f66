"""Reading: the bytes of a reply -> deltas, in whichever form a server sends them.

Events as asked for; one chunk of JSON a line; or the whole answer as one JSON object. An answer is
complete when the server has said so, by a `finish_reason` or `[DONE]`, and not before.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from vlm_notebook.chat import body, refusal
from vlm_notebook.chat.delta import Delta, first_choice
from vlm_notebook.chat.sse import EventReader
from vlm_notebook.chat.stencil import Stencil
from vlm_notebook.chat.watch import PARSED
from vlm_notebook.errors import EndpointError, StreamError

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Iterator

    from vlm_notebook.chat.watch import Watch

MAX_BODY_BYTES = 4_000_000
MAX_PARTS = 300_000
"""Commas and brackets in one event: three bytes of JSON can take seventy of memory."""

GAVE_UP = frozenset(
    {
        *("error", "abort", "aborted", "cancelled", "canceled", "failed", "incomplete", "timeout"),
        *("server_error", "internal_error", "network_error", "insufficient_system_resource"),
    }
)
"""The `finish_reason` of a server that failed in the middle (OpenRouter, vLLM, Zhipu, DeepSeek)."""

_event_end = re.compile(rb"\n\r?\n").search
_SMALL = 100_000
_DONE = frozenset({b"[DONE]", b'"[DONE]"'})
_QUOTED_CHARS = 80
_QUOTED_BYTES = 2_000
_NOT_TEXT = (
    b"\xff\xfe",
    b"\xfe\xff",
    b"\x1f\x8b",
    b"\x16\x03",
    b"\x15\x03",
    b"\x89PNG",
    b"\xff\xd8",
)


class Reading:
    """Reads one reply.

    Args:
        host: what messages call the server.
        secrets: what must not stand in a message.
        watch: counts and times what arrives.

    Attributes:
        complete: whether the server has said that the answer is whole.
    """

    def __init__(self, *, host: str, secrets: tuple[str, ...], watch: Watch) -> None:
        self.complete = False
        self._host, self._secrets, self._watch = host, secrets, watch
        self._index: Any = None
        self._chars = self._counted = 0
        self._held = ""
        self._said = self._known = self._doubtful = self._ended = False
        self._reader, self._stencil = EventReader(), Stencil(self.delta)
        self._lines, self._whole = body.Lines(MAX_BODY_BYTES), bytearray()

    async def batches(self, pieces: AsyncIterator[bytes]) -> AsyncGenerator[list[Delta]]:
        """Give the answer's pieces, those that came together as one; the last has the `finish`.

        Raises:
            StreamError: it is no answer, broke off, or ended without saying that it is complete.
            ConnectError: it took too long to begin.
        """
        heard = self._watch.over(pieces)
        first = await body.first(heard)
        self._check(first)
        # Told by the first byte: servers give JSON, events and pages any content type.
        read = self._json if first[:1] in {b"{", b"["} else self._events
        async for piece in body.chained(first, heard):
            batch, failed = self._taken(read(piece))
            yield batch
            self._passed(batch, failed)
            if self._ended:
                break
        batch, failed = self._taken(self._rest())
        yield batch
        self._passed(batch, failed)
        self._close(first)

    def _taken(self, deltas: Iterator[Delta]) -> tuple[list[Delta], EndpointError | None]:
        """Return what says something, and the error behind it; a server's own ends it too."""
        batch: list[Delta] = []
        try:
            for delta in deltas:
                if delta:
                    batch.append(delta)
                self._chars += len(delta.text) + len(delta.reasoning)
                if delta.finish and delta.finish.lower() in GAVE_UP:
                    self.complete = False
                    return batch, self._failed("gave up in the middle of the answer")
        except EndpointError as error:
            return batch, error
        return batch, None

    def _passed(self, batch: list[Delta], failed: EndpointError | None) -> None:
        """Count what was passed on, and raise what came behind it."""
        if self._chars > self._counted:
            self._watch.said(self._chars - self._counted, len(batch))
            self._counted = self._chars
        if failed:
            raise failed

    def _close(self, first: bytes) -> None:
        if not self.complete:
            raise self._incomplete(first)
        if not self._known:
            self.complete = False
            raise self._failed("ended the answer before it had begun")

    def _check(self, first: bytes) -> None:
        if first.startswith(b"<"):
            raise StreamError(
                f"{self._host} sent a web page instead of an answer: check the base URL"
            )
        if first.startswith(_NOT_TEXT) or b"\0" in first[:2]:
            raise StreamError(
                f"{self._host} sent bytes that are no UTF-8 text: check the base URL, and any "
                "proxy between"
            )

    def _events(self, piece: bytes) -> Iterator[Delta]:
        at = 0
        while at < len(piece):
            if self._reader.is_between and not (self._held or self._said):
                texts, at = self._stencil.texts(piece, at)
                self._known = self._known or any(texts)
                yield from map(Delta, texts)
            found = _event_end(piece, at) if self._stencil.is_cut else None
            end = found.end() if found else len(piece)
            yield from self._singly(piece[at:end])
            if self._ended:
                return
            at = end

    def _singly(self, lines: bytes) -> Iterator[Delta]:
        """Read bytes one event after the other."""
        stencil, parsed = self._stencil, self._stencil.parsed
        is_whole = self._reader.is_between
        for data in filter(None, map(bytes.strip, self._reader.feed(lines))):
            if data in _DONE:
                yield self._done()
                return
            delta = stencil.read(data)
            if is_whole and stencil.is_cut:
                stencil.frame(lines, data)
            if parsed != stencil.parsed:
                parsed = stencil.parsed
                self._watch.worked(PARSED)
            yield self._checked(delta)

    def _json(self, piece: bytes) -> Iterator[Delta]:
        """Read one JSON object, or as many as there are lines."""
        for line in self._lines.feed(piece):
            data = line.strip().removeprefix(b"data:").strip()
            if data in _DONE and not self._whole:
                yield self._done()
                return
            if not self._whole and data[:1] == b"{" and data[-1:] == b"}" and _is_json(data):
                self._watch.worked(PARSED)
                yield self._checked(self.delta(data))
            elif data:
                self._whole += data + b"\n"
        if len(self._whole) > MAX_BODY_BYTES:
            raise self._failed(f"sent over {MAX_BODY_BYTES / 1e6:.0f} MB in one piece")

    def _rest(self) -> Iterator[Delta]:
        """Read what stands behind the last end of a line."""
        data = bytes(self._whole + self._lines.rest()).strip()
        if data and not self._ended:
            yield self._done() if data in _DONE else self._checked(self.delta(data))

    def _done(self) -> Delta:
        self._known = self._known or self.complete
        finish = None if self.complete else "stop"
        self.complete = self._ended = True
        return Delta("\ufffd" if self._held else "", finish=finish)

    def _checked(self, delta: Delta) -> Delta:
        """Join halves of characters, and note whether the server called the answer complete.

        Text behind a finish says that it was none: then the next has to come without text.
        """
        delta, self._held = delta.after(self._held)
        if delta.text or delta.reasoning:
            self._known = True
            if delta.finish or self._said:
                self._doubtful = self._doubtful or self._said
                self.complete = bool(delta.finish) and not self._doubtful
        elif delta.finish:
            self._known = self.complete = True
        self._said = self._said or delta.finish is not None
        return delta

    def delta(self, data: bytes) -> Delta:
        """Return what one event's data says.

        Raises:
            StreamError: it is no JSON object, or an error.
        """
        payload = _parsed(data)
        if isinstance(payload, list) and payload:  # Google's errors
            payload = payload[0]
        if not isinstance(payload, dict):
            raise StreamError(
                f"{self._host} sent something that is no part of an answer{self._quoted(data)}: "
                "check that the base URL is an OpenAI-compatible one; the text so far is in .answer"
            )
        if failed := refusal.in_stream(payload, host=self._host, secrets=self._secrets):
            raise failed
        if _is_foreign(payload):
            raise StreamError(
                f"{self._host} does not speak the chat completions format here: check the base "
                "URL, which ends in /v1 with most servers; the text so far is in .answer"
            )
        return Delta.of_json(self._own(payload))

    def _own(self, payload: dict[str, Any]) -> dict[str, Any]:
        """Keep to the choice that spoke first: others, asked for with `n`, are other answers."""
        choice = first_choice(payload.get("choices"), self._index)
        if choice and self._index is None:
            self._index = choice.get("index") or 0
        message = choice.get("message")
        content = message.get("content") if isinstance(message, dict) else None
        # MiniMax repeats the whole answer at its end.
        if self._chars and isinstance(content, str) and len(content) >= self._chars:
            choice = {**choice, "message": None}
        return {"choices": [{**choice, "index": 0}], "usage": payload.get("usage")}

    def _quoted(self, data: bytes) -> str:
        words = refusal.worded(data[:_QUOTED_BYTES], self._secrets, _QUOTED_CHARS)
        return f" ({words})" if words else ""

    def _incomplete(self, first: bytes) -> StreamError:
        if not first:
            return StreamError(f"{self._host} sent an empty reply: check the base URL; ask again")
        if not self._known and not first.startswith((b"data", b"event", b"id:", b"retry", b":")):
            return StreamError(
                f"{self._host} sent no answer{self._quoted(first)}: check the base URL"
            )
        return self._failed("ended the answer without saying that it is complete")

    def _failed(self, what: str) -> StreamError:
        return StreamError(f"{self._host} {what}: the text so far is in .answer; ask again")


def _parsed(data: bytes) -> Any:
    if len(data) > _SMALL and sum(map(data.count, (b",", b"{", b"["))) > MAX_PARTS:
        return None
    try:
        return json.loads(data.decode("utf-8", "replace"))
    except (ValueError, RecursionError):
        return None


def _is_json(data: bytes) -> bool:
    return isinstance(_parsed(data), dict)


def _is_foreign(payload: dict[str, Any]) -> bool:
    """Tell the native formats of Ollama, Anthropic, Google and OpenAI's responses."""
    if "choices" in payload:
        return False
    native = {"candidates", "done", "message", "completion", "output", "content_block", "response"}
    kind = payload.get("type")
    began = isinstance(kind, str) and kind.startswith(("message_", "content_block", "response."))
    return began or not native.isdisjoint(payload)
