"""Hidden: foreign words fit to stand in a message, with no key, no picture and no page in them."""

from __future__ import annotations

import base64
import re
import unicodedata
from functools import lru_cache
from typing import TYPE_CHECKING
from urllib.parse import quote

from vlm_notebook.errors import one_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

MAX_READ_CHARS = 12_000
"""More of a server's words is not looked at."""

RUN = 8
"""So many characters of a key in a row are a piece of it; providers show four to mask one."""

_MIN_KEY_CHARS = 4  # "x" and "no" stand in for a key where none is wanted
_ANSI = re.compile(r"\x1b(\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(\x07|\x1b\\)?|.)?", re.DOTALL)
_PAGE = re.compile(r"<(!doctype|html|head|body|style|script)\b.*", re.IGNORECASE | re.DOTALL)
_TAG = re.compile(r"</?[A-Za-z!?][^<>]*(>|$)|<(?=[A-Za-z/!?])")
_DATA_URL = re.compile(
    r"data:[\w/+.-]{0,60}(;[\w=.-]{0,40}){0,4}[;,][^\s\"'<>]*|base64,\S*", re.IGNORECASE
)
_LONG = re.compile(r"[A-Za-z0-9+/=]{40,}|[A-Za-z0-9_=-]{64,}")
_BEARER = re.compile(r"\b(bearer|basic)\s+[^\s\"',;]{8,}", re.IGNORECASE)
_INVISIBLE = frozenset({"Cf", "Cs", "Co", "Cn"})


def scrub(text: str, secrets: Iterable[str], max_chars: int) -> str:
    r"""Return one line of a server's words without keys, base64, HTML and control characters.

    A key is found in pieces, percent-encoded, in hexadecimal and in base64 as well.

    >>> scrub("\x1b[1mbad\x1b[0m token planted%2fkey-1", ("planted/key-1",), 80)
    'bad token [key]'
    """
    keys = tuple(key for key in secrets if len(key) >= _MIN_KEY_CHARS)
    text = _ANSI.sub("", text[:MAX_READ_CHARS])
    text = "".join(c for c in text if unicodedata.category(c) not in _INVISIBLE)
    for key in keys:
        text = _without(text.replace(key, "[key]"), key)
    text = _TAG.sub(" ", _PAGE.sub(" a web page", _BEARER.sub(r"\1 [key]", text)))
    text = _LONG.sub(_data, _DATA_URL.sub("[data]", text))
    return one_line(text, max_chars=max_chars)


def _data(found: re.Match[str]) -> str:
    """Leave the names of models and requests: they have no capitals, or few digits."""
    run = found[0]
    kinds = (str.islower, str.isupper, str.isdigit)
    is_data = all(any(map(kind, run)) for kind in kinds) or len(set(run)) < RUN
    return "[data]" if is_data or re.fullmatch(r"[0-9a-fA-F]{40,}", run) else run


def _without(text: str, key: str) -> str:
    """Replace every word that holds a piece of the key, in any of its forms."""
    if len(key) < RUN:
        return text
    runs, lowered = _runs(key), text.casefold()
    if len(lowered) != len(text):
        lowered = text.lower() if len(text.lower()) == len(text) else text
    marked = [at for at in range(len(text) - RUN + 1) if lowered[at : at + RUN] in runs]
    out, done = [], 0
    for start, end in _joined(marked):
        if end > done:
            out += [text[done:start], "[key]"]
            done = end
    return "".join([*out, text[done:]])


def _joined(marked: list[int]) -> Iterator[tuple[int, int]]:
    """Give the stretches that overlapping runs cover."""
    start = end = -1
    for at in marked:
        if at > end:
            if end > 0:
                yield start, end
            start = at
        end = at + RUN
    if end > 0:
        yield start, end


@lru_cache(maxsize=32)
def _runs(key: str) -> frozenset[str]:
    forms = (form.casefold() for form in _forms(key))
    return frozenset(f[at : at + RUN] for f in forms for at in range(len(f) - RUN + 1))


def _forms(key: str) -> Iterator[str]:
    raw = key.encode("utf-8", "replace")
    yield from (key, key[::-1], quote(key, safe=""), raw.hex())
    for shift in range(3):  # base64 reads by three bytes: what stands before the key shifts it
        coded = base64.b64encode(b"\0" * shift + raw).decode().rstrip("=")
        inner = coded[(shift * 8 + 5) // 6 : -1]
        yield from (inner, inner.replace("+", "-").replace("/", "_"))
