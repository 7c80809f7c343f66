"""The prompts of ready-made tasks, by language."""

from __future__ import annotations

from typing import Literal, get_args

from vlm_notebook.errors import VlmError

Language = Literal["en", "zh"]

_DESCRIBE = {
    "en": "Describe this picture: what does it show, and what stands out?",
    "zh": "请描述这张图片：它展示了什么，有什么引人注目的地方？",
}
_COMPARE = {
    "en": "Compare these pictures: what is the same, what differs, and where?",
    "zh": "请比较这些图片：哪些相同，哪些不同，不同之处在哪里？",
}


def describe(language: str = "en") -> str:
    """Return the prompt that asks for a description.

    Raises:
        VlmError: `language` is neither "en" nor "zh".

    >>> describe("zh")[:5]
    '请描述这张'
    """
    return _DESCRIBE[_known(language)]


def compare(language: str = "en") -> str:
    """Return the prompt that asks for a comparison; as `describe` for the rest."""
    return _COMPARE[_known(language)]


def _known(language: str) -> str:
    if language in get_args(Language):
        return language
    raise VlmError(f"language {language!r} has no ready prompt: use 'en', 'zh', or ask(...)")
