"""Model text -> Markdown that does no harm in front ends which run raw HTML in Markdown."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from vlm_notebook.markup import markdown

if TYPE_CHECKING:
    from collections.abc import Iterator

_SPAN = re.compile(r"(?<!`)(`{1,9})(?!`)([^\n]{1,200}?)(?<!`)\1(?!`)")
_MARKUP = re.compile(r"<|!\[|\]\(|\]:")
_LINK = re.compile(r"\]([(:])(?!\s*(?:https?|mailto):)", re.IGNORECASE)
_LIVE = re.compile(r"<(?=[A-Za-z/!?])|!(?=\[)|\](?=[(:](?!\s*(?:https?|mailto):))", re.IGNORECASE)
"""What starts a tag, a picture or an odd link."""
_TICKS = re.compile(r"`{3,}")
_ORDER = re.compile(
    r"\\\\(?=\s*\*?\[\s*-?[\d.]{3})|\\(?=(?:"
    # What defines, loops or loads,
    r"[gex]?def|let|futurelet|(?:re)?new(?:command|environment)|providecommand|require|"
    r"Declare[A-Za-z]*|New[A-Za-z]*|"
    # what takes a length or overlays,
    r"[rR]ule|m?kern|[hm]skip|[hvm]space|raise(?:box)?|lower|move(?:left|right)|(?:math)?[rlc]lap|"
    r"smash|above(?:withdelims)?|genfrac|"
    # and what links, names or styles.
    r"href|url|style|class|cssId|unicode|char|includegraphics|html[A-Za-z]*|f?bbox|"
    r"f?colorbox|texttip|mathtip|toggle|mmlToken|label)(?![A-Za-z]))"
)
"""Orders of TeX that reach beyond their formula; card's HTML keeps a stricter list, of what may."""
_MATH = ("$", "\\begin", "\\(", "\\[")
_ZERO_WIDTH_SPACE = "\u200b"


def defused(text: str) -> str:
    r"""Return Markdown whose raw HTML, pictures and odd links are shown as text; code is kept.

    Links keep http, https and mailto. Text too dear to render becomes one block of code.

    >>> defused("a <b> ![c](http://example.org/c.png)\n```\nx <y>\n```")
    'a &lt;b> !\\[c](http://example.org/c.png)\n```\nx <y>\n```'
    """
    text = markdown.writable(text)
    if markdown.is_too_dear(text):
        fence = max(_TICKS.findall(text), key=len, default="``") + "`"
        inert = _LIVE.sub(_broken, _ORDER.sub(_broken, text))
        return f"*{markdown.TOO_DEAR}*\n\n{fence}\n{inert}\n{fence}"
    return "".join(_parts(text))


def _parts(text: str) -> Iterator[str]:
    """Yield prose and fenced code in turn, each defused in its own way."""
    lines, at = markdown.lines(text), 0
    # Jupyter cuts formulas out first, and a fence's mark with them: then its code is prose.
    has_math = any(mark in text for mark in _MATH)
    if has_math:
        lines = [_ORDER.sub(_broken, line) for line in lines]
    for start, end, mark in markdown.fences(text):
        yield _prose("".join(lines[at:start]))
        code = "".join(lines[start:end])
        yield _LIVE.sub(_broken, code) if has_math else code
        at = end
        if end == len(lines) and (end - start == 1 or not lines[-1].strip().startswith(mark)):
            yield f"\n{mark}"
    yield _prose("".join(lines[at:]))


def _broken(found: re.Match[str]) -> str:
    return found[0] + _ZERO_WIDTH_SPACE


def _prose(text: str) -> str:
    pieces, at = [], 0
    for span in _SPAN.finditer(text):
        pieces += [_escaped(text[at : span.start()]), _code(span)]
        at = span.end()
    return "".join([*pieces, _escaped(text[at:])])


def _escaped(text: str) -> str:
    return _LINK.sub(r"]\\\1", text.replace("<", "&lt;").replace("![", "!\\["))


def _code(span: re.Match[str]) -> str:
    """Write code that looks like markup in entities: inert also where it is not seen as code."""
    if not _MARKUP.search(span[2]):
        return span[0]
    inert = "".join(c if c.isalnum() or c == " " else f"&#{ord(c)};" for c in span[2])
    return f"<code>{inert}</code>"
