from __future__ import annotations

import pytest
from playwright.sync_api import expect

from vlm_notebook.view.control import css, esm

OFFLINE = {"kind": "state", "where": "the embedded reader", "bundle": None}


@pytest.fixture
def header(esm_page):
    esm_page.load(esm("header"), css=css(), language="en", root="")
    esm_page.deliver(OFFLINE)
    return esm_page


def test_the_header_says_who_answers(header):
    expect(header.views.get_by_role("status")).to_have_text("the embedded reader")


def test_a_key_is_sent_once_and_is_then_nowhere_in_the_page(header):
    view = header.views
    view.get_by_role("button", name="Connect…").click()
    view.get_by_label("Address (base URL)").fill("https://api.example.org/v1")
    view.get_by_label("API key").fill("planted-key")
    view.get_by_label("Model (may stay empty)").fill("some/model-vl")
    view.get_by_role("button", name="Connect", exact=True).click()
    _, sent = header.wait_sent(2)
    assert sent.content == {
        "kind": "connect",
        "base_url": "https://api.example.org/v1",
        "key": "planted-key",
        "model": "some/model-vl",
    }
    assert "planted-key" not in header.page.evaluate("JSON.stringify(fake.state)")
    assert (
        header.page.evaluate("[...document.querySelectorAll('input')].map(i => i.value)")[1] == ""
    )
    expect(view.get_by_role("dialog")).to_have_count(0)


def test_cancelling_the_form_forgets_the_key_and_sends_nothing(header):
    view = header.views
    view.get_by_role("button", name="Connect…").click()
    view.get_by_label("API key").fill("planted-key")
    view.get_by_role("button", name="Cancel").click()
    assert len(header.sent) == 1
    assert header.page.locator("input[type=password]").input_value() == ""


def test_escape_forgets_the_key_as_well(header):
    view = header.views
    view.get_by_role("button", name="Connect…").click()
    view.get_by_label("API key").fill("planted-key")
    header.page.keyboard.press("Escape")
    expect(header.page.locator("input[type=password]")).to_have_value("")


def test_the_language_button_speaks_the_other_language(header):
    header.views.get_by_role("button", name="Change the language to Chinese").click()
    assert header.wait_sent(2)[1].content == {"kind": "speak", "language": "zh"}
    header.set("language", "zh")
    expect(header.views.get_by_role("button", name="连接…")).to_be_visible()
    expect(header.views.get_by_role("status")).to_have_text("the embedded reader")


def test_a_line_said_is_an_alert_and_goes_again(header):
    header.deliver({"kind": "say", "line": "base_url is no address", "error": True})
    expect(header.views.get_by_role("alert")).to_have_text("base_url is no address")
    header.deliver({"kind": "say", "line": "", "error": True})
    expect(header.views.get_by_role("alert")).to_have_count(0)


def test_the_form_can_be_used_at_phone_width(header):
    header.page.set_viewport_size({"width": 390, "height": 800})
    header.views.get_by_role("button", name="Connect…").click()
    rights = "[...document.querySelectorAll('*')].map(n => n.getBoundingClientRect().right)"
    assert max(header.page.evaluate(rights)) <= 390


def test_removing_the_header_lets_go_of_its_model(header):
    header.remove()
    assert header.listeners == 0
