"""Rendered text -> the same with what differs from another marked in it, word by word.

What is compared are the words between the tags, so that a difference never cuts through markup: a
word that came stands in `<ins>` where it is, a word that went in `<del>` beside its neighbours.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from vlm_notebook.markup import formula
from vlm_notebook.markup.difference import MAX_WORDS, aligned, words

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_FORMULA = rf'<span class="{formula.CLASSES}">[^<]*</span>'
_TAG = r"""<(?:[^"'>]|"[^"]*"|'[^']*')*>"""
_TOKEN = re.compile(rf"(?P<formula>{_FORMULA})|(?P<tag>{_TAG})|(?P<text>[^<]+)")
_ENTITY = re.compile(r"(&#?\w{1,8};)")
_BREAK = "\n"


@dataclass(frozen=True, slots=True)
class _Bit:
    """A part of rendered text: markup, which is left alone, or else a word to compare."""

    html: str
    word: str = ""

    @property
    def is_seen(self) -> bool:
        return bool(self.word) and self.word != _BREAK


def marked(markup: str, other: str) -> str:
    """Return safe HTML with what differs from another safe HTML in `<ins>` and `<del>`.

    Args:
        markup: what `markdown.to_html` made of a text.
        other: what it made of the text to compare with.

    >>> marked("<p>a <em>grey</em> cat</p>", "<p>a red cat</p>")
    '<p>a <em><del>red</del><ins>grey</ins></em> cat</p>'
    """
    bits, others = list(_bits(markup)), [bit for bit in _bits(other) if bit.word]
    if max(len(bits), len(others)) > 2 * MAX_WORDS:
        bits = list(_bits(markup, whole=True))
        others = [bit for bit in _bits(other, whole=True) if bit.word]
    runs = aligned([bit.word for bit in others], [bit.word for bit in bits if bit.word])
    gone: dict[int, str] = {}
    new: set[int] = set()
    at = 0
    for kind, start, end in runs:
        if kind == "gone":
            gone[at] = _without_marks(others[start:end])
        else:
            new.update(range(start, end) if kind == "new" else ())
            at = end
    return "".join(_joined(bits, gone, new)).replace("</ins><ins>", "")


def _bits(markup: str, *, whole: bool = False) -> Iterator[_Bit]:
    """Cut rendered text at its tags, and what is between them into words unless `whole`."""
    for token in _TOKEN.finditer(markup):
        if token.lastgroup != "text":
            yield _Bit(token[0], token[0] if token.lastgroup == "formula" else "")
        elif token[0].isspace() and _BREAK in token[0]:
            yield _Bit(token[0], _BREAK)
        else:
            yield from (_Bit(word, word) for word in ([token[0]] if whole else _cut(token[0])))


def _cut(text: str) -> Iterator[str]:
    """Cut escaped text into words; a character that is escaped is one."""
    for part in _ENTITY.split(text):
        yield from [part] if _ENTITY.fullmatch(part) else words(part)


def _without_marks(bits: Sequence[_Bit]) -> str:
    """Return what went, without its markup; a formula as its source."""
    text = "".join(re.sub(_TAG, "", bit.word) for bit in bits)
    return " ".join(text.split()) and f"<del>{text.replace(_BREAK, ' ')}</del>"


def _joined(bits: list[_Bit], gone: dict[int, str], new: set[int]) -> list[str]:
    """Put the bits together again; what went stands beside a word, never between two blocks."""
    out: list[str] = []
    number, behind, waiting = 0, 0, ""
    for bit in bits:
        if bit.word:
            waiting += gone.pop(number, "")
        if bit.is_seen:
            is_new = number in new and not bit.word.isspace()
            out += [waiting, f"<ins>{bit.html}</ins>" if is_new else bit.html]
            behind, waiting = len(out), ""
        else:
            if waiting and behind:
                out.insert(behind, waiting)
                waiting = ""
            out.append(bit.html)
        number += bool(bit.word)
    out.insert(behind or len(out), waiting + gone.pop(number, ""))
    return out
