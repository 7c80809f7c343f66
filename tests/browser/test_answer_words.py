"""The live answer in Chinese: it speaks the language of its question, whatever the browser's."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from vlm_notebook.markup import card as cards
from vlm_notebook.markup.card import Card
from vlm_notebook.view.growth import Growth
from vlm_notebook.view.live import GrowingAnswer

CODE = "```python\nprint(1)\n```\n\nSo.\n"
NO_CLIPBOARD = """() => {
  Object.defineProperty(navigator, "clipboard", { value: undefined, configurable: true });
  document.execCommand = () => false;
}"""


@pytest.fixture
def chinese(esm_page):
    state = {"head": "", "foot": "", "body": "", "ended": False, "stoppable": True, "note": ""}
    esm_page.load(GrowingAnswer._esm, css=cards.style(), **state, language="zh")
    assert esm_page.page.evaluate("() => navigator.language").startswith("en")
    return esm_page


def feed(esm_page, text, thought=""):
    growth = Growth()
    growth.think(thought)
    growth.add(text)
    esm_page.deliver(growth.message())


def test_it_waits_and_offers_to_stop_in_chinese(chinese):
    expect(chinese.views.locator(".vlm-wait")).to_contain_text("… 0 秒")
    chinese.views.get_by_role("button", name="停止", exact=True).click()
    assert chinese.sent[-1].content == {"kind": "stop"}


def test_reasoning_is_called_so_while_it_grows_and_in_the_end(chinese):
    feed(chinese, "So.", thought="Hm.")
    expect(chinese.views.locator("summary")).to_have_text("思考过程")
    chinese.set("body", cards.body_html(Card(text="So.", reasoning="Hm.", language="zh")))
    chinese.set("ended", value=True)
    expect(chinese.views.locator("summary")).to_have_text("思考过程")


def test_code_is_copied_and_said_to_be(chinese):
    feed(chinese, CODE)
    button = chinese.views.locator(".vlm-copy")
    expect(button).to_have_text("复制代码")
    chinese.page.evaluate("() => { document.execCommand = () => true; }")
    button.click()
    expect(button).to_have_text("已复制")
    expect(button).to_have_text("复制代码")


def test_where_there_is_no_clipboard_it_says_which_keys_to_press(chinese):
    chinese.page.evaluate(NO_CLIPBOARD)
    feed(chinese, CODE)
    chinese.views.locator(".vlm-copy").click()
    expect(chinese.views.locator(".vlm-copy")).to_have_text("请按 Ctrl+C")


def test_not_a_word_of_english_stands_around_it(chinese):
    feed(chinese, CODE.replace("So.", "好。"), thought="嗯。")
    said = chinese.views.evaluate(
        "(view) => { view.querySelector('pre').remove(); return view.innerText; }"
    )
    assert not any(char.isascii() and char.isalpha() for char in said)
