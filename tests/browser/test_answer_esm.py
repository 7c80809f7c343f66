from __future__ import annotations

import re

import hostile
import pytest
from playwright.sync_api import expect

from vlm_notebook.markup import card as cards
from vlm_notebook.markup import markdown
from vlm_notebook.markup.card import Card, Picture
from vlm_notebook.view.growth import Growth
from vlm_notebook.view.live import GrowingAnswer

MODULE = GrowingAnswer._esm
STYLE = cards.style()
ASKED = Card(pictures=(Picture(b"\xff\xd8", "cat.jpg", "4x3"),), prompt="why?", facts=("m",))
RICH = """# Title

A paragraph with **bold** and `code`.

- one
- two

| a | b |
|---|---|
| 1 | 2 |

```python
x = "<b>"
```

The end.
"""

PROBE = """() => {
  const all = [...document.querySelectorAll(".view *")];
  const of = (test) => all.filter(test).map((node) => node.outerHTML.slice(0, 200));
  const forbidden = "script,style,base,meta,link,form,input,iframe,object,embed,svg,math,img,video";
  return [
    ...of((node) => node.matches(".vlm-answer " + forbidden.split(",").join(",.vlm-answer "))),
    ...of((node) => /^\\s*(javascript|vbscript|data|file|blob):/i.test(node.href ?? "")),
    ...of((node) => getComputedStyle(node).position !== "static"),
    ...of((node) => node.id || node.hasAttribute("name")),
    ...of((node) => [...node.attributes].some((a) => /^(on|data-)/i.test(a.name))),
    ...of((node) => node.getBoundingClientRect().right > innerWidth + 1 && !node.closest("table")),
  ];
}"""


@pytest.fixture
def show(esm_page):
    """Start the module with a question's card, in the card's own style."""

    def start(*, views=1, card=ASKED, css=STYLE, **state):
        ready = {"head": cards.head_html(card), "foot": cards.foot_html(card)}
        ready |= {"body": "", "ended": False, "stoppable": False, "language": card.language}
        state = {**ready, **state}
        esm_page.load(MODULE, css=css, views=views, **state)
        return esm_page

    return start


def messages(*pieces):
    growth, sent = Growth(), []
    for piece in pieces:
        growth.add(piece)
        sent.append(growth.message())
    return sent


def end(esm_page, card):
    for name, part in (("head", cards.head_html), ("body", cards.body_html)):
        esm_page.set(name, part(card))
    esm_page.set("foot", cards.foot_html(card))
    esm_page.set("ended", value=True)


def steps(text, step):
    return [text[start : start + step] for start in range(0, len(text), step)]


def shown(view):
    html = view.locator(".vlm-blocks").inner_html() + view.locator(".vlm-tail").inner_html()
    return re.sub(r"<button.*?</button>", "", html)


@pytest.mark.parametrize("step", [1, 7, 10_000])
def test_a_text_that_grows_ends_as_when_it_is_rendered_at_once(show, step):
    esm_page = show()
    for message in messages(*steps(RICH, step)):
        esm_page.deliver(message)
    closed, rest = markdown.blocks(RICH)
    assert shown(esm_page.views) == "".join(map(markdown.to_html, [*closed, rest]))
    assert esm_page.errors == []


def test_it_waits_with_a_clock_until_the_first_words(show):
    esm_page = show()
    wait = esm_page.views.locator(".vlm-wait")
    expect(wait).to_have_text("… 0 s")
    expect(wait).to_have_text("… 1 s")
    esm_page.deliver(messages("Hello")[0])
    expect(wait).to_have_count(0)
    expect(esm_page.views.locator(".vlm-tail")).to_have_text("Hello")


def test_the_card_of_the_question_stands_from_the_start(show):
    view = show().views
    assert view.locator("img").get_attribute("alt") == "cat.jpg"
    expect(view.locator(".vlm-prompt")).to_have_text("why?")
    expect(view.locator(".vlm-facts")).to_have_text("m")


def test_a_screen_reader_hears_closed_blocks_and_not_every_word_or_second(show):
    view = show().views
    log = view.get_by_role("log")
    assert log.get_attribute("aria-live") == "polite"
    for name in (".vlm-tail", ".vlm-wait"):
        assert log.locator(name).get_attribute("aria-live") == "off"


def test_a_selection_in_a_closed_block_survives_what_comes_behind_it(show):
    esm_page = show()
    first, *rest = messages("Keep this.\n\nNext\n", *["word " * 30] * 30, "\n\nLast\n\nMore\n")
    esm_page.deliver(first)
    esm_page.page.evaluate(
        "() => getSelection().selectAllChildren(document.querySelector('.vlm-blocks p'))"
    )
    for message in rest:
        esm_page.deliver(message)
    assert any(message["all"] for message in rest)
    assert esm_page.page.evaluate("() => getSelection().toString()").strip() == "Keep this."


def test_a_selection_in_a_long_open_block_survives_its_growth(show):
    esm_page = show()
    first, *rest = messages("word " * 100, "and ", "more ", "x" * 2_000, "end")
    esm_page.deliver(first)
    esm_page.page.evaluate(
        "() => getSelection().setBaseAndExtent(...[0, 4].flatMap((at) => "
        "[document.querySelector('.vlm-tail p').firstChild, at]))"
    )
    for message in rest:
        esm_page.deliver(message)
    assert esm_page.page.evaluate("() => getSelection().toString()") == "word"
    expect(esm_page.views.locator(".vlm-tail p")).to_have_text(
        "word " * 100 + "and more " + "x" * 2_000 + "end"
    )


def test_who_has_scrolled_back_is_left_there_and_who_has_not_follows(show):
    esm_page = show(views=2)
    sent = messages(*["A paragraph.\n\n" * 10] * 12)
    top = "(number) => document.querySelectorAll('.vlm-answer')[number].scrollTop"
    for message in sent[:8]:
        esm_page.deliver(message)
    esm_page.page.evaluate("() => { document.querySelector('.vlm-answer').scrollTop = 40; }")
    followed = esm_page.page.evaluate(top, 1)
    for message in sent[8:]:
        esm_page.deliver(message)
    assert esm_page.page.evaluate(top, 0) == 40
    assert esm_page.page.evaluate(top, 1) > followed > 0


def test_a_second_view_that_comes_late_shows_the_same(show):
    esm_page = show()
    for message in messages(*steps(RICH * 3, 50)):
        esm_page.deliver(message)
    late = esm_page.show()
    assert shown(late) == shown(esm_page.views.first)
    expect(late.locator(".vlm-wait")).to_have_count(0)


def test_what_comes_before_there_is_a_view_is_not_lost(show):
    esm_page = show(views=0)
    for message in messages("First.\n\n", "Second\n"):
        esm_page.deliver(message)
    assert shown(esm_page.show()) == "<p>First.</p><p>Second</p>"


def test_a_fresh_page_asks_for_what_it_has_missed_once(show):
    esm_page = show(views=2)
    assert [message.content for message in esm_page.sent] == [{"kind": "hello"}]


def test_after_a_gap_it_shows_nothing_wrong_asks_once_and_goes_on_with_the_whole(show):
    esm_page = show()
    growth = Growth()
    growth.add("Zero.\n\n" * 200)
    esm_page.deliver(growth.message())
    for number in range(4):
        growth.add(f"Number {number}.\n\n")
        message = growth.message()
        assert not message["all"]
        if number:
            esm_page.deliver(message)
    assert "Number" not in shown(esm_page.views)
    assert len(esm_page.sent) == 2
    esm_page.deliver(growth.state())
    assert "Number 2" in shown(esm_page.views)
    growth.add("Lost.\n\n")
    growth.message()
    growth.add("Found.\n\n")
    esm_page.deliver(growth.message())
    assert [message.content for message in esm_page.sent] == [{"kind": "hello"}] * 3


def test_messages_of_kinds_it_does_not_know_are_ignored(show):
    esm_page = show()
    for kind in ("constructor", "end", "show", "addStop", "__proto__", None):
        esm_page.deliver(
            {"kind": kind, "n": 1, "all": True, "blocks": ["<p>no</p>"], "thought": ""}
        )
    assert shown(esm_page.views) == ""
    assert esm_page.errors == []


def test_what_is_too_long_to_render_is_written_as_text(show):
    esm_page = show()
    text = "word " * 20_001 + "<img src=x><b>bold</b> &amp; "
    for message in messages(text, text):
        esm_page.deliver(message)
    expect(esm_page.views.locator(".vlm-tail")).to_contain_text("bold")
    parts = esm_page.views.locator("pre.vlm-part")
    assert "".join(parts.evaluate_all("(all) => all.map((one) => one.textContent)")) == text * 2
    expect(parts.locator("img, b")).to_have_count(0)


def test_reasoning_is_written_as_text(show):
    esm_page = show()
    growth = Growth()
    for thought in ("<img src=x> ", "*Hm*."):
        growth.think(thought)
        esm_page.deliver(growth.message())
    expect(esm_page.views.locator(".vlm-thought")).to_have_text("<img src=x> *Hm*.")


def test_the_end_replaces_everything_in_every_view(show):
    esm_page = show(views=2, stoppable=True)
    esm_page.deliver(messages("Half a")[0])
    end(esm_page, Card(ASKED.pictures, text="**Whole.**", facts=("m", "1 s"), error="It broke."))
    for view in esm_page.views.all():
        assert view.locator(".vlm-blocks").inner_html() == "<p><strong>Whole.</strong></p>"
        expect(view.locator(".vlm-facts")).to_have_text("m · 1 s")
        expect(view.locator(".vlm-error")).to_have_text("It broke.")
        expect(view.get_by_role("button")).to_have_count(0)
        assert view.locator("img").get_attribute("alt") == "cat.jpg: Whole."


def test_what_comes_after_the_end_changes_nothing(show):
    esm_page = show()
    end(esm_page, Card(text="Whole."))
    for message in messages("late", " later"):
        esm_page.deliver(message)
    assert esm_page.views.locator(".vlm-blocks").inner_html() == "<p>Whole.</p>"


def test_a_saved_answer_shows_without_a_kernel_to_ask(show):
    esm_page = show(ended=True, body="<p>Saved.</p>", stoppable=True)
    assert esm_page.views.locator(".vlm-blocks").inner_html() == "<p>Saved.</p>"
    assert esm_page.sent == []


def test_stop_is_there_only_when_asked_for_and_works_once(show):
    esm_page = show(stoppable=True)
    button = esm_page.views.get_by_role("button", name="Stop")
    button.click()
    expect(button).to_be_disabled()
    assert [message.content["kind"] for message in esm_page.sent] == ["hello", "stop"]
    end(esm_page, Card(text="Half"))
    expect(button).to_have_count(0)


def test_there_is_no_stop_where_it_could_not_act(show):
    expect(show().views.get_by_role("button")).to_have_count(0)


def test_a_widget_taken_away_leaves_no_listener(show):
    esm_page = show(views=2)
    esm_page.remove()
    assert esm_page.listeners == 0


def test_hostile_answers_do_no_harm_while_they_grow_nor_at_their_end(show, canary, page):
    dialogs, executed = [], []
    page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    page.expose_function("__pwn", lambda word: executed.append(word))  # noqa: PLW0108 - inspected
    names = page.evaluate("() => Object.getOwnPropertyNames(window)")
    for count, (number, pieces) in enumerate(hostile.pieces(canary.host).items()):
        esm_page = show(css="" if count else STYLE)
        for message in messages(*pieces):
            esm_page.deliver(message)
        assert page.evaluate(PROBE) == [], number
        end(esm_page, Card(text="".join(pieces)))
        assert page.evaluate(PROBE) == [], number
        esm_page.remove()
    new = set(page.evaluate("() => Object.getOwnPropertyNames(window)")) - set(names)
    assert new == {"fake"} - set(names)
    harm = f"<img src='http://{canary.host}/control' onerror='__pwn(\"control\")'>"
    with page.expect_event("requestfinished", lambda request: "/control" in request.url):
        page.evaluate("html => { document.body.innerHTML = html; }", harm)
    page.wait_for_function("() => document.querySelector('img').complete")
    assert canary.asked == ["GET /control"]
    assert (dialogs, executed) == ([], ["control"])
