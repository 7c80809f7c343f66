r"""Formulas: what is one, what a typesetter may see of it, and what the rest of a card keeps."""

from __future__ import annotations

import html as entities
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vlm_notebook.markup import formula, tex
from vlm_notebook.markup.card import Card, Picture
from vlm_notebook.markup.defuse import defused
from vlm_notebook.markup.markdown import blocks, to_html

TYPESET = re.compile(rf'<span class="{formula.CLASSES}">(.*?)</span>', re.DOTALL)
PIECES = [
    *("$", "$$", "\\(", "\\)", "\\[", "\\]", "\\begin{align}", "\\end{align}", "\\\\", "\\", "{"),
    *("}", "x", "1", " ", "_", "*", "\n", "\n\n", "- ", "> ", "# ", "`", "```\n", "| a |\n|-|\n"),
    *("\\frac{1}{2}", "\\rule{9em}{9em}", "&", "<b>", "[a](http://x.y)", "===\n", "    "),
]
TEXTS = st.lists(st.sampled_from(PIECES), max_size=25).map("".join)


def typeset(text):
    """Return what a typesetter is given of a text, as it reads it."""
    return [entities.unescape(found) for found in TYPESET.findall(to_html(text))]


# What is a formula


@pytest.mark.parametrize(
    "source",
    [
        *("$x$", "$42$", "$f'(x)$", "$(a, b)$", "$x_{i}^{2}$", "$5 + 7 = 12$", r"$\alpha$"),
        *(r"\(a_b\)", r"\[a^*b^*\]", "$$a_1$$", r"$\text{speed of } x$", r"$a\$b$", "$a < b > c$"),
        *("$$\na\n- b\n= c\n$$", "\\[\n# x\n> y\n\\]", "$$x\\\\y$$", "$|x|$", r"\(\{x\}\)"),
        "\\begin{align}\na &= b \\\\\n  &= c\n\\end{align}",
        r"$\begin{pmatrix} a & b \\[4pt] c & d \end{pmatrix}$",
        r"$\begin{array}{c|c} a & b \\ \hline c & d \end{array}$",
    ],
)
def test_a_formula_reaches_the_typesetter_as_it_was_written(source):
    assert typeset(source) == [source]


@pytest.mark.parametrize(
    "around", ["so {}.", "- {}", "> {}", "**{}**", "| a |\n|-|\n| {} |", "# {}"]
)
def test_a_formula_may_stand_anywhere_in_a_text(around):
    assert typeset(around.format("$a_1*b_2*c$")) == ["$a_1*b_2*c$"]


@pytest.mark.parametrize(
    "text",
    [
        *("$5 and $10", "$5", "from $5 to 10$ a day", "US$5 or US$6", "$5/day and 10$/day"),
        *("**$5** and **$10**", "$1,000.50 or $2,000", "cost: $ 5 $", "$HOME/$USER", "$PATH$"),
        *(
            "价格是$5，现在是6$",
            "\\$x\\$",
            "a$b$c",
            "$$",
            "$",
            "`$x$`",
            "```\n$x$\n```",
            "\\\\(x\\\\)",
        ),
        *("$the price$ of it", "$x", "$$x", "\\(x", "\\[x", "$x\n\ny$", "$$\nx\n\ny\n$$"),
    ],
)
def test_prices_names_and_code_are_no_formulas(text):
    assert typeset(text) == []


def test_prices_stay_as_they_are():
    assert to_html("$5 and $10") == "<p>$5 and $10</p>"


def test_the_whole_of_a_formula_in_html():
    assert to_html("so $a<b$:\n$$\nx\n$$\n") == (
        f'<p>so <span class="{formula.CLASSES}">$a&lt;b$</span>:</p>'
        f'<p><span class="{formula.CLASSES}">$$\nx\n$$</span></p>'
    )


def test_a_formula_in_a_pictures_name_is_kept():
    assert to_html("![a $x$](http://x.y)") == "<p>a $x$</p>"


# What may be typeset


HARMFUL = [
    *(r"\rule{9999em}{9999em}", r"\kern9999em x", r"\raisebox{99em}{x}", r"\hspace{1e9em}"),
    *(
        r"\mkern 999mu",
        r"\hskip 99em",
        r"\\[9999em] x",
        r"a\\*[ 99em]b",
        r"\above 99em",
        r"\smash x",
    ),
    *(
        r"\llap{over}",
        r"\mathrlap{over}",
        r"\moveleft 9em x",
        r"\raise 9em x",
        r"\genfrac{}{}{9em}12",
    ),
    *(r"\def\x{\x\x}\x", r"\gdef\frac{no}", r"\let\frac\sqrt", r"\newcommand{\frac}{no}"),
    *(r"\renewcommand{\sqrt}{no}", r"\DeclareMathOperator{\a}{b}", r"\newenvironment{a}{b}{c}"),
    *(
        r"\href{http://x.y}{z}",
        r"\url{http://x.y}",
        r"\style{position:fixed}{x}",
        r"\class{jp-Cell}x",
    ),
    *(r"\cssId{main}{x}", r"\unicode{x41}", r"\includegraphics{a.png}", r"\htmlData{a=b}{c}"),
    *(r"\html@x", r"\require{html}", r"\bbox[99em]{x}", r"\colorbox{red}{x}", r"\mmlToken{mi}{x}"),
    *(r"\text{\href{http://x.y}{z}}", r"\label{a}", r"\toggle{a}{b}\endtoggle", r"\char 65"),
    *(r"\begin{array}{@{\hspace{99em}}c}a\end{array}", r"\begin{array}{p{99em}}a\end{array}"),
    *(r"\begin{tikzpicture}\end{tikzpicture}", r"\begin x", "{" * 20 + "}" * 20, "{a", "a}", "}{"),
    *(r"\!" * 9 + "x", "x" * 2_001, r"\frobnicate", r"\begin{array}x\end{array}"),
]


@pytest.mark.parametrize("source", HARMFUL)
def test_a_formula_that_could_reach_beyond_itself_is_shown_as_its_source(source):
    assert not tex.is_safe(source)
    for text in (f"$${source}$$", f"\\[{source}\\]", f"\\({source}\\)", f"\\[\n{source}\n\\]"):
        assert typeset(text) == []
        shown = re.sub(r"<[^>]*>", "", to_html(text))
        assert re.sub(r"\W", "", source) in re.sub(r"\W", "", entities.unescape(shown))


@given(TEXTS)
def test_whatever_is_typeset_is_safe_and_the_same_as_in_the_answer(text):
    for found in typeset(text):
        assert re.sub(r"\s|> ", "", found) in re.sub(r"\s|> ", "", text)
        assert "rule" not in found
        assert found[:1] == "$" or found[:2] in ("\\(", "\\[", "\\b")


def test_more_formulas_than_a_page_typesets_quickly_are_shown_as_their_source():
    one = f"${'x+' * 94}12$"
    text = "\n\n".join([one] * (formula.MAX_TEX // 200 + 5))
    assert len(typeset(text)) == formula.MAX_TEX // 200
    assert to_html(text).count(f"<code>{one}</code>") == 5


def test_formulas_in_the_reasoning_cost_the_page_nothing():
    page = Card(text="$x$", reasoning="$y$").html()
    assert TYPESET.findall(page) == ["$x$"]
    assert "<code>$y$</code>" in page


# While it grows


@given(st.lists(st.sampled_from(PIECES), max_size=25))
def test_a_formula_in_pieces_reads_like_the_whole(pieces):
    shown, rest = [], ""
    for piece in pieces:
        closed, rest = blocks(rest + piece)
        shown += closed
    assert "".join(filter(None, map(to_html, [*shown, rest]))) == to_html("".join(pieces))


def test_the_lines_of_a_formula_are_no_blocks_of_their_own():
    assert blocks("$$\na\n- b\n") == ([], "$$\na\n- b\n")
    assert blocks("$$\na\n- b\n$$\nNext\n") == (["$$\na\n- b\n$$\n"], "Next\n")


# What else stands on a card


def test_nothing_else_on_a_card_is_typeset():
    words = "$x$ \\(y\\)"
    card = Card((Picture(b"", words, words),), words, "", "", (words,), (words,), words)
    assert TYPESET.findall(card.html()) == []
    assert f'<div class="vlm-card {formula.IGNORED}">' in card.html()


def test_the_source_is_what_a_terminal_and_markdown_show():
    text = "So $x_{i}^{2}$ and\n\n$$\\frac{a}{b}$$"
    assert (Card(text=text).plain(), Card(text=text).markdown()) == (text, text)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (r"$\rule{9em}{9em}$", "$\\\u200brule{9em}{9em}$"),
        (r"$\def\x{\x\x}\x$", "$\\\u200bdef\\x{\\x\\x}\\x$"),
        (r"$a \\[9999em] b$", "$a \\\\\u200b[9999em] b$"),
        ("```\n$ \\gdef\\frac{a}\n```", "```\n$ \\\u200bgdef\\frac{a}\n```"),
        (r"$\frac{a}{b} \le \alpha$ and \\[4pt]", r"$\frac{a}{b} \le \alpha$ and \\[4pt]"),
        (r"C:\rule\url", r"C:\rule\url"),
    ],
)
def test_markdown_keeps_formulas_and_breaks_orders_to_the_typesetter(text, wanted):
    assert defused(text) == wanted
