"""Model text -> sanitised HTML, block by block as it grows.

Model text is as hostile as any web page: a picture may carry instructions that make the model
write script. So raw HTML is shown as text, pictures become their alternative text, links keep
only http, https and mailto, and what is left passes an allow-list once more.
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from vlm_notebook.markup import formula, part

if TYPE_CHECKING:
    from collections.abc import Sequence

    from markdown_it import MarkdownIt
    from markdown_it.token import Token

    Known = dict[str, list[Token] | None]

MAX_CHARS = 100_000
MAX_LINES = 2_500
MAX_MARKS = 3_000
"""Beyond these a parser, or the browser, takes seconds; such an answer is shown as plain text."""

TOO_DEAR = "Shown as plain text: the answer is too long or too deeply marked up to be rendered."

NOTE = f"<p><em>{TOO_DEAR}</em></p>"

_TAGS = {
    *("h1", "h2", "h3", "h4", "h5", "h6", "p", "div", "pre", "blockquote", "hr", "br"),
    *("ul", "ol", "li", "table", "thead", "tbody", "tr", "th", "td"),
    *("a", "code", "del", "em", "s", "span", "strong"),
}
_ATTRIBUTES = {"a": {"href", "title"}, "ol": {"start"}, "td": {"style"}, "th": {"style"}}
_SCHEMES = {"http", "https", "mailto"}
_HEADINGS = {f"h{level}": {"class": "tocSkip"} for level in range(1, 7)}
"""JupyterLab would list an answer's headings, hundreds at times, in the notebook's contents."""
_MARKS = "*_[`~<>|$&"
_MAX_INDENT = 200
_MAX_NESTING = 40
_BLOCK_END = re.compile(
    r"(</?(?:table|thead|tbody|tr|th|td|ul|ol|li|blockquote)\b[^<>]*>|<hr>|</(?:p|pre|h[1-6])>)\n"
)
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\n|\r(?!\Z))|.+\Z", re.DOTALL)


def to_html(text: str, *, typeset: bool = True, known: Known | None = None) -> str:
    """Return sanitised HTML for Markdown text.

    Args:
        text: what a model wrote.
        typeset: whether formulas are left to the page's typesetter; else they are shown as code.
        known: what stands within the blocks of a text that grows, kept from call to call; changed.

    Raises nothing: text that would be too dear to render is shown as it is, and says so.

    >>> to_html("**bold** <script>alert(1)</script>")
    '<p><strong>bold</strong> &lt;script&gt;alert(1)&lt;/script&gt;</p>'
    >>> to_html("[x](javascript:alert(1)) ![cat](http://example.org/cat.png)")
    '<p>[x](javascript:alert(1)) cat</p>'
    """
    text = writable(text)
    parsed = _parsed(text)
    if parsed is None:
        return f"{NOTE}{plain_html(text)}"
    tokens = part.split(_with_inlines(parsed, {} if known is None else known))
    parser = _parser()
    env = {"tex": 0 if typeset else formula.MAX_TEX}
    return _dense(clean(parser.renderer.render(tokens, parser.options, env)))


def _dense(markup: str) -> str:
    """Leave out the ends of lines between blocks: in tables half of all nodes, for no reader."""
    return _BLOCK_END.sub(r"\1", markup)


def _with_inlines(parsed: _Parsed, known: Known) -> list[Token]:
    """Return the blocks with what stands in their lines: most of the work, done once each."""
    # What a reference means depends on the rest of the text.
    old = {} if parsed.references else known.copy()
    known.clear()
    return [_with_inline(token, parsed.references, old, known) for token in parsed.tokens]


def _with_inline(token: Token, references: dict[str, Any], old: Known, known: Known) -> Token:
    if token.type != "inline":
        return token
    text = token.content
    if text not in known:
        parse = _parser().parseInline
        known[text] = old.get(text) or parse(text, {"references": references})[0].children
    return token.copy(children=known[text])


def writable(text: str) -> str:
    r"""Return text that UTF-8 can hold: half a surrogate pair, which JSON may carry, becomes "?".

    >>> writable("\ud83d")
    '?'
    """
    return text.encode("utf-8", "replace").decode()


def is_too_dear(text: str) -> bool:
    """Tell whether rendering `text` as Markdown could take seconds, or would lose its depths."""
    return _parsed(text) is None


@dataclass(frozen=True, slots=True)
class Load:
    """What makes a text dear to render: its characters, lines and marks.

    >>> Load.of("*a*") + Load.of("b")
    Load(chars=4, lines=0, marks=2)
    """

    chars: int = 0
    lines: int = 0
    marks: int = 0

    @classmethod
    def of(cls, text: str) -> Load:
        """Count the load of a text; the parts of a text have the load of the whole."""
        lines = text.count("\n") + text.count("\r") - text.count("\r\n")
        return cls(len(text), lines, sum(map(text.count, _MARKS)) + text.count("\\("))

    def __add__(self, other: Load) -> Load:
        return Load(self.chars + other.chars, self.lines + other.lines, self.marks + other.marks)

    @property
    def is_too_much(self) -> bool:
        """Tell whether a text of this load is shown as it is."""
        allowed = MAX_MARKS + self.chars // 8
        return self.chars > MAX_CHARS or self.lines > MAX_LINES or self.marks > allowed


@dataclass(frozen=True, slots=True)
class _Parsed:
    """The blocks of a text, and its definitions of references."""

    tokens: Sequence[Token]
    references: dict[str, Any]


@lru_cache(maxsize=4)
def _parsed(text: str) -> _Parsed | None:
    """Return the blocks of `text`; None where it is too dear to render."""
    if Load.of(text).is_too_much or any(_depth(line) for line in text.split("\n")):
        return None
    env: dict[str, Any] = {}
    tokens = _block_parser().parse(text, env)
    # What is nested deeper than its limit the parser leaves out without a word.
    deepest = max((token.level for token in tokens), default=0)
    return _Parsed(tokens, env.get("references", {})) if deepest < _MAX_NESTING - 1 else None


def _depth(line: str) -> bool:
    """Tell whether a line opens, or is indented for, more levels than any honest text."""
    marks = line[: 4 * MAX_LINES]
    return len(marks) - len(marks.lstrip(" >-+*\t")) > _MAX_INDENT


def plain_html(text: str) -> str:
    """Return text as it is, in a box that wraps; a long one in parts laid out when they are seen.

    >>> plain_html("a < b")
    '<pre>a &lt; b</pre>'
    """
    parts = part.plain(writable(text))
    if parts[1:]:
        return "".join(map(part_html, parts))
    return f"<pre>{html.escape(''.join(parts))}</pre>"


def part_html(text: str) -> str:
    r"""Return one part of a long text that is shown as it is.

    >>> part_html("a < b\n")
    '<pre class="vlm-part">a &lt; b\n</pre>'
    """
    # Of an end of line that comes first, a parser of HTML takes no notice.
    first = "\n" if text.startswith(("\r", "\n")) else ""
    return f'<pre class="vlm-part">{first}{html.escape(text)}</pre>'


def clean(markup: str) -> str:
    """Pass HTML through the allow-list of tags, attributes and link schemes."""
    import nh3

    return nh3.clean(
        markup,
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        url_schemes=_SCHEMES,
        link_rel="noopener noreferrer nofollow",
        allowed_classes={"span": set(formula.CLASSES.split())},
        set_tag_attribute_values=_HEADINGS,
        filter_style_properties={"text-align"},
        strip_comments=True,
    ).strip()


def blocks(text: str) -> tuple[list[str], str]:
    r"""Split Markdown text that is still growing into closed blocks and the open rest.

    The closed blocks and the rest, joined, are the text, but that each part of a long table begins
    with its head. A block is closed when another one, or the next part of a long one, has begun
    behind it on a line that has ended: nothing that follows can change how it reads, except that
    its reference links may be defined below. Text that is too dear to render stays open.

    >>> blocks("# Title\n\nFirst line\nsecond")
    (['# Title\n\n'], 'First line\nsecond')
    """
    cut = lines(text)
    ended = len(cut) - (not text.endswith("\n"))
    parsed = _parsed("".join(cut[:ended]))
    if parsed is None:
        return [], text
    tops = [token for token in parsed.tokens if token.level == 0 and token.nesting >= 0]
    heads = dict.fromkeys([token.map[0] for token in tops if token.map][1:], "")
    heads |= {each.line: part.head(parsed.tokens, each, cut) for each in part.cuts(parsed.tokens)}
    edges = [0, *sorted(heads), len(cut)]
    *closed, rest = [
        heads.get(start, "") + "".join(cut[start:end]) for start, end in pairwise(edges)
    ]
    return closed, rest


def fences(text: str) -> list[tuple[int, int, str]]:
    r"""Return (first line, line behind the last, mark) of each fenced block that is in no other.

    >>> fences("a\n```\ncode\n```\nb")
    [(1, 4, '```')]
    """
    parsed = _parsed(text)
    return [
        (token.map[0], token.map[1], token.markup)
        for token in (parsed.tokens if parsed else ())
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
    parser = _bare_parser()
    parser.add_render_rule("image", _alternative_text)
    return parser


@lru_cache(maxsize=1)
def _block_parser() -> MarkdownIt:
    """Find blocks only: inline marks are where parsing becomes dear."""
    return _bare_parser().disable(["inline", "text_join"])


def _bare_parser() -> MarkdownIt:
    from markdown_it import MarkdownIt

    parser = MarkdownIt("commonmark", {"html": False, "maxNesting": _MAX_NESTING})
    parser.enable(["table", "strikethrough"])
    parser.validateLink = _is_safe_link  # type: ignore[method-assign]
    return formula.add_to(parser)


def _is_safe_link(url: str) -> bool:
    scheme, colon, _ = url.strip().partition(":")
    return bool(colon) and scheme.lower() in _SCHEMES


def _alternative_text(
    renderer: Any, tokens: Sequence[Token], index: int, options: Any, env: Any
) -> str:
    children = tokens[index].children or []
    for child in children:
        child.type = "text" if child.type == "formula" else child.type
    return html.escape(renderer.renderInlineAsText(children, options, env))
