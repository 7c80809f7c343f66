from __future__ import annotations

import pytest
from playwright.sync_api import expect

from vlm_notebook.markup import card as cards
from vlm_notebook.view.growth import Growth
from vlm_notebook.view.live import GrowingAnswer

pytestmark = pytest.mark.browser

MODULE = GrowingAnswer._esm
LINE = "rate limited, waiting 12 s, attempt 2 of 3"


@pytest.fixture
def waiting(esm_page):
    state = {"head": "", "foot": "", "body": "", "ended": False, "stoppable": True, "note": ""}
    state |= {"language": "en"}
    esm_page.load(MODULE, css=cards.style(), **state)
    return esm_page


def clock(esm_page):
    return esm_page.views.locator(".vlm-wait")


def test_what_is_waited_for_stands_beside_the_seconds_and_goes_again(waiting):
    waiting.set("note", LINE)
    expect(clock(waiting)).to_contain_text(LINE)
    waiting.set("note", "")
    expect(clock(waiting)).not_to_contain_text("waiting")
    expect(clock(waiting)).to_be_visible()


def test_it_is_text_whatever_it_holds(waiting):
    waiting.set("note", "<b>bold</b>")
    expect(clock(waiting)).to_contain_text("<b>bold</b>")


def test_the_answer_takes_its_place(waiting):
    waiting.set("note", LINE)
    growth = Growth()
    growth.add("Here it is.")
    waiting.deliver(growth.message())
    expect(clock(waiting)).to_have_count(0)


def test_stop_can_be_pressed_meanwhile(waiting):
    waiting.set("note", LINE)
    waiting.views.get_by_role("button", name="Stop").click()
    assert [message.content["kind"] for message in waiting.sent][-1] == "stop"
