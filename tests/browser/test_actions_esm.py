from __future__ import annotations

import pytest
from playwright.sync_api import expect

from vlm_notebook.view.control import css, esm

MODELS = {"models": ["a/vl", "b/vl"], "originals": ["b/vl"]}
STATE = {"kind": "state", **MODELS, "follows": "", "busy": False}


@pytest.fixture
def actions(esm_page):
    esm_page.load(esm("actions"), css=css(), language="en")
    esm_page.deliver(STATE)
    return esm_page


def test_nothing_is_compared_before_the_models_are_known(esm_page):
    esm_page.load(esm("actions"), css=css(), language="en")
    compare = esm_page.views.get_by_role("button", name="Compare…")
    expect(compare).to_be_disabled()
    esm_page.deliver(STATE)
    expect(compare).to_be_enabled()


def test_low_and_high_of_the_chosen_model_are_compared_by_default(actions):
    actions.views.get_by_role("button", name="Compare…").click()
    actions.views.get_by_role("button", name="Ask 2 times").click()
    assert actions.wait_sent(3)[2].content == {
        "kind": "compare", "models": ["a/vl"], "details": ["low", "high"], "repeat": 1,
    }  # fmt: skip


def test_models_are_added_by_name_and_left_out_again(actions):
    view = actions.views
    view.get_by_role("button", name="Compare…").click()
    view.get_by_label("Another model").fill("c/<b>vl")
    view.get_by_label("Another model").press("Enter")
    view.get_by_role("checkbox", name="high").uncheck()
    expect(view.get_by_role("button", name="Ask 2 times")).to_be_visible()
    view.get_by_role("button", name="Leave out a/vl").click()
    expect(view.get_by_role("button", name="Ask once")).to_be_visible()
    view.get_by_label("Times each").fill("3")
    view.get_by_role("button", name="Ask 3 times").click()
    sent = actions.wait_sent(3)[2].content
    assert (sent["models"], sent["details"], sent["repeat"]) == (["c/<b>vl"], ["low"], 3)


def test_originals_are_asked_about_where_every_model_sees_them(actions):
    view = actions.views
    view.get_by_role("button", name="Compare…").click()
    original = view.get_by_role("checkbox", name="original")
    expect(original).to_be_hidden()
    view.get_by_label("Another model").fill("b/vl")
    view.get_by_label("Another model").press("Enter")
    expect(original).to_be_hidden()
    view.get_by_role("button", name="Leave out a/vl").click()
    original.check()
    view.get_by_role("button", name="Ask 3 times").click()
    sent = actions.wait_sent(3)[2].content
    assert (sent["models"], sent["details"]) == (["b/vl"], ["low", "high", "original"])


def test_nothing_can_be_asked_of_nobody(actions):
    view = actions.views
    view.get_by_role("button", name="Compare…").click()
    view.get_by_role("button", name="Leave out a/vl").click()
    expect(view.get_by_role("button", name="Ask 0 times")).to_be_disabled()
    expect(view.get_by_text("Choose a model and a detail.")).to_be_visible()


def test_a_conversation_is_named_and_can_be_left(actions):
    expect(actions.views.get_by_role("button", name="Start anew")).to_be_hidden()
    actions.deliver(STATE | {"follows": "What is <i>this</i>?"})
    said = actions.views.get_by_role("status").first
    expect(said).to_have_text("Goes on from: What is <i>this</i>?")
    actions.views.get_by_role("button", name="Start anew").click()
    assert actions.wait_sent(2)[1].content == {"kind": "anew"}


def test_removing_the_actions_lets_go_of_their_model(actions):
    actions.remove()
    assert actions.listeners == 0
