"""Naming: the words of a refusal that may name a field, without what it echoes of the request."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

_ECHOES = frozenset({"input", "ctx", "url", "body", "request"})
"""What validators repeat of the request, in which every field is named (pydantic, FastAPI)."""

_ECHO_IN_TEXT = re.compile(
    r"""['"](input|ctx)['"]\s*:.*?(?=['"](loc|msg|type)['"]\s*:|$)""", re.DOTALL
)
"""The same within one string, as vLLM words what pydantic said."""

_TOO_MANY_PICTURES = re.compile(
    r"(too many|at most|maximum|no more than|more than|up to|only|limit|exceed)[^.]{0,40}"
    r"\b(images?|pictures?|image\(s\))(?! (size|bytes|tokens|dimension|width|height|pixel))"
    r"|\b(images|pictures|number of images?)\b[^.]{0,40}"
    r"(too many|at most|maximum|limit|exceed|only (one|1|two|2))",
    re.IGNORECASE,
)
_DEEPEST = 20
_LONGEST_CHARS = 10_000


def words_of(payload: Any) -> str:
    """Return all that a refusal says: messages, codes, and the paths of fields.

    >>> words_of({"detail": [{"loc": ["body", "top_p"], "msg": "not permitted", "input": "url"}]})
    'body.top_p not permitted'
    """
    if isinstance(payload, bytes):
        payload = payload.decode("utf-8", "replace")
    return " ".join(_strings(payload, _DEEPEST))


def _strings(value: Any, depth: int) -> Iterator[str]:
    if isinstance(value, str):
        yield _ECHO_IN_TEXT.sub("", value[:_LONGEST_CHARS])
    elif isinstance(value, list) and all(isinstance(part, str | int) for part in value):
        yield ".".join(map(str, value))
    elif isinstance(value, list | dict) and depth:
        parts = value.items() if isinstance(value, dict) else enumerate(value)
        for name, part in parts:
            if name not in _ECHOES:
                yield from _strings(part, depth - 1)


def wants_fewer_pictures(words: str) -> bool:
    """Tell whether a refusal is about how many pictures there are.

    >>> wants_fewer_pictures("At most 1 image(s) may be provided in one request.")
    True
    """
    return bool(_TOO_MANY_PICTURES.search(words))
