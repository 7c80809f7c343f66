"""A long answer while it streams: little is touched, nothing is made twice, nothing jumps."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from vlm_notebook.markup import card as cards
from vlm_notebook.markup.card import Card
from vlm_notebook.view.growth import Growth
from vlm_notebook.view.live import GrowingAnswer

MODULE = GrowingAnswer._esm
HEAD = "| a | b |\n|---|---|\n"
LONG = {
    "list": "".join(f"- **Item {n}** with `code` and words\n" for n in range(400)),
    "table": HEAD + "".join(f"| {n} | *two* |\n" for n in range(600)),
    "paragraph": "Some **bold** words. " * 800,
    "code": "```\n" + "x = f(x)\n" * 1_500 + "```\n",
    "paragraphs": "A paragraph of an answer.\n\n" * 500,
}
WATCH = """() => {
  window.touched = [];
  new MutationObserver((records) => {
    for (const { type, addedNodes, removedNodes } of records)
      touched.push(...(type === "childList" ? [...addedNodes, ...removedNodes] : ["text"]));
  }).observe(document.querySelector(".vlm-answer"), {
    childList: true, characterData: true, subtree: true });
}"""
TOUCHED = "() => new Promise((done) => setTimeout(() => done(touched.splice(0).length)))"
NODES = "() => [...document.querySelector('.vlm-blocks').children]"


@pytest.fixture
def show(esm_page):
    """Start the module with an empty card, in the card's own style."""

    def start(**state):
        ready = {"head": "", "foot": "", "body": "", "ended": False, "stoppable": False}
        ready |= {"language": "en"}
        esm_page.load(MODULE, css=cards.style(), **{**ready, **state})
        return esm_page

    return start


def feed(esm_page, text, *, growth=None, step=400):
    growth = growth or Growth()
    for start in range(0, len(text), step):
        growth.add(text[start : start + step])
        esm_page.deliver(growth.message())
    return growth


def end(esm_page, text):
    esm_page.set("body", cards.body_html(Card(text=text)))
    esm_page.set("ended", value=True)


@pytest.mark.parametrize("text", LONG.values(), ids=LONG.keys())
def test_a_message_touches_what_it_brings_and_not_what_stands(show, page, text):
    esm_page = show()
    growth = feed(esm_page, text[: len(text) // 2])
    page.evaluate(WATCH)
    for start in range(len(text) // 2, len(text), 400):
        growth.add(text[start : start + 400])
        esm_page.deliver(growth.message())
        # a row of twenty characters is a node, and so are the spaces between rows
        assert 0 <= page.evaluate(TOUCHED) <= 120
    assert "vlm-part" not in str(growth.state())


@pytest.mark.parametrize("text", LONG.values(), ids=LONG.keys())
def test_the_end_leaves_alone_what_stands_already(show, page, text):
    esm_page = show()
    feed(esm_page, text)
    page.evaluate(
        "() => { window.first = document.querySelector("
        "'.vlm-blocks :is(li, tr, p, pre), .vlm-tail :is(li, tr, p, pre)'); }"
    )
    page.evaluate(WATCH)
    end(esm_page, text)
    assert page.evaluate("() => first.isConnected && first.closest('.vlm-blocks') !== null")
    assert page.evaluate(TOUCHED) <= 20
    assert esm_page.errors == []


def test_a_block_that_closes_stays_the_node_it_was_with_its_selection(show, page):
    esm_page = show()
    growth = feed(esm_page, "Seen:\n\n- one\n- **two**")
    page.evaluate(
        """() => {
          window.list = document.querySelector(".vlm-tail ul");
          getSelection().selectAllChildren(list.querySelector("strong"));
        }"""
    )
    feed(esm_page, " and more\n\nNext paragraph\n", growth=growth, step=5)
    assert page.evaluate("() => list === document.querySelector('.vlm-blocks ul')")
    assert page.evaluate("() => getSelection().toString()") == "two"
    end(esm_page, "Seen:\n\n- one\n- **two** and more\n\nNext paragraph\n")
    assert page.evaluate("() => list === document.querySelector('.vlm-blocks ul')")
    assert page.evaluate("() => getSelection().toString()") == "two"


def test_a_selection_over_the_closed_and_the_open_survives(show, page):
    esm_page = show()
    growth = feed(esm_page, "First block.\n\nSecond block.\n\nThird")
    page.evaluate(
        """() => {
          const [first] = document.querySelectorAll(".vlm-blocks p");
          const second = document.querySelector(".vlm-tail p");
          getSelection().setBaseAndExtent(second.firstChild, 6, first.firstChild, 6);
        }"""
    )
    feed(esm_page, " block.\n\nFourth.\n", growth=growth)
    assert page.evaluate("() => getSelection().toString().replaceAll(/\\s+/g, ' ')") == (
        "block. Second"
    )


@pytest.mark.parametrize(
    "block",
    ["A paragraph.", "- one\n- two", "> quoted", "## Title", "```\ncode\n```", HEAD + "|1|2|"],
)
def test_nothing_jumps_when_a_block_closes(show, page, block):
    esm_page = show()
    growth = feed(esm_page, f"Before.\n\n{block}\n\n")
    place = """(name) => {
      const node = [...document.querySelectorAll(`${name} > *`)].at(-1);
      const { top, height } = node.getBoundingClientRect();
      return [top, height];
    }"""
    before = page.evaluate(place, ".vlm-tail")
    feed(esm_page, "Behind.\n", growth=growth)
    assert page.evaluate(place, ".vlm-blocks") == before


def test_what_comes_at_once_is_shown_in_steps_to_who_follows_it(show, page):
    esm_page = show()
    page.evaluate(
        """() => {
          window.counts = [0];
          const node = document.querySelector(".vlm-blocks");
          new MutationObserver(() => counts.push(node.querySelectorAll("tr, li").length))
            .observe(node, { childList: true });
        }"""
    )
    feed(esm_page, LONG["table"] + "\n" + LONG["list"] + "\n\nThe last.\n", step=100_000)
    expect(esm_page.views.locator(".vlm-tail")).to_have_text("The last.")
    counts = page.evaluate("() => counts")
    assert counts[-1] == 606 + 400
    assert len(counts) > 2
    distance = "(node) => node.scrollHeight - node.scrollTop - node.clientHeight"
    assert esm_page.views.locator(".vlm-answer").evaluate(distance) < 8


def test_the_end_shows_all_though_its_steps_are_not_done(show, page):
    esm_page = show()
    feed(esm_page, LONG["table"], step=100_000)
    end(esm_page, "Whole.")
    page.wait_for_timeout(100)
    assert esm_page.views.locator(".vlm-answer").inner_text().strip() == "Whole."
    assert esm_page.errors == []


def test_no_text_too_long_to_render_stands_in_one_piece(show, page):
    esm_page = show()
    text = "word " * 15_000 + "x" * 9_000 + "\n" + "a <b> & c\n" * 3_000
    feed(esm_page, text, step=20_000)
    expect(page.locator(".vlm-tail")).not_to_be_empty()
    longest = """() => {
      const walker = document.createTreeWalker(document.querySelector(".vlm-answer"), 4);
      const lengths = [];
      while (walker.nextNode()) lengths.push(walker.currentNode.length);
      return Math.max(...lengths);
    }"""
    assert page.evaluate(longest) <= 4_000
    parts = page.locator(".vlm-part").all_inner_texts()
    page.evaluate("() => { window.part = document.querySelector('.vlm-part'); }")
    end(esm_page, text)
    assert page.evaluate(longest) <= 4_000
    assert page.locator(".vlm-part").all_inner_texts() == parts
    assert page.evaluate("() => part.isConnected")
    whole = page.locator(".vlm-part").evaluate_all("(all) => all.map((one) => one.textContent)")
    assert "".join(whole) == text
