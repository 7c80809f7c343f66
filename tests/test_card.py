from __future__ import annotations

import base64
import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import hostile
import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from vlm_notebook.markup import card as cards
from vlm_notebook.markup import formula
from vlm_notebook.markup.card import Card, Picture
from vlm_notebook.markup.markdown import TOO_DEAR

DATA = json.loads((Path(__file__).parent / "data" / "xss_payloads.json").read_text("utf-8"))
ANSWERS = hostile.answers(generated=False)
HUGE = {p["note"]: p["generate"] for p in DATA["payloads"] if "generate" in p}
OURS = {
    f"vlm-card {formula.IGNORED}",
    formula.CLASSES,
    *("vlm-pictures", "vlm-main", "vlm-answer", "vlm-foot", "vlm-prompt"),
    "tocSkip",
    *("vlm-part", "vlm-reasoning", "vlm-notice", "vlm-error", "vlm-facts"),
}
FRAME = {"style", "div", "figure", "img", "figcaption", "small", "span", "details", "summary"}
TEXT = {
    *("h1", "h2", "h3", "h4", "h5", "h6", "p", "pre", "blockquote", "hr", "br", "ul", "ol", "li"),
    *("table", "thead", "tbody", "tr", "th", "td", "a", "code", "s", "em", "strong"),
}
VOID = {"img", "br", "hr"}
JPEG = b"\xff\xd8 a small picture"
FULL = Card(
    pictures=(Picture(JPEG, "sign.jpg", "640x480, 82 kB"), Picture(JPEG, "b_c.png")),
    prompt="What does it *say*?",
    text="It says **stop**.\n\n- in red",
    reasoning="Letters first.",
    facts=("some-model", "high", "120 tokens", "1.2 s"),
    notices=("Cut off at the limit of tokens.",),
    error="the connection broke off",
)


class Page(HTMLParser):
    """Checks each tag and attribute of a card, and that every tag is closed in its turn."""

    def __init__(self, page):
        super().__init__()
        self.open, self.styles, self.shown = [], 0, []
        self.feed(page)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        assert tag in FRAME | TEXT
        self.styles += tag == "style"
        for name, value in attrs:
            self.check(tag, name, value)
        if tag not in VOID:
            self.open.append(tag)

    def check(self, tag, name, value):
        allowed = {
            ("img", "src"): r"data:image/jpeg;base64,[A-Za-z0-9+/=]+",
            ("img", "alt"): r"[\s\S]*",
            ("img", "width"): r"160",
            ("a", "href"): r"(https?|mailto):[\s\S]*",
            ("a", "title"): r"[\s\S]*",
            ("a", "rel"): r"noopener noreferrer nofollow",
            ("ol", "start"): r"\d+",
            ("th", "style"): r"text-align:(left|right|center)",
            ("td", "style"): r"text-align:(left|right|center)",
        }
        if name == "class":
            assert value in OURS
        else:
            assert re.fullmatch(allowed[tag, name], value)

    def handle_endtag(self, tag):
        if tag not in VOID:
            assert self.open.pop() == tag

    def handle_data(self, data):
        if "style" not in self.open:
            self.shown.append(data)

    @property
    def text(self):
        return "".join(self.shown)


def test_the_whole_card_in_html():
    page = FULL.html()
    for words in ("<strong>stop</strong>", "<li>in red</li>", "What does it *say*?", "sign.jpg"):
        assert words in page
    seen = Page(page)
    assert seen.styles == 1
    assert "some-model · high · 120 tokens · 1.2 s" in seen.text
    assert f"base64,{base64.b64encode(JPEG).decode()}" in page
    assert 'alt="sign.jpg: It says stop."' in page


def test_the_whole_card_in_markdown():
    assert FULL.markdown() == (
        "**What does it \\*say\\*?**\n\n"
        "*sign.jpg, b\\_c.png*\n\n"
        "It says **stop**.\n\n- in red\n\n"
        "*Cut off at the limit of tokens.*\n\n"
        "**the connection broke off**\n\n"
        "*some-model · high · 120 tokens · 1.2 s*"
    )


def test_the_whole_card_in_plain_text():
    assert FULL.plain() == (
        "It says **stop**.\n\n- in red\n\nCut off at the limit of tokens.\n\n"
        "the connection broke off"
    )


def test_reasoning_is_called_so_in_the_cards_language():
    seen = Page(cards.frame("", cards.body_html(replace(FULL, language="zh")), ""))
    assert seen.text.startswith("思考过程Letters first.")


def test_an_empty_card_is_a_card():
    assert (Card().plain(), Card().markdown()) == ("", "")
    assert Page(Card().html()).text == ""


def test_a_card_is_one_line_so_that_markdown_is_not_taken_up_again_within_it():
    card = Card(prompt="a\n\n![b](http://x.y/z.png)", text="```\na\r\n\n![b](c)\n```", error="d\re")
    (line,) = card.html().splitlines()
    rendered = MarkdownIt("commonmark", {"html": True}).render(line)
    assert rendered.strip() == line
    assert "<img" not in rendered
    assert "a\n\n![b](c)\n" in Page(line).text


def test_the_same_card_gives_the_same_html():
    assert FULL.html() == FULL.html()
    assert not re.search(r"\bid=|0x[0-9a-f]{6}", FULL.html())


def test_parts_make_the_whole():
    parts = cards.head_html(FULL), cards.body_html(FULL), cards.foot_html(FULL)
    assert FULL.framed() == cards.frame(*parts)
    assert FULL.html() == f"<style>{cards.style()}</style>{FULL.framed()}"


@pytest.mark.parametrize("text", ANSWERS.values(), ids=ANSWERS.keys())
def test_hostile_text_does_no_harm_wherever_it_stands(text):
    picture = Picture(JPEG, text, text)
    card = Card((picture,), text, text, text, (text,), (text,), text)
    assert Page(card.html()).styles == 1


def test_the_check_of_these_tests_would_notice_harm():
    for harm in ("<script>", "<p onclick=a>", '<a href="javascript:a">', '<p class="jp-Cell">'):
        with pytest.raises((AssertionError, KeyError)):
            Page(harm)


@pytest.mark.parametrize("field", ["prompt", "error"])
@pytest.mark.parametrize("text", ANSWERS.values(), ids=ANSWERS.keys())
def test_a_hostile_line_is_shown_as_it_is(field, text):
    shown = Page(Card(**{field: text}).html()).text
    assert re.sub(r"\r\n?", "\n", text) in shown


@pytest.mark.parametrize("text", ANSWERS.values(), ids=ANSWERS.keys())
def test_hostile_names_and_lines_do_no_harm_in_markdown(text):
    card = Card((Picture(JPEG, text),), text, "", "", (text,), (text,), text)
    parser = MarkdownIt("commonmark", {"html": True}).enable(["table"])
    parser.validateLink = lambda _url: True
    tags = set(re.findall(r"<(\w+)", parser.render(card.markdown())))
    assert tags <= {"p", "em", "strong"}


@pytest.mark.parametrize("generate", HUGE.values(), ids=HUGE.keys())
def test_a_huge_answer_makes_a_card(generate):
    text = eval(generate)
    page = Page(Card(text=text).html())
    assert TOO_DEAR in page.text or len(text) == 20_000
    assert len(page.text) >= len(text) // 2


@given(st.text(), st.text())
def test_any_text_makes_a_card_that_can_be_saved(text, name):
    card = Card((Picture(JPEG, name),), name, text, text, (name,), (name,), name)
    for shown in (card.html(), card.markdown(), card.plain()):
        assert shown.encode().decode() == shown
    assert Page(card.html()).styles == 1


def test_half_a_surrogate_pair_can_be_saved():
    card = Card((Picture(JPEG, "\udce9.png"),), "\ud83d", "\ud83d", facts=("\ud83d",))
    for shown in (card.html(), card.markdown(), card.plain()):
        assert shown.encode()


def test_a_terminal_is_given_no_orders():
    card = Card(text="a\x1b]52;c;cm0=\x07b\x1b[2Jc\r\n\td\x9b\u202ee", error="f\x1b[31m")
    assert card.plain() == "a]52;c;cm0=b[2Jc\n\tde\n\nf[31m"


def test_an_unfinished_fence_does_not_swallow_the_footer():
    text = Card(text="```\ncut", facts=("model",)).markdown()
    assert text == "```\ncut\n```\n\n*model*"


@pytest.mark.parametrize(
    ("text", "alternative"),
    [
        ("", "a.png"),
        ("# A **sign**\n\nIt stands.", "a.png: A sign"),
        ("It stands. It says stop.", "a.png: It stands."),
        ("写着停。红色。", "a.png: 写着停。"),
        ("x" * 500, "a.png: " + "x" * 120),
    ],
)
def test_who_cannot_see_hears_the_name_and_the_first_sentence(text, alternative):
    page = Card((Picture(JPEG, "a.png"),), text=text).html()
    assert f'alt="{alternative}"' in page


def test_the_style_touches_nothing_outside_the_card():
    rules = re.findall(r"([^{}]+)\{", re.sub(r"\([^()]*\)", "", cards.style()))
    selectors = [part.strip() for rule in rules for part in rule.split(",")]
    assert selectors
    ours = (".vlm-card", ".vlm-preview", ".vlm-look", "@media")
    assert all(selector.startswith(ours) for selector in selectors)
    assert "url(" not in cards.style()
    assert "@import" not in cards.style()
