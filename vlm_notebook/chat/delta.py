"""Delta: one piece of an answer as it arrives."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

_MOST_TOKENS = 10**9
_NO_FINISH = frozenset({"", "null", "None"})
_SPOKEN = ("content", "refusal", "reasoning_content", "reasoning")


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens that a call was billed for.

    Attributes:
        prompt_tokens: what was sent, pictures included.
        completion_tokens: what came back, reasoning included.
        image_tokens: the pictures' share of the prompt, or None when the endpoint does not say.
        estimated: True when the endpoint sent no usage and these are our own count; where the
            model has no known rule for pictures, of the text alone.
    """

    prompt_tokens: int
    completion_tokens: int
    image_tokens: int | None = None
    estimated: bool = False

    @property
    def total_tokens(self) -> int:
        """Prompt and completion together."""
        return self.prompt_tokens + self.completion_tokens

    @classmethod
    def of_json(cls, payload: Any) -> Usage | None:
        """Read a `usage` object; None when it holds no counts.

        >>> Usage.of_json({"prompt_tokens": 9, "completion_tokens": 3}).total_tokens
        12
        """
        if not isinstance(payload, dict):
            return None
        prompt, completion = map(_count, map(payload.get, ("prompt_tokens", "completion_tokens")))
        if prompt is None or completion is None:
            return None
        if not (prompt or completion):  # what some servers send for "not counted"
            return None
        details = payload.get("prompt_tokens_details")
        image = details.get("image_tokens") if isinstance(details, dict) else None
        return cls(prompt, completion, _count(image))


@dataclass(frozen=True, slots=True)
class Delta:
    """Some text, some reasoning, the usage, the reason for the end; or several at once.

    Attributes:
        text: the answer's next characters.
        reasoning: the next characters of a reasoning model's thoughts.
        usage: the tokens billed so far; the last one counts.
        finish: why the answer ended, in the endpoint's word, such as "stop" or "length".
    """

    text: str = ""
    reasoning: str = ""
    usage: Usage | None = None
    finish: str | None = None

    def __bool__(self) -> bool:
        return bool(self.text or self.reasoning or self.usage or self.finish)

    @classmethod
    def of_json(cls, payload: dict[str, Any]) -> Delta:
        """Read one chunk of a stream, or a whole completion; what is missing or null is empty.

        >>> Delta.of_json({"choices": [{"delta": {"content": "Hi"}, "finish_reason": "stop"}]})
        Delta(text='Hi', reasoning='', usage=None, finish='stop')
        """
        choice = first_choice(payload.get("choices"))
        said = _said(choice)
        finish = choice.get("finish_reason")
        return cls(
            text=_text(said.get("content")) + _text(said.get("refusal")),
            reasoning=_text(said.get("reasoning_content")) or _text(said.get("reasoning")),
            usage=Usage.of_json(payload.get("usage")),
            finish=finish if isinstance(finish, str) and finish not in _NO_FINISH else None,
        )

    def after(self, held: str) -> tuple[Delta, str]:
        r"""Join the half of a character that an earlier piece ended with.

        Servers that count in UTF-16 cut an emoji in two. Returns the piece with whole characters
        only, and the half to hold for the next one; a half that finds no other becomes U+FFFD.

        >>> Delta("a\ud83d").after("")[0], Delta("\ude00b").after("\ud83d")[0].text
        (Delta(text='a', reasoning='', usage=None, finish=None), '😀b')
        """
        if not held and self.text.isascii() and self.reasoning.isascii():
            return self, ""
        text, half = held + self.text, ""
        if text and "\ud800" <= text[-1] <= "\udbff" and not self.finish:
            text, half = text[:-1], text[-1]
        return replace(self, text=_paired(text), reasoning=_paired(self.reasoning)), half


def _paired(text: str) -> str:
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def first_choice(choices: Any, index: Any = 0) -> dict[str, Any]:
    """Return the choice of that index, or with None the lowest; empty if there is none.

    >>> first_choice([{"index": 1, "text": "B"}, {"index": 0, "text": "A"}])["text"]
    'A'
    """
    listed = choices if isinstance(choices, list) else []
    known = [choice for choice in listed if isinstance(choice, dict)]
    if index is None:
        return min(known, key=lambda choice: str(choice.get("index") or 0), default={})
    return next((choice for choice in known if (choice.get("index") or 0) == index), {})


def _said(choice: dict[str, Any]) -> dict[str, Any]:
    """Return what a choice says: piece by piece, at once, or in the older completions' way."""
    for said in (choice.get("delta"), choice.get("message")):
        if isinstance(said, dict) and any(map(said.get, _SPOKEN)):
            return said
    text = choice.get("text")
    return {"content": text} if isinstance(text, str) else {}


def _count(tokens: Any) -> int | None:
    """Return a number of tokens that can be one."""
    counted = isinstance(tokens, int) and not isinstance(tokens, bool)
    return tokens if counted and 0 <= tokens <= _MOST_TOKENS else None


def _text(content: Any) -> str:
    """Return a content field as text: a string, or a list of parts that hold strings."""
    if isinstance(content, str):
        return content
    if isinstance(content, list):
        return "".join(map(_part, content))
    return _part(content)


def _part(part: Any) -> str:
    if isinstance(part, str):
        return part
    text = part.get("text") if isinstance(part, dict) else None
    return text if isinstance(text, str) else ""
