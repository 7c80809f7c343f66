"""The live answer's code, tail, reasoning and width: what a reader does with it."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from vlm_notebook.markup import card as cards
from vlm_notebook.markup.card import Card
from vlm_notebook.view.growth import Growth
from vlm_notebook.view.live import GrowingAnswer

MODULE = GrowingAnswer._esm
CODE = "Run this:\n\n```python\nprint('<b>')\n```\n\nThen that.\n"
WIDE = f"""| {" | ".join(f"column{n}" for n in range(30))} |
|{"-|" * 30}
| {" | ".join(f"value{n}" for n in range(30))} |

```
{"a_long_name = " * 40}1
```

$${"x_{1} + " * 200} y$$

{"word" * 200}
"""

CLIPBOARD = """(works) => {
  window.copied = [];
  const writeText = (text) =>
    works ? Promise.resolve(copied.push(text)) : Promise.reject(new Error("denied"));
  Object.defineProperty(navigator, "clipboard", { value: { writeText }, configurable: true });
}"""


@pytest.fixture
def show(esm_page):
    """Start the module with an empty card, in the card's own style."""

    def start(**state):
        ready = {"head": "", "foot": "", "body": "", "ended": False, "stoppable": False}
        ready |= {"language": "en"}
        esm_page.load(MODULE, css=cards.style(), **{**ready, **state})
        return esm_page

    return start


def feed(esm_page, *texts, growth=None):
    growth = growth or Growth()
    for text in texts:
        growth.add(text)
        esm_page.deliver(growth.message())
    return growth


def copy_button(esm_page):
    return esm_page.views.get_by_role("button", name="Copy code")


def test_a_closed_block_of_code_is_copied_as_it_is_and_says_so(show, page):
    esm_page = show()
    page.evaluate(CLIPBOARD, arg=True)
    feed(esm_page, CODE)
    copy_button(esm_page).click()
    expect(esm_page.views.get_by_role("button", name="Copied")).to_be_visible()
    assert page.evaluate("() => copied") == ["print('<b>')\n"]
    expect(copy_button(esm_page)).to_be_visible()


def test_the_keyboard_reaches_the_copy_button(show, page):
    esm_page = show()
    page.evaluate(CLIPBOARD, arg=True)
    feed(esm_page, CODE)
    page.keyboard.press("Tab")
    expect(copy_button(esm_page)).to_be_focused()
    page.keyboard.press("Enter")
    page.wait_for_function("() => copied.length === 1")


@pytest.mark.parametrize("clipboard", ["(none) => undefined", CLIPBOARD])
def test_where_the_clipboard_is_closed_the_code_is_selected(show, page, clipboard):
    esm_page = show()
    page.evaluate(clipboard, arg=False)
    page.evaluate("() => { document.execCommand = () => false; }")
    feed(esm_page, CODE)
    copy_button(esm_page).click()
    expect(esm_page.views.get_by_role("button", name="Press Ctrl+C")).to_be_visible()
    assert page.evaluate("() => getSelection().toString()").strip() == "print('<b>')"


def test_what_is_selected_by_hand_holds_no_word_of_the_button(show):
    esm_page = show()
    feed(esm_page, CODE)
    assert esm_page.views.locator("pre").inner_text() == "print('<b>')\n"


def test_the_buttons_stay_in_a_live_view_that_has_ended(show):
    esm_page = show(ended=True, body=cards.body_html(Card(text=CODE)))
    expect(copy_button(esm_page)).to_have_count(1)


def test_a_selection_in_the_open_tail_survives_its_next_words(show, page):
    esm_page = show()
    growth = feed(esm_page, "Some **bold** words")
    page.evaluate(
        "() => getSelection().selectAllChildren(document.querySelector('.vlm-tail strong'))"
    )
    feed(esm_page, " and", " a", " `code` and *more*", growth=growth)
    assert page.evaluate("() => getSelection().toString()") == "bold"
    assert esm_page.views.locator(".vlm-tail").inner_html() == (
        "<p>Some <strong>bold</strong> words and a <code>code</code> and <em>more</em></p>"
    )


def test_what_is_closed_keeps_its_nodes(show, page):
    esm_page = show()
    growth = feed(esm_page, "One.\n\nTwo.\n\nThree\n")
    page.evaluate("() => { window.first = document.querySelector('.vlm-blocks p'); }")
    feed(esm_page, *["more\n\n" * 30] * 20, growth=growth)
    assert page.evaluate("() => first === document.querySelector('.vlm-blocks p')")


def test_reasoning_is_folded_and_the_clock_runs_until_the_answer_begins(show):
    esm_page = show()
    details = esm_page.views.locator("details")
    expect(details).to_be_hidden()
    growth = Growth()
    growth.think("Hm.")
    esm_page.deliver(growth.message())
    expect(details.locator("summary")).to_have_text("Reasoning")
    expect(details.locator(".vlm-thought")).to_be_hidden()
    expect(esm_page.views.locator(".vlm-wait")).to_be_visible()
    feed(esm_page, "Yes.", growth=growth)
    expect(esm_page.views.locator(".vlm-wait")).to_have_count(0)
    details.locator("summary").click()
    expect(details.locator(".vlm-thought")).to_have_text("Hm.")


def test_reasoning_that_was_unfolded_stays_so_at_the_end(show):
    esm_page = show()
    growth = Growth()
    growth.think("Hm.")
    feed(esm_page, "Yes.", growth=growth)
    esm_page.views.locator("summary").click()
    esm_page.set("body", cards.body_html(Card(text="Yes.", reasoning="Hm.")))
    esm_page.set("ended", value=True)
    expect(esm_page.views.get_by_text("Hm.")).to_be_visible()


def test_who_has_scrolled_back_is_left_there_at_the_end_too(show, page):
    esm_page = show()
    text = "A paragraph.\n\n" * 120
    feed(esm_page, text)
    page.evaluate("() => { document.querySelector('.vlm-answer').scrollTop = 40; }")
    esm_page.set("body", cards.body_html(Card(text=text)))
    esm_page.set("ended", value=True)
    assert page.evaluate("() => document.querySelector('.vlm-answer').scrollTop") == 40


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_on_a_narrow_screen_wide_parts_scroll_and_the_page_does_not_grow(show, page, scheme):
    page.set_viewport_size({"width": 390, "height": 800})
    page.emulate_media(color_scheme=scheme)
    esm_page = show(ended=True, body=cards.body_html(Card(text=WIDE, reasoning=WIDE)))
    assert page.evaluate("() => document.documentElement.scrollWidth") <= 390
    assert page.evaluate("() => document.querySelector('.vlm-answer').scrollWidth") <= 390
    for name in ("table", "pre code"):
        part = esm_page.views.locator(f".vlm-blocks > {name}").first
        scrolls = part.evaluate("(node) => node.scrollWidth > node.clientWidth + 100")
        assert scrolls, name


def test_text_too_long_to_lay_out_at_once_is_shown_in_parts_and_is_whole(show):
    esm_page = show()
    lines = [f"*{number}*_" for number in range(20_000)]
    text = "\n".join(lines)
    growth = feed(esm_page, text[:60_000], text[60_000:])
    assert len(growth.state()["tail"]) < 5_000
    expect(esm_page.views.locator(".vlm-tail")).to_contain_text(lines[-1])
    parts = esm_page.views.locator("pre.vlm-part")
    assert "".join(parts.evaluate_all("(all) => all.map((one) => one.textContent)")) == text
    assert parts.count() > 10
    expect(esm_page.views.get_by_role("button")).to_have_count(0)
    expect(esm_page.views.locator(".vlm-blocks")).to_contain_text("Shown as plain text")
