"""The parts of lines that are written in one script: Chinese, or Latin letters."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Literal

from vlm_notebook.offline.word import WIDE_GAP

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vlm_notebook.offline.reader import Line

Script = Literal["chinese", "english"]

_HAN = r"[\u2e80-\u303f\u3400-\u9fff\uf900-\ufaff\uff01-\uff60]+"
_LATIN = r"[^\W\d_\u2e80-\u9fff](?:[^\W_\u2e80-\u9fff]|['\u2019.-])*"
_OTHER = {"chinese": re.compile(_LATIN), "english": re.compile(_HAN)}
_HOLDS = {
    "chinese": re.compile(r"[\u3400-\u9fff]"),
    "english": re.compile(r"[^\W\d_\u2e80-\u9fff]"),
}
_GAPS = re.compile(" {2,}")


def holds(text: str, script: Script) -> bool:
    """Whether a text has a sign of a script.

    >>> holds("Closed 闭馆", "chinese"), holds("10:00", "english")
    (True, False)
    """
    return _HOLDS[script].search(text) is not None


def only(lines: Sequence[Line], script: Script) -> tuple[Line, ...]:
    """Return the lines that hold a script, without what is written in the other one.

    >>> from vlm_notebook.offline.reader import Line
    >>> [line.text for line in only([Line("Closed 闭馆    17:30", (0, 0, 9, 9), 1.0)], "chinese")]
    ['闭馆    17:30']
    """
    held = [line for line in lines if holds(line.text, script)]
    return tuple(replace(line, text=_kept(line.text, script)) for line in held)


def _kept(text: str, script: Script) -> str:
    parts = (_OTHER[script].sub(" ", part) for part in text.split(WIDE_GAP))
    return WIDE_GAP.join(kept for part in parts if (kept := _GAPS.sub(" ", part).strip()))
