"""The interface's texts, by language: what controls say is data, not code."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from vlm_notebook.markup.words import LANGUAGES, Language, Words, check, read

__all__ = ["LANGUAGES", "Language", "Words", "check", "of_browser", "words"]

_FOLDER = Path(__file__).parent / "words"


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
    shared, own = (read(_FOLDER / f"{name}.json") for name in ("control", part))
    return {language: shared[language] | own[language] for language in LANGUAGES}
