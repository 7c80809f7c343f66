from __future__ import annotations

import pytest
from playwright.sync_api import expect

from vlm_notebook.view.control import css
from vlm_notebook.widgets.turn import Turn

RUNNING = {"kind": "state", "running": True, "markdown": "", "offered": {}}
OFFERED = {"stop": True, "again": True, "follow": True}
ENDED = {"kind": "state", "running": False, "markdown": "**So.**", "offered": OFFERED}


@pytest.fixture
def turn(esm_page):
    esm_page.load(Turn._esm, css=css(), language="en")
    esm_page.deliver(RUNNING)
    return esm_page


def shown(esm_page):
    return esm_page.views.get_by_role("button").all_inner_texts()


def test_while_an_answer_is_under_way_it_can_be_stopped_and_nothing_else(turn):
    assert shown(turn) == ["Stop"]
    turn.views.get_by_role("button", name="Stop").click()
    assert turn.wait_sent(2)[1].content == {"kind": "stop"}


def test_a_finished_answer_offers_what_can_be_done_with_it(turn):
    turn.deliver(ENDED)
    assert shown(turn) == ["Ask again", "Follow up", "Copy as Markdown", "Show code"]
    turn.views.get_by_role("button", name="Ask again").click()
    turn.views.get_by_role("button", name="Follow up").click()
    assert [m.content["kind"] for m in turn.wait_sent(3)[1:]] == ["again", "follow"]


def test_what_nobody_listens_to_is_not_offered(turn):
    turn.deliver(ENDED | {"offered": {"stop": True, "again": False, "follow": False}})
    assert shown(turn) == ["Copy as Markdown", "Show code"]


def test_the_markdown_goes_to_the_clipboard(turn):
    turn.deliver(ENDED)
    turn.page.evaluate("() => document.body.append(document.createElement('textarea'))")
    button = turn.views.get_by_role("button", name="Copy as Markdown")
    button.click()
    expect(turn.views.get_by_role("button", name="Copied")).to_be_visible()
    turn.page.locator("textarea").press("Control+V")
    expect(turn.page.locator("textarea")).to_have_value("**So.**")
    expect(button).to_be_visible()


def test_a_button_that_copies_has_its_name_again_however_often_it_was_clicked(turn):
    turn.deliver(ENDED)
    turn.views.get_by_role("button", name="Copy as Markdown").click()
    turn.views.get_by_role("button", name="Copied").click()
    turn.page.wait_for_timeout(100)
    expect(turn.views.get_by_role("button", name="Copy as Markdown")).to_be_visible()


def test_code_is_shown_as_text_with_the_files_that_were_saved_for_it(turn):
    turn.deliver(ENDED)
    turn.views.get_by_role("button", name="Show code").click()
    assert turn.wait_sent(2)[1].content == {"kind": "code"}
    turn.deliver({"kind": "code", "code": "x = '<b>'", "saved": ["pictures/a.jpg"]})
    expect(turn.views.locator("pre")).to_have_text("x = '<b>'")
    expect(turn.views.get_by_role("status")).to_have_text("Saved for it: pictures/a.jpg")
    expect(turn.views.get_by_role("button", name="Hide code")).to_have_attribute(
        "aria-expanded", "true"
    )
    turn.views.get_by_role("button", name="Hide code").click()
    expect(turn.views.locator("pre")).to_be_hidden()


def test_the_buttons_speak_chinese(turn):
    turn.set("language", "zh")
    turn.deliver(ENDED)
    assert shown(turn) == ["重新提问", "追问", "复制为 Markdown", "显示代码"]


def test_removing_the_buttons_lets_go_of_their_model(turn):
    turn.remove()
    assert turn.listeners == 0
