from __future__ import annotations

import html as entities
import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from vlm_notebook.markup import markdown
from vlm_notebook.markup.markdown import TOO_DEAR, blocks, fences, is_too_dear, lines, to_html

MARKS = [
    *("a", "b c", " ", "    ", "\t", "\n", "\n\n", "\r", "\r\n", "*", "**", "_", "~~", "`", "```"),
    *(
        "~~~",
        "#",
        "# ",
        "- ",
        "* ",
        "1. ",
        "2",
        ".",
        "> ",
        "|",
        "|-|\n",
        "a|b\n-|-\n",
        "---",
        "===",
    ),
    *("[a](http://x.y)", "![a](x)", "<b>", "&amp;", "\\", "$x$", "[", "]", "(", "\x00", "\u2028"),
]
ANSWERS = st.lists(st.sampled_from(MARKS), max_size=25).map("".join)


def block_by_block(pieces):
    """Do what a front end does with an answer that arrives in pieces."""
    shown, rest = [], ""
    for piece in pieces:
        closed, rest = blocks(rest + piece)
        shown += closed
    return [*shown, rest]


# What is rendered


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("", ""),
        ("a *b* **c** ~~d~~ `e`", "<p>a <em>b</em> <strong>c</strong> <s>d</s> <code>e</code></p>"),
        ("# T", '<h1 class="tocSkip">T</h1>'),
        ("- a\n- b", "<ul><li>a</li><li>b</li></ul>"),
        ("3. a", '<ol start="3"><li>a</li></ol>'),
        ("> a", "<blockquote><p>a</p></blockquote>"),
        ("```python\na < b\n```", "<pre><code>a &lt; b\n</code></pre>"),
        ("a\n\n---\n\nb", "<p>a</p><hr><p>b</p>"),
        ("中文 **字**", "<p>中文 <strong>字</strong></p>"),
        (
            "|a|b|\n|:-|-:|\n|c|d|",
            (
                '<table><thead><tr><th style="text-align:left">a</th>'
                '<th style="text-align:right">b</th></tr></thead><tbody><tr>'
                '<td style="text-align:left">c</td><td style="text-align:right">d</td>'
                "</tr></tbody></table>"
            ),
        ),
    ],
)
def test_markdown_becomes_html(text, html):
    assert to_html(text) == html


@pytest.mark.parametrize("url", ["http://x.y/", "https://x.y/a?b=c&d", "mailto:a@b.example"])
def test_links_to_the_web_and_to_mail_stay(url):
    assert f'href="{url.replace("&", "&amp;")}"' in to_html(f"[t]({url})")
    assert 'rel="noopener noreferrer nofollow"' in to_html(f"[t]({url})")


@pytest.mark.parametrize(
    "url",
    [
        *("javascript:a()", "JavaScript:a()", "data:text/html,a", "vbscript:a", "file:///etc"),
        *("//x.y/", "/a", "a.html", "#a", "command:a", "java&#115;cript:a", "javascript&colon;a()"),
        *("%6aavascript:a()", "&#1;javascript:a()", "httpx:a", "http", "view-source:http://x.y"),
    ],
)
def test_other_links_are_no_links(url):
    html = to_html(f"[t]({url}) <{url}>\n\n[r]\n\n[r]: {url}")
    assert "<a" not in html
    assert "href=" not in html


def test_a_picture_becomes_its_alternative_text():
    assert to_html('![a "b" *c*](http://x.y/z.png "t")') == '<p>a "b" c</p>'
    assert to_html("![<b>](http://x.y)") == "<p>&lt;b&gt;</p>"


@given(ANSWERS | st.text())
def test_no_text_breaks_the_renderer_or_brings_a_tag_that_is_not_allowed(text):
    tags = set(re.findall(r"</?([^\s>/]+)", to_html(text)))
    assert tags <= markdown._TAGS


@given(ANSWERS)
def test_cleaning_twice_changes_nothing(text):
    html = to_html(text)
    assert markdown.clean(html) == html


def test_half_a_surrogate_pair_is_shown_as_a_question_mark():
    assert to_html("a \ud83d") == "<p>a ?</p>"
    assert markdown.plain_html("a \ud83d") == "<pre>a ?</pre>"


# What is too dear


DEAR = {
    "emphasis": "*a **b " * 5_000,
    "lines": "x\n" * 200_000,
    "quotes": ">" * 5_000 + " x",
    "brackets": "[" * 20_000,
    "table": "|".join("h" * 50) + "\n" + "|".join("-" * 50) + "\n" + ("c|" * 50 + "\n") * 2_000,
    "list on a line": "- " * 1_500 + "x",
    "nested list": "".join("  " * level + "- x\n" for level in range(1_500)),
    "formulas": "$x_{i}^{2}$ " * 20_000,
    "pictures": "![x](data:image/gif;base64,R0lGODlhAQABAAAAACw=) " * 20_000,
    "backticks": "`a``b```c" * 3_000,
    "many tables": ("h|" * 50 + "\n" + "-|" * 50 + "\n" + "c|" * 50 + "\n\n") * 2_000,
    "one row": "|a" * 50_000 + "\n" + "|-" * 50_000,
    "links": "[a](http://x.y) " * 50_000,
    "closing brackets": "](" * 100_000,
    "single backticks": "` " * 100_000,
    "tags": "<" * 100_000,
    "dollars": "$" * 100_000,
    "open formulas": "\\(" * 50_000,
    "displayed formulas": "$$\n" * 2_600,
    "entities": "&amp;" * 40_000,
    "items": "1. a\n" * 2_600,
    "carriage returns": "a\r" * 2_600,
    "characters": "word " * 20_001,
}


@pytest.mark.parametrize("text", DEAR.values(), ids=DEAR.keys())
def test_what_would_freeze_the_page_is_shown_as_plain_text_and_says_so(text):
    assert is_too_dear(text)
    html = to_html(text)
    assert html.startswith(f"<p><em>{TOO_DEAR}</em></p><pre")
    assert set(re.findall(r"</?(\w+)", html)) <= {"p", "em", "pre", "span"}
    # a parser leaves the first end of line in a <pre> out
    shown = re.sub(r"<pre.*?>\n|<.*?>", "", html.removeprefix(markdown.NOTE))
    assert entities.unescape(shown) == text
    assert blocks(text) == ([], text)


@pytest.mark.parametrize(
    "text",
    [
        "".join("  " * level + f"- level {level}\n" for level in range(25)),
        "> " * 45 + "deep inside",
    ],
    ids=["list", "quote"],
)
def test_what_is_nested_too_deep_for_the_parser_is_shown_and_not_lost(text):
    assert TOO_DEAR in to_html(text)
    assert text.split()[-1] in to_html(text)


def test_a_long_honest_answer_is_rendered():
    text = "\n\n".join(f"## Part {n}\n\n- **bold** and `code`\n- *more* of it" for n in range(300))
    assert not is_too_dear(text)
    assert to_html(text).count("<h2 class=") == 300


# What grows


@given(ANSWERS | st.text())
def test_closed_blocks_and_the_rest_are_the_text(text):
    closed, rest = blocks(text)
    assert "".join(closed) + rest == text
    assert all(closed)


@given(ANSWERS | st.text())
def test_lines_are_the_text(text):
    assert "".join(lines(text)) == text


@given(st.lists(st.sampled_from(MARKS), max_size=25))
@example(["a", "|-|\n", "|-|\n", "---", "a"])
def test_an_answer_in_pieces_reads_like_the_whole_answer(pieces):
    """Holds for all but reference links, whose target may stand in another block."""
    text = "".join(pieces)
    parts = filter(None, map(to_html, block_by_block(pieces)))
    assert "".join(parts) == to_html(text)


@given(st.lists(st.sampled_from(MARKS), max_size=25))
def test_how_an_answer_is_cut_does_not_matter(pieces):
    text = "".join(pieces)
    assert "".join(block_by_block(pieces)) == text
    assert "".join(block_by_block(text)) == text


@pytest.mark.parametrize(
    ("text", "closed"),
    [
        ("a", []),
        ("a\n\nb", []),
        ("a\n\nb\n", ["a\n\n"]),
        ("a\n#", []),
        ("1. a\n\n2", []),
        ("1. a\n\n2. b\n", []),
        ("```\na\n\nb\n", []),
        ("```\na\n```\nb\n\nc\n", ["```\na\n```\n", "b\n\n"]),
        ("a\r\n\r\nb\r\n", ["a\r\n\r\n"]),
        ("a\r\rb\r\n", ["a\r\r"]),
    ],
)
def test_a_block_is_closed_when_nothing_can_change_it(text, closed):
    assert blocks(text)[0] == closed


def test_only_fences_that_are_in_nothing_else_are_named():
    text = "- ```\n  a\n  ```\n\n~~~ x\nb\n~~~\n> ```\n> c\n\n    ```\n\n```\nd"
    assert fences(text) == [(4, 7, "~~~"), (12, 14, "```")]
