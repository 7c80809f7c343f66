"""The interface's texts, by language: what controls say is data, not code."""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path
from typing import Literal, get_args

from vlm_notebook.errors import VlmError

Language = Literal["en", "zh"]

LANGUAGES: tuple[Language, ...] = get_args(Language)

Words = dict[Language, dict[str, str]]

_FOLDER = Path(__file__).parent / "words"


def check(language: str | None) -> str:
    """Return a language's name, empty for None: the browser's.

    Raises:
        VlmError: it is none of `LANGUAGES`.

    >>> check("zh"), check(None)
    ('zh', '')
    """
    if language in (None, "", *LANGUAGES):
        return language or ""
    raise VlmError(f"language is {language!r}: give one of {', '.join(LANGUAGES)}, or None")


def of_browser(tag: object) -> Language:
    """Return the language to speak to a browser whose own is `tag`, such as "zh-CN".

    >>> of_browser("zh-CN"), of_browser("fr"), of_browser(None)
    ('zh', 'en', 'en')
    """
    return "zh" if isinstance(tag, str) and tag.lower().startswith("zh") else "en"


@lru_cache
def words(part: str) -> Words:
    """Return the texts of one control, with those that all controls share.

    >>> words("control")["en"]["gone"]
    'The kernel is gone: run the cell again.'
    """
    shared, own = (_read(name) for name in ("control", part))
    return {language: shared[language] | own[language] for language in LANGUAGES}


def _read(part: str) -> Words:
    texts: Words = json.loads((_FOLDER / f"{part}.json").read_text("utf-8"))
    return texts
