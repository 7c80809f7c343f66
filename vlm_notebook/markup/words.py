"""The texts around an answer, by language; and how such texts are read, for the controls too."""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path
from typing import Literal, cast, get_args

from vlm_notebook.errors import VlmError

Language = Literal["en", "zh"]

LANGUAGES: tuple[Language, ...] = get_args(Language)

Words = dict[Language, dict[str, str]]


def check(language: str | None) -> str:
    """Return a language's name, empty for None: who asks has a default.

    Raises:
        VlmError: it is none of `LANGUAGES`.

    >>> check("zh"), check(None)
    ('zh', '')
    """
    if language in (None, "", *LANGUAGES):
        return language or ""
    raise VlmError(f"language is {language!r}: give one of {', '.join(LANGUAGES)}, or None")


def read(path: Path) -> Words:
    """Return the texts of a file: {"en": {key: text}, "zh": {key: text}}."""
    words: Words = json.loads(path.read_text("utf-8"))
    return words


@lru_cache(maxsize=1)
def words() -> Words:
    """Return the texts of cards, live or not."""
    return read(Path(__file__).with_suffix(".json"))


def texts(language: str) -> dict[str, str]:
    """Return the texts of cards in one language.

    Raises:
        VlmError: it is none of `LANGUAGES`.

    >>> texts("zh")["copied"]
    '已复制'
    """
    return words()[cast("Language", check(language) or "en")]
