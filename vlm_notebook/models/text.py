"""Text -> about how many tokens, by kinds of characters and without any tokenizer's tables."""

from __future__ import annotations

import re

from vlm_notebook.models.families import NOVEMBER
from vlm_notebook.models.tokens import TokenEstimate

SOURCE = "OpenAI's and Google's rule of thumb, 4 characters a token, and 1.5 for Chinese"

_CJK = re.compile(
    "[\u1100-\u11ff\u2e80-\u9fff\ua960-\ua97f\uac00-\ud7ff\uf900-\ufaff\uff00-\uffef"
    "\U00020000-\U0003ffff]"
)
_LATIN = re.compile("[\u0000-\u024f\u2000-\u206f]")

_PARTS = 12
_LATIN_PARTS, _CJK_PARTS, _OTHER_PARTS = 3, 8, 6
"""Twelfths of a token: 4 Latin characters, 1.5 Chinese, Japanese or Korean, 2 of any other."""


def text_tokens(text: str) -> TokenEstimate:
    """Estimate the tokens of a text; the range is a third less to a half more.

    >>> text_tokens("What is written on the sign?")
    TokenEstimate(7 tokens (5 to 11), text by characters, guess)
    >>> text_tokens("牌子上写着什么").tokens
    5
    """
    cjk, latin = len(_CJK.findall(text)), len(_LATIN.findall(text))
    other = len(text) - cjk - latin
    parts = latin * _LATIN_PARTS + cjk * _CJK_PARTS + other * _OTHER_PARTS
    tokens = -(-parts // _PARTS)
    low, high = -(-tokens * 2 // 3), -(-tokens * 3 // 2)
    return TokenEstimate(tokens, low, high, "text by characters", SOURCE, NOVEMBER, "guess")
