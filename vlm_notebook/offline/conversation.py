"""A conversation's turns, and which of its pictures a question is about."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth")
NUMERALS_ZH = "一二三四五六七八"

_NOUN = r"(?:picture|image|photo|photograph|pic|one|screenshot|scan|page)s?"
_BY_ORDINAL = re.compile(
    rf"\b({'|'.join(ORDINALS)}|last|latest|\d(?=st|nd|rd|th))(?:st|nd|rd|th)?"
    rf"(?=\s+{_NOUN}\b|\s*$|\s*[?.!,;]|\s+and\s+(?:the\s+)?(?:{'|'.join(ORDINALS)}|last)\b)",
    re.IGNORECASE,
)
_BY_NUMBER = re.compile(rf"\b{_NOUN}\s*(?:no\.?|number|#)?\s*(\d)\b", re.IGNORECASE)
_CHINESE = re.compile(rf"第([{NUMERALS_ZH}\d])(?:张|幅|个图|图)|图(?:片)?\s*([{NUMERALS_ZH}\d])")
_LAST_ZH = re.compile(r"最后(?:一)?(?:张|幅)")
_ALL = re.compile(r"\b(all|every|each)\b|所有|全部|每(?:张|幅)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Gap:
    """Where a picture of that number stood that was not sent this time."""

    number: int


@dataclass(frozen=True, slots=True)
class Turn:
    """What one side said: `text` after its last picture, `images` as encoded files."""

    role: str
    text: str
    images: tuple[bytes | Gap, ...] = ()


@dataclass(frozen=True, slots=True)
class Shown:
    """A picture and the number people call it by, None when there is but one."""

    number: int | None
    data: bytes | Gap


def question(turns: Sequence[Turn]) -> str:
    """Return what the user said last.

    >>> question([Turn("user", "Hi"), Turn("assistant", "Hello"), Turn("user", "What is it?")])
    'What is it?'
    """
    return next((turn.text for turn in reversed(turns) if turn.role == "user"), "")


def in_focus(turns: Sequence[Turn], *, comparing: bool) -> tuple[Shown, ...]:
    """Return the pictures that the last question is about.

    They are those of the latest turn that had some. A comparison that would be left with one
    picture takes the one before it. Where the question numbers pictures, only those count.

    >>> turns = [Turn("user", "Describe.", (b"cat",)), Turn("user", "Same animal?", (b"dog",))]
    >>> [shown.data for shown in in_focus(turns, comparing=True)]
    [b'cat', b'dog']
    """
    groups = [turn.images for turn in turns if turn.role == "user" and turn.images]
    if not groups:
        return ()
    everything = tuple(data for group in groups for data in group)
    asked = question(turns)
    focus = everything if comparing and _ALL.search(asked) else groups[-1]
    if comparing and len(focus) == 1:
        focus = everything[-2:]
    return _chosen(asked, focus, everything, comparing=comparing)


def unknown_numbers(turns: Sequence[Turn]) -> tuple[int, ...]:
    """Return the numbers by which the last question calls pictures that are not there.

    >>> unknown_numbers([Turn("user", "How big is picture 3?", (b"cat", b"dog"))])
    (3,)
    """
    count = sum(len(turn.images) for turn in turns if turn.role == "user")
    return tuple(sorted({n for n in _numbers(question(turns), count) if n > count > 0}))


def _chosen(
    asked: str,
    focus: tuple[bytes | Gap, ...],
    everything: tuple[bytes | Gap, ...],
    *,
    comparing: bool,
) -> tuple[Shown, ...]:
    pool = focus if max(_numbers(asked, len(focus)), default=0) <= len(focus) else everything
    pool = everything if len(focus) == 2 and comparing else pool  # noqa: PLR2004 - a pair
    numbers = sorted({n for n in _numbers(asked, len(pool)) if 1 <= n <= len(pool)})
    if comparing and len(numbers) == 1:
        numbers = [numbers[0], len(pool)] if numbers[0] < len(pool) else [1, len(pool)]
    if not numbers:
        return _numbered(focus)
    chosen = tuple(Shown(number, pool[number - 1]) for number in numbers)
    return chosen if len(pool) > 1 else _numbered(focus)


def _numbered(group: tuple[bytes | Gap, ...]) -> tuple[Shown, ...]:
    if len(group) == 1:
        return (Shown(None, group[0]),)
    return tuple(Shown(number, data) for number, data in enumerate(group, 1))


def _numbers(asked: str, count: int) -> list[int]:
    words = [match.group(1).lower() for match in _BY_ORDINAL.finditer(asked)]
    words += [match.group(1) for match in _BY_NUMBER.finditer(asked)]
    words += [match.group(1) or match.group(2) for match in _CHINESE.finditer(asked)]
    return [_number(word, count) for word in words] + [count] * bool(_LAST_ZH.search(asked))


def _number(word: str, count: int) -> int:
    if word in ORDINALS:
        return ORDINALS.index(word) + 1
    if word in {"last", "latest"}:
        return count
    return int(word) if word.isdigit() else NUMERALS_ZH.index(word) + 1
