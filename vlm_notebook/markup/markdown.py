"""Model text -> sanitised HTML, block by block as it grows.

Model text is as hostile as any web page: a picture may carry instructions that make the model
write script. So raw HTML is shown as text, pictures become their alternative text, links keep
only http, https and mailto, and what is left passes an allow-list once more.
"""

from __future__ import annotations

import html
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


def to_html(text: str) -> str:
    """Return sanitised HTML for Markdown text.

    Raises nothing: text that would be too dear to render is shown as it is, and says so.

    >>> to_html("**bold** <script>alert(1)</script>")
    '<p><strong>bold</strong> &lt;script&gt;alert(1)&lt;/script&gt;</p>'
    >>> to_html("[x](javascript:alert(1)) ![cat](http://example.org/cat.png)")
    '<p>[x](javascript:alert(1)) cat</p>'
    """
    if is_too_dear(text):
        return f"<p><em>{TOO_DEAR}</em></p>{plain_html(text)}"
    return clean(_parser().render(text))


def is_too_dear(text: str) -> bool:
    """Tell whether rendering `text` as Markdown could take seconds."""
    return (
        len(text) > MAX_CHARS
        or text.count("\n") > MAX_LINES
        or sum(map(text.count, _MARKS)) > MAX_MARKS + len(text) // 8
        or any(_depth(line) > _parser().options["maxNesting"] for line in text.split("\n"))
    )


def _depth(line: str) -> int:
    """Count what a line can open: quotes and list marks, or the indent of a nested item."""
    marks = line[: 4 * MAX_LINES]
    bare = marks.lstrip(" >-+*\t")
    return len(marks) - len(bare) if len(marks) - len(bare) > _MAX_INDENT else 0


def plain_html(text: str) -> str:
    """Return text as it is, in a box that wraps.

    >>> plain_html("a < b")
    '<pre>a &lt; b</pre>'
    """
    return f"<pre>{html.escape(text)}</pre>"


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
    begun behind it: nothing that follows can change how it reads.

    >>> blocks("# Title\n\nFirst line")
    (['# Title\n\n'], 'First line')
    """
    starts = _starts(_parser().parse(text))
    if len(starts) < 2:  # noqa: PLR2004 - a closed block and the one behind it
        return [], text
    lines = text.split("\n")
    edges = [0, *starts[1:]]
    closed = ["\n".join(lines[a:b]) + "\n" for a, b in pairwise(edges)]
    return closed, "\n".join(lines[edges[-1] :])


def _starts(tokens: Sequence[Token]) -> list[int]:
    return [
        token.map[0] for token in tokens if token.level == 0 and token.map and token.nesting >= 0
    ]


@lru_cache(maxsize=1)
def _parser() -> MarkdownIt:
    from markdown_it import MarkdownIt

    parser = MarkdownIt("commonmark", {"html": False, "maxNesting": 40})
    parser.enable(["table", "strikethrough"])
    parser.validateLink = _is_safe_link  # type: ignore[method-assign]
    parser.add_render_rule("image", _alternative_text)
    return parser


def _is_safe_link(url: str) -> bool:
    scheme, colon, _ = url.strip().partition(":")
    return bool(colon) and scheme.lower() in _SCHEMES


def _alternative_text(
    renderer: Any, tokens: Sequence[Token], index: int, options: Any, env: Any
) -> str:
    token = tokens[index]
    return html.escape(renderer.renderInlineAsText(token.children, options, env))
