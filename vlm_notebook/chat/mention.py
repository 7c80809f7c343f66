"""Mention: what is said of a picture in a request that does not send it, written and read."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

Fate = Literal["dropped", "same", "refused"]

_SAID: dict[bool, dict[Fate, str]] = {
    False: {
        "dropped": "not sent again",
        "same": "the same as picture {same_as}",
        "refused": "set aside: the provider refused it",
    },
    True: {
        "dropped": "不再发送",
        "same": "与图{same_as}相同",
        "refused": "已搁置：服务方拒绝了它",
    },
}
_FRAME = {False: "[picture {number}: {name}, {said}]", True: "[图{number}：{name}，{said}]"}


def _pattern(*, chinese: bool) -> re.Pattern[str]:
    said = "|".join(map(re.escape, _SAID[chinese].values()))
    frame = re.escape(_FRAME[chinese])
    fields = {"number": r"(\d+)", "name": "(.*)", "said": f"(?:{said})", "same_as": r"(\d+)"}
    for field, pattern in fields.items():
        frame = frame.replace(re.escape(f"{{{field}}}"), pattern)
    return re.compile(frame, re.DOTALL)


@dataclass(frozen=True, slots=True)
class Mention:
    """A picture by its number and name, and what became of it.

    Attributes:
        number: counted from 1 through the whole conversation.
        name: where the picture came from, in words.
        fate: "dropped" by the policy, the "same" as another one, or "refused" by the provider.
        same_as: the number of the other one.
    """

    number: int
    name: str
    fate: Fate = "dropped"
    same_as: int | None = None

    def written(self, *, chinese: bool = False) -> str:
        """Return the words that stand in the picture's place.

        >>> Mention(2, "street.jpg").written()
        '[picture 2: street.jpg, not sent again]'
        >>> Mention(3, "a.png", "same", 1).written(chinese=True)
        '[图3：a.png，与图1相同]'
        """
        said = _SAID[chinese][self.fate].format(same_as=self.same_as)
        return _FRAME[chinese].format(number=self.number, name=self.name, said=said)


_PATTERNS = {chinese: _pattern(chinese=chinese) for chinese in (False, True)}


def read(text: str) -> Mention | None:
    """Return the mention that a text is; None where it is something else.

    >>> read("[picture 3: a.png, the same as picture 1]")
    Mention(number=3, name='a.png', fate='same', same_as=1)
    """
    for chinese, pattern in _PATTERNS.items():
        if found := pattern.fullmatch(text):
            number, name, same_as = found.groups()
            if same_as:
                return Mention(int(number), name, "same", int(same_as))
            is_dropped = text.endswith(f"{_SAID[chinese]['dropped']}]")
            return Mention(int(number), name, "dropped" if is_dropped else "refused")
    return None
