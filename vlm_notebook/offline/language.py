"""Which language an answer is given in: English or Chinese."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

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

ENGLISH = frozenset(
    "a an the is are was were be do does did of in on at to for from with and or not it this that "
    "these those there what where when which who why how can could you i me my your tell show see "
    "describe read compare picture image photo text any please many much has have if as by".split()
)
"""The words that hold English sentences together."""

FOREIGN = frozenset(
    "der die das ist sind was wer wie wo und ein eine auf dem den im mit von bild nicht siehst du "
    "le la les un une est sont que qui quoi dans sur et des du cette image vous il y a t "
    "el los las una es son que esto esta hay en imagen foto y por de qu o uma os as isto esta "
    "il lo gli di che cosa questa questo e nella nel sono immagine "
    "wat een het op zie je deze van co jest na tym to vad det bilden finns".split()
) - {"a", "as", "y", "t", "e", "to", "image"}
"""The same for German, French, Spanish, Portuguese, Italian, Dutch, Polish and Swedish."""


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
    words = [word.casefold() for word in _WORD.findall(asked)]
    foreign = sum(word in FOREIGN or not word.isascii() for word in words)
    return foreign > sum(word in ENGLISH for word in words)
