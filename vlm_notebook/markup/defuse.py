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
_LANGUAGE = re.compile(r"[A-Za-z][\w+#.-]{0,19}(?=\s|\Z)")
_DRAWN = frozenset({"mermaid", "geojson", "topojson", "stl", "math", "vega", "vega-lite"})
_PLAIN = re.compile(r"[\w./:@-]+")
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
    r"f?colorbox|texttip|mathtip|toggle|mmlToken|data|label|(?:eq)?ref)(?![A-Za-z]))"
)
"""Orders of TeX that reach beyond their formula; card's HTML keeps a stricter list, of what may."""
_MATH = ("$", "\\begin", "\\(", "\\[")
_ZERO_WIDTH_SPACE = "\u200b"


def defused(text: str) -> str:
    r"""Return Markdown whose raw HTML, pictures and odd links are shown as text; code is kept.

    Links keep http, https and mailto. Text too dear to render becomes one block of code.

    >>> defused("a <b> ![c](http://example.org/c.png)\n```\nx y\n```")
    'a &lt;b> !\\[c](http://example.org/c.png)\n```\nx y\n```'
    >>> defused("```\n<z>\n```")
    '<pre><code>&#60;z&#62;&#10;</code></pre>'
    """
    text = markdown.writable(text)
    if markdown.is_too_dear(text):
        fence = max(_TICKS.findall(text), key=len, default="``") + "`"
        inert = _LIVE.sub(_broken, _ORDER.sub(_broken, text))
        return f"*{markdown.TOO_DEAR}*\n\n{fence}\n{inert}\n{fence}"
    return "".join(_parts(text)).removesuffix("\n")


def _parts(text: str) -> Iterator[str]:
    """Yield prose and fenced code in turn, each defused in its own way."""
    lines, at = markdown.lines(text), 0
    # Jupyter cuts formulas out first, and a fence's mark with them: then its code is prose.
    has_math = any(mark in text for mark in _MATH)
    if has_math:
        lines = [_ORDER.sub(_broken, line) for line in lines]
    for start, end, mark in markdown.fences(text):
        yield _prose("".join(lines[at:start]))
        is_closed = end - start > 1 and lines[end - 1].strip().startswith(mark)
        inner = "".join(lines[start + 1 : end - is_closed])
        yield _fenced(lines[start], inner, mark)
        at = end
    yield _prose("".join(lines[at:]))


def _fenced(opening: str, inner: str, mark: str) -> str:
    """Write a block of code so that it stays harmless where a reader sees its ends elsewhere.

    What a fence is called is no longer than a language's name: JupyterLab writes it into an
    attribute, and draws what is called a diagram.
    """
    if _MARKUP.search(inner):
        return f"<pre><code>{_entities(inner)}</code></pre>\n"
    language = _LANGUAGE.match(opening.strip().lstrip("`~").strip())
    called = language[0] if language and language[0].lower() not in _DRAWN else ""
    indent = opening[: len(opening) - len(opening.lstrip(" "))]
    end = "" if not inner or inner[-1] in "\r\n" else "\n"
    return f"{indent}{mark}{called}\n{inner}{end}{indent}{mark}\n"


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
    return code(span[2]) if _MARKUP.search(span[2]) else span[0]


def code(text: str) -> str:
    """Return any text as code in a line of Markdown, or in a cell of its tables.

    >>> code("org/model-7b"), code("`<b>|")
    ('`org/model-7b`', '<code>&#96;&#60;b&#62;&#124;</code>')
    """
    words = " ".join(markdown.writable(text).split())
    if _PLAIN.fullmatch(words):
        return f"`{words}`"
    return f"<code>{_entities(words)}</code>"


def _entities(text: str) -> str:
    return "".join(c if c.isalnum() or c == " " else f"&#{ord(c)};" for c in text)
