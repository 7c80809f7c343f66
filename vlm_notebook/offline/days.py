"""Days of the week and months, by any of their names."""

from __future__ import annotations

import re
from functools import cache

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
MONTHS = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september",
    "october", "november", "december",
)  # fmt: skip
WEEKDAYS_ZH = "一二三四五六日"
MONTHS_ZH = ("一", "二", "三", "四", "五", "六", "七", "八", "九", "十", "十一", "十二")


@cache
def _names() -> tuple[re.Pattern[str], ...]:
    english = [rf"\b{name[:3]}(?:{name[3:]}|t|r)?s?\b" for name in (*WEEKDAYS, *MONTHS)]
    chinese = [f"(?:周|星期|礼拜){'[日天]' if sign == '日' else sign}" for sign in WEEKDAYS_ZH]
    chinese += [rf"(?<![十\d])(?:{sign}|0?{n})月" for n, sign in enumerate(MONTHS_ZH, 1)]
    pairs = zip(english, chinese, strict=True)
    return tuple(re.compile(f"{one}|{other}", re.IGNORECASE) for one, other in pairs)


def named(text: str) -> tuple[re.Pattern[str], ...]:
    """Return an expression for each day and month a question names, for all of its names.

    A month's name that is another word as well counts in the question when it is written out
    and no verb.

    >>> [bool(name.search("Mon  9:00")) for name in named("is it open on mondays")]
    [True]
    >>> [bool(name.search("8月  120")) for name in named("how many came in august")]
    [True]
    """
    plain = re.sub(r"\b(?:sun|sat|wed|mar|may i|may we)\b", " ", text.lower())
    return tuple(name for name in _names() if name.search(plain))
