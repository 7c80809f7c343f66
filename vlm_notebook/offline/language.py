"""Which language an answer is given in: English or Chinese."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from vlm_notebook.offline.lexicon import words

if TYPE_CHECKING:
    from collections.abc import Sequence

Language = Literal["en", "zh"]

_HAN = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]")
_OTHER_SCRIPT = re.compile(
    r"[\u0370-\u03ff\u0400-\u052f\u0590-\u06ff\u0900-\u0dff\u0e00-\u0eff\u3040-\u30ff\uac00-\ud7af]"
)
_WORD = re.compile(r"[^\W\d_]+")
_ASKS_CHINESE = re.compile(
    r"\b(?:in|into|use|using|speak)\s+(?:simplified\s+|mandarin\s+)?(?:chinese|mandarin)\b"
    r"|用(?:简体)?(?:中文|汉语)",
    re.IGNORECASE,
)
_ASKS_ENGLISH = re.compile(
    r"\b(?:in|into|use|using|speak)\s+english\b|用(?:英文|英语)", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Spoken:
    """The language to answer in; `foreign` when the question was in neither of the two."""

    language: Language
    foreign: bool = False


def spoken(questions: Sequence[str]) -> Spoken:
    """Return the language for the last of the user's questions, oldest first.

    A question that asks for English or Chinese gets it. One without letters goes on in the
    language of those before it.

    >>> spoken(["What is this?"]), spoken(["这是什么？", "?"])
    (Spoken(language='en', foreign=False), Spoken(language='zh', foreign=False))
    >>> spoken(["Was ist auf dem Bild?"])
    Spoken(language='en', foreign=True)
    """
    for asked in reversed(questions):
        if _WORD.search(asked):
            return _of(asked)
    return Spoken("en")


def _of(asked: str) -> Spoken:
    if _ASKS_CHINESE.search(asked):
        return Spoken("zh")
    if _ASKS_ENGLISH.search(asked):
        return Spoken("en")
    if _OTHER_SCRIPT.search(asked):
        return Spoken("en", foreign=True)
    if _HAN.search(asked):
        return Spoken("zh")
    return Spoken("en", foreign=_is_foreign(asked))


def _is_foreign(asked: str) -> bool:
    said = [word.casefold() for word in _WORD.findall(asked)]
    foreign = sum(word in words("foreign") or not word.isascii() for word in said)
    return foreign > sum(word in words("english") for word in said)
