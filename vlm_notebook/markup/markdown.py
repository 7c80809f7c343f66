"""Model text -> sanitised HTML, block by block as it grows.

Model text is as hostile as any web page: a picture may carry instructions that make the model
write script. So raw HTML is shown as text, pictures become their alternative text, links keep
only http, https and mailto, and what is left passes an allow-list once more.
"""

from __future__ import annotations

import html
import re
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from markdown_it import MarkdownIt
    from markdown_it.token import Token

MAX_CHARS = 200_000
MAX_LINES = 5_000
MAX_MARKS = 4_000
"""Beyond these a parser, or the browser, takes seconds; such an answer is shown as plain text."""

TOO_DEAR = "Shown as plain text: the answer is too long or too deeply marked up to be rendered."

_TAGS = {
    *("h1", "h2", "h3", "h4", "h5", "h6", "p", "div", "pre", "blockquote", "hr", "br"),
    *("ul", "ol", "li", "table", "thead", "tbody", "tr", "th", "td"),
    *("a", "code", "del", "em", "s", "strong"),
}
_ATTRIBUTES = {"a": {"href", "title"}, "ol": {"start"}, "td": {"style"}, "th": {"style"}}
_SCHEMES = {"http", "https", "mailto"}
_MARKS = "*_[`~<>|"
_MAX_INDENT = 200
_MAX_NESTING = 40
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\n|\r(?!\Z))|.+\Z", re.DOTALL)


def to_html(text: str) -> str:
    """Return sanitised HTML for Markdown text.

    Raises nothing: text that would be too dear to render is shown as it is, and says so.

    >>> to_html("**bold** <script>alert(1)</script>")
    '<p><strong>bold</strong> &lt;script&gt;alert(1)&lt;/script&gt;</p>'
    >>> to_html("[x](javascript:alert(1)) ![cat](http://example.org/cat.png)")
    '<p>[x](javascript:alert(1)) cat</p>'
    """
    text = writable(text)
    if is_too_dear(text):
        return f"<p><em>{TOO_DEAR}</em></p>{plain_html(text)}"
    return clean(_parser().render(text))


def writable(text: str) -> str:
    r"""Return text that UTF-8 can hold: half a surrogate pair, which JSON may carry, becomes "?".

    >>> writable("\ud83d")
    '?'
    """
    return text.encode("utf-8", "replace").decode()


def is_too_dear(text: str) -> bool:
    """Tell whether rendering `text` as Markdown could take seconds, or would lose its depths."""
    return _block_tokens(text) is None


def _block_tokens(text: str) -> Sequence[Token] | None:
    """Return the blocks of `text`; None where it is too dear to render."""
    if (
        len(text) > MAX_CHARS
        or text.count("\n") > MAX_LINES
        or sum(map(text.count, _MARKS)) > MAX_MARKS + len(text) // 8
        or any(_depth(line) for line in text.split("\n"))
    ):
        return None
    tokens = _block_parser().parse(text)
    # What is nested deeper than its limit the parser leaves out without a word.
    deepest = max((token.level for token in tokens), default=0)
    return tokens if deepest < _MAX_NESTING - 1 else None


def _depth(line: str) -> bool:
    """Tell whether a line opens, or is indented for, more levels than any honest text."""
    marks = line[: 4 * MAX_LINES]
    return len(marks) - len(marks.lstrip(" >-+*\t")) > _MAX_INDENT


def plain_html(text: str) -> str:
    """Return text as it is, in a box that wraps.

    >>> plain_html("a < b")
    '<pre>a &lt; b</pre>'
    """
    return f"<pre>{html.escape(writable(text))}</pre>"


def clean(markup: str) -> str:
    """Pass HTML through the allow-list of tags, attributes and link schemes."""
    import nh3

    return nh3.clean(
        markup,
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        url_schemes=_SCHEMES,
        link_rel="noopener noreferrer nofollow",
        filter_style_properties={"text-align"},
        strip_comments=True,
    ).strip()


def blocks(text: str) -> tuple[list[str], str]:
    r"""Split Markdown text that is still growing into closed blocks and the open rest.

    The closed blocks and the rest, joined, are the text. A block is closed when another one has
    begun behind it on a line that has ended: nothing that follows can change how it reads, except
    that its reference links may be defined below. Text that is too dear to render stays open.

    >>> blocks("# Title\n\nFirst line\nsecond")
    (['# Title\n\n'], 'First line\nsecond')
    """
    cut = lines(text)
    ended = len(cut) - (not text.endswith("\n"))
    tokens = _block_tokens("".join(cut[:ended]))
    if tokens is None:
        return [], text
    starts = [
        token.map[0] for token in tokens if token.level == 0 and token.map and token.nesting >= 0
    ]
    edges = [0, *starts[1:]]
    closed = ["".join(cut[start:end]) for start, end in pairwise(edges)]
    return closed, "".join(cut[edges[-1] :])


def fences(text: str) -> list[tuple[int, int, str]]:
    r"""Return (first line, line behind the last, mark) of each fenced block that is in no other.

    >>> fences("a\n```\ncode\n```\nb")
    [(1, 4, '```')]
    """
    return [
        (token.map[0], token.map[1], token.markup)
        for token in _block_tokens(text) or ()
        if token.type == "fence" and token.level == 0 and token.map
    ]


def lines(text: str) -> list[str]:
    r"""Return the lines as Markdown counts them, each with its end.

    A carriage return at the very end may be half of one, so it ends no line.

    >>> lines("a\r\nb\rc\n")
    ['a\r\n', 'b\r', 'c\n']
    """
    return _LINE.findall(text)


@lru_cache(maxsize=1)
def _parser() -> MarkdownIt:
    from markdown_it import MarkdownIt

    parser = MarkdownIt("commonmark", {"html": False, "maxNesting": _MAX_NESTING})
    parser.enable(["table", "strikethrough"])
    parser.validateLink = _is_safe_link  # type: ignore[method-assign]
    parser.add_render_rule("image", _alternative_text)
    return parser


@lru_cache(maxsize=1)
def _block_parser() -> MarkdownIt:
    """Find blocks only: inline marks are where parsing becomes dear."""
    from markdown_it import MarkdownIt

    parser = MarkdownIt("commonmark", {"html": False, "maxNesting": _MAX_NESTING})
    return parser.enable(["table", "strikethrough"]).disable(["inline", "text_join"])


def _is_safe_link(url: str) -> bool:
    scheme, colon, _ = url.strip().partition(":")
    return bool(colon) and scheme.lower() in _SCHEMES


def _alternative_text(
    renderer: Any, tokens: Sequence[Token], index: int, options: Any, env: Any
) -> str:
    token = tokens[index]
    return html.escape(renderer.renderInlineAsText(token.children, options, env))
