from __future__ import annotations

import re
from html.parser import HTMLParser

import hostile
import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from vlm_notebook.markup.defuse import code, defused
from vlm_notebook.markup.markdown import TOO_DEAR, is_too_dear

PAYLOADS = hostile.answers()
HARMFUL = {"img", "script", "style", "iframe", "form", "svg", "math", "object", "input", "link"}
PIECES = [
    *(
        "```\n",
        "\n```\n",
        "~~~",
        "````",
        "`",
        "``",
        "    ",
        "> ",
        "- ",
        "\n",
        "\n\n",
        " ",
        "$",
        "$$",
    ),
    *(
        "<img src=x onerror=a()>",
        "<script>",
        "![a](http://x.y)",
        "[a](javascript:b)",
        "\\",
        "!",
        "[",
    ),
    *("](", ")", "<", "]:", "[a]: javascript:b\n", "[a]", "text", "<b", ">", "(", "x", "\r"),
]


class Seen(HTMLParser):
    """Collects the tags, and the attributes that could do harm, of a page that runs raw HTML."""

    def __init__(self, page):
        super().__init__()
        self.tags, self.attributes = set(), []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes += [(tag, name, value) for name, value in attrs]


def careless(text):
    """Render Markdown as a front end does that trusts it: raw HTML runs, any link is made."""
    parser = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
    parser.validateLink = lambda _url: True
    return Seen(parser.render(text))


def is_harmless(seen):
    links = [value for tag, name, value in seen.attributes if (tag, name) == ("a", "href")]
    handlers = [name for _, name, _ in seen.attributes if name.startswith("on") or name == "src"]
    return (
        not seen.tags & HARMFUL
        and not handlers
        and all(re.match(r"(https?|mailto):", link, re.IGNORECASE) for link in links)
    )


@pytest.mark.parametrize("text", PAYLOADS.values(), ids=PAYLOADS.keys())
def test_a_hostile_answer_does_no_harm_where_raw_html_runs(text):
    assert is_harmless(careless(defused(text)))


def test_the_same_answers_would_do_harm_as_they_are():
    raw = [text for text in PAYLOADS.values() if not is_too_dear(text)]
    assert sum(not is_harmless(careless(text)) for text in raw) > 40


@given(st.lists(st.sampled_from(PIECES), max_size=20).map("".join))
def test_no_mix_of_fences_code_and_tags_does_harm(text):
    assert is_harmless(careless(defused(text)))


@given(st.lists(st.sampled_from(PIECES), max_size=20).map("".join))
def test_a_formula_that_is_cut_out_first_lets_no_tag_loose(text):
    """Older JupyterLabs take everything from $ to $ out, marks of fences included."""
    for formula in (r"\$\$[\s\S]*?\$\$", r"\$[^$]*\$"):
        assert is_harmless(careless(re.sub(formula, "@@0@@", defused(text))))


@pytest.mark.parametrize(
    "text",
    [
        "    ```\n<img src=x>",
        "``` `a\n<img src=x>",
        "```\n```a\n```\n<img src=x>",
        "- ```\n  a\n\nb <img src=x>\n",
        "````\n```\n````\n<img src=x>",
        "`a\\`<img src=x>`",
    ],
)
def test_what_only_looks_like_code_is_no_hiding_place(text):
    assert "img" not in careless(defused(text)).tags
    assert "img" in careless(text).tags


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("a < b & c > d", "a &lt; b & c > d"),
        ("**a** *b* [c](https://x.y) | d", "**a** *b* [c](https://x.y) | d"),
        ("```html\n<b>\n```\n<b>", "<pre><code>&#60;b&#62;&#10;</code></pre>\n&lt;b>"),
        ("```html\nb\n```\n<b>", "```html\nb\n```\n&lt;b>"),
        ("~~~ mermaid\nb", "~~~\nb\n~~~"),
        ('```" onclick="a\nb\n```', "```\nb\n```"),
        (" ```c++ {.a}\n b\n ```", " ```c++\n b\n ```"),
        ("use `a` or `<b>`", "use `a` or <code>&#60;b&#62;</code>"),
        ("![cat](http://x.y/z.png)", "!\\[cat](http://x.y/z.png)"),
        ("[a](javascript:b) [c](d.html)", "[a]\\(javascript:b) [c]\\(d.html)"),
        ("[a]\n\n[a]: javascript:b", "[a]\n\n[a]\\: javascript:b"),
        ("costs $5:\n```\n<b>\n```", "costs $5:\n<pre><code>&#60;b&#62;&#10;</code></pre>"),
        ("```\ncut off", "```\ncut off\n```"),
        ("half \ud83d", "half ?"),
    ],
)
def test_what_harms_nobody_is_kept(text, wanted):
    assert defused(text) == wanted


@pytest.mark.parametrize("text", PAYLOADS.values(), ids=PAYLOADS.keys())
def test_any_name_is_code_in_a_cell_of_a_table(text):
    seen = careless(f"| name | more |\n|---|---|\n| {code(text)} | `same` |")
    assert seen.tags == {"table", "thead", "tbody", "tr", "th", "td", "code"}
    assert is_harmless(seen)


def test_what_is_too_dear_becomes_code_that_it_cannot_leave():
    text = "*a **b ```` <img src=x>" * 3_000
    found = defused(text)
    assert found.startswith(f"*{TOO_DEAR}*\n\n`````\n")
    assert careless(found).tags == {"p", "em", "pre", "code"}
