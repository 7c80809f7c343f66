r"""Formulas in Markdown: `$...$`, `$$...$$`, `\(...\)`, `\[...\]` and bare environments.

They are taken out before Markdown sees their `_`, `*` and `\`, and put back as they were written,
escaped. The card tells typesetters to ignore all of it; a formula whose TeX is on our list alone
is marked as theirs, so that no price, path, name or code is ever taken for TeX. JupyterLab and
nbconvert's pages typeset the static card, and where JupyterLab is in reach the live answer has its
formulas typeset one by one; a terminal and GitHub show the source.
"""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING, Any

from vlm_notebook.markup import tex

if TYPE_CHECKING:
    from collections.abc import Sequence

    from markdown_it import MarkdownIt
    from markdown_it.rules_block import StateBlock
    from markdown_it.rules_inline import StateInline
    from markdown_it.token import Token

CLASSES = "vlm-math tex2jax_process mathjax_process"
"""The words of nbconvert's MathJax 2 and of JupyterLab's MathJax 3 for "typeset this"."""

IGNORED = "tex2jax_ignore mathjax_ignore"

MAX_TEX = 8_000
_OVERHEAD = 10
"""Characters of TeX in an answer, and what each formula counts beside its own: with MathJax 3 in
Chromium a tenth of a millisecond each. Formulas behind are shown as their source."""

_NAMES = "equation|align|gather|multline|eqnarray|alignat"
_DOLLARS = re.compile(r"\$\$((?:[^\\$]++|\\[\s\S])++)\$\$")
_DOLLAR = re.compile(r"\$(?=[^\s$])((?:[^\\$]++|\\[\s\S])++)(?<!\s)\$(?![\w$])")
_PARENTHESES = re.compile(r"\\\(((?:[^\\]++|\\[^)])++)\\\)")
_BRACKETS = re.compile(r"\\\[((?:[^\\]++|\\[^\]])++)\\\]")
_BARE = re.compile(rf"(\\begin\{{((?:{_NAMES})\*?)\}}[\s\S]+?\\end\{{\2\}})")
_FORMS = {"$$": _DOLLARS, "\\(": _PARENTHESES, "\\[": _BRACKETS, "\\b": _BARE}
_OPENING = re.compile(rf"\$\$|\\\[|\\begin\{{(?:{_NAMES})\*?\}}")
_CLOSING = {
    "$$": re.compile(r"\$\$"),
    "\\[": re.compile(r"\\\]"),
    "\\b": re.compile(rf"\\end\{{(?:{_NAMES})\*?\}}"),
}
_TEX_SIGN = re.compile(r"[\\^_={}]")
_WORD = re.compile(r"(?:^|\s)[^\W\d_]{2,}(?:\s|$)|[\u2e80-\uffef]|[^\W\d_]{4,}")


def add_to(parser: MarkdownIt) -> MarkdownIt:
    """Teach a parser formulas: their blocks, their place in a line, their HTML."""
    containers = ["paragraph", "reference", "blockquote", "list"]
    parser.block.ruler.before("table", "formula", _block, {"alt": containers})
    parser.inline.ruler.before("escape", "formula", _inline)
    parser.add_render_rule("formula", _html)
    return parser


def _block(state: StateBlock, start: int, end: int, silent: bool) -> bool:  # noqa: FBT001 - the parser's protocol
    """Keep the lines of a displayed formula together: none of them is a list or a heading.

    Each line decides by itself, so that an answer reads the same while it grows: the formula goes
    on to its end or to an empty line, which TeX does not allow in it.
    """
    line = _line(state, start)
    opening = None if state.is_code_block(start) else _OPENING.match(line)
    if not opening:
        return False
    closing = _CLOSING[opening[0][:2]]
    closed = closing.search(line, opening.end())
    if closed and line[closed.end() :].strip(" .,;:"):
        return False
    if not silent:
        last = start if closed else _last_line(state, start, end, closing)
        _push(state, start, last + 1)
    return True


def _line(state: StateBlock, number: int) -> str:
    return state.src[state.bMarks[number] + state.tShift[number] : state.eMarks[number]]


def _last_line(state: StateBlock, start: int, end: int, closing: re.Pattern[str]) -> int:
    for number in range(start + 1, end):
        if state.isEmpty(number) or state.sCount[number] < state.blkIndent:
            return number - 1
        if closing.search(_line(state, number)):
            return number
    return end - 1


def _push(state: StateBlock, start: int, end: int) -> None:
    """Add a paragraph: what in it is a formula is found as in any other."""
    state.line = end
    state.push("paragraph_open", "p", 1).map = [start, end]
    token = state.push("inline", "", 0)
    token.content = state.getLines(start, end, state.blkIndent, keepLastLF=False).strip()
    token.map, token.children = [start, end], []
    state.push("paragraph_close", "p", -1)


def _inline(state: StateInline, silent: bool) -> bool:  # noqa: FBT001 - likewise
    if state.src[state.pos] not in "$\\":
        return False
    found = _found(state.src, state.pos, state.posMax)
    if not found:
        return False
    if not silent:
        token = state.push("formula", "", 0)
        token.content, token.meta = found[0], {"tex": found[1]}
    state.pos = found.end()
    return True


def _found(text: str, start: int, end: int) -> re.Match[str] | None:
    """Return the formula that begins at `start`; a price begins none."""
    end = min(end, start + tex.MAX_CHARS)
    form = _FORMS.get(text[start : start + 2])
    if form or text[start] != "$":
        return form.match(text, start, end) if form else None
    if start and (text[start - 1] == "$" or text[start - 1].isalnum()):
        return None
    found = _DOLLAR.match(text, start, end)
    return found if found and not _is_prose(found[1]) else None


def _is_prose(text: str) -> bool:
    """Tell whether what stands between two dollars is words rather than a formula."""
    return bool(_WORD.search(text) and not _TEX_SIGN.search(text))


def _html(_: Any, tokens: Sequence[Token], index: int, __: Any, env: Any) -> str:
    source = tokens[index].meta["tex"]
    shown = html.escape(tokens[index].content, quote=False)
    if not tex.is_safe(source) or not _has_room(env, len(source) + _OVERHEAD):
        return f"<code>{shown}</code>"
    return f'<span class="{CLASSES}">{shown}</span>'


def _has_room(env: dict[str, int], chars: int) -> bool:
    env["tex"] = env.get("tex", 0) + chars
    return env["tex"] <= MAX_TEX
