"""Blame: which pictures of a request a refusal is about, by its words."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from vlm_notebook.chat.album import shown
from vlm_notebook.chat.naming import wants_fewer_pictures

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from vlm_notebook.chat.album import Shown
    from vlm_notebook.chat.message import Request
    from vlm_notebook.errors import StatusError

_TOO_LARGE = 413
_REFUSED = frozenset({400, _TOO_LARGE, 415, 422})

_PICTURE = re.compile(r"image|picture|photo|multi-?modal|vision|media|mime|图", re.IGNORECASE)
_TROUBLE = re.compile(
    r"invalid|not (a )?valid|unsupported|not support|support(s|ed)? only|only support|too \w+"
    r"|exceed|could ?n.t|could not|cannot|can.t|unable|fail|corrupt|broken|damaged|truncated"
    r"|malformed|unrecogni[sz]ed|unknown|not (allowed|permitted|accepted)|reject|refus|bad|wrong"
    r"|error|maximum|minimum|at (least|most)|larger|smaller|limit|must|should"
    r"|不支持|无法|不能|过大|过小|超|无效|失败|错误|损坏",
    re.IGNORECASE,
)
_WORDS_OF_LENGTH = re.compile(r"\btokens?\b|context|prompt", re.IGNORECASE)
"""A request may be too large for its text."""

_PATH = re.compile(r"messages\W{1,2}(\d{1,4})\W{1,3}content\W{1,2}(\d{1,4})")
_NOT_A_SIZE = (
    r"(?![\d.,]*\d)(?!\s*(?:[x×*%]|px|pixel|[kmg]i?b\b|byte|token|dpi|image|picture|photo|张))"
)
_ORDINAL = re.compile(
    rf"\b(?:image|picture|photo)s?\s*(?:no\.?|number|#)?\s*(\d{{1,3}})\b{_NOT_A_SIZE}"
    rf"|图(?:片|像)?\s*(\d{{1,3}}){_NOT_A_SIZE}|第\s*(\d{{1,3}})\s*(?:张|幅|个)",
    re.IGNORECASE,
)
_INDEX = re.compile(
    r"\b(?:image|picture|image_url)s?\W{0,3}(?:at )?index\W{0,3}(\d{1,3})\b"
    r"|\b(?:image|image_url)s?\[(\d{1,3})\]",
    re.IGNORECASE,
)


def blamed(error: StatusError, request: Request) -> frozenset[int]:
    """Return the numbers of the pictures that a refusal is about; none where it is about others.

    One that the words name by its place counts alone, as does one that is alone. Otherwise
    those of the last message are blamed, since the others were taken before; where there
    are none, or there are too many, those of the messages before it.

    Args:
        error: the refusal, with all that was said.
        request: as it was sent.
    """
    album = shown(request.messages)
    if not album or not _is_about_pictures(error):
        return frozenset()
    named = next(_named(error.words, request, album), None)
    if named:
        return frozenset({named.number})
    last = len(request.messages) - 1
    new = [place for place in album if place.at[0] == last]
    before = [place for place in album if place.at[0] < last]
    guilty = before or new if wants_fewer_pictures(error.words) else new or before
    return frozenset(place.number for place in guilty)


def _is_about_pictures(error: StatusError) -> bool:
    if error.status not in _REFUSED:
        return False
    if error.status == _TOO_LARGE and not _WORDS_OF_LENGTH.search(error.words):
        return True  # nothing else in a request is large
    return bool(_PICTURE.search(error.words) and _TROUBLE.search(error.words))


def _named(words: str, request: Request, album: Sequence[Shown]) -> Iterator[Shown]:
    """Give the pictures that the words name: by their path in the request, or by their count."""
    at = {place.at: place for place in album}
    front = request.messages[0].role == "system"
    for found in _PATH.finditer(words):
        message, part = map(int, found.groups())
        # Some gateways take the system message out before they count.
        yield from (at[a] for a in ((message, part), (message + front, part)) if a in at)
    for pattern, first in ((_INDEX, 0), (_ORDINAL, 1)):
        for found in pattern.finditer(words):
            index = next(int(digits) for digits in found.groups() if digits) - first
            if 0 <= index < len(album):
                yield album[index]
