from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from vlm_notebook.view.control import css, esm

NONE = {"tokens": None, "low": None, "high": None, "cost": None, "note": "", "billed": True}
NONE = {**NONE, "size": "", "currency": "USD"}
LOW = NONE | {"tokens": 85, "size": "512x384"}
HIGH = NONE | {"tokens": 1105, "cost": "$0.0028", "size": "1152x768"}
GUESS = NONE | {"low": 812, "high": 1638, "size": "1152x768"}
RIGHTMOST = """() => Math.max(
  ...[...document.querySelectorAll("*")].map((node) => node.getBoundingClientRect().right))"""


def started(esm_page, language="en", views=1, **effects):
    traits = {"value": "auto", "language": language}
    esm_page.load(esm("toggle"), css=css("toggle"), views=views, **traits)
    tell(esm_page, **({"low": LOW, "high": HIGH, "auto": GUESS} | effects))
    return esm_page


def tell(esm_page, **effects):
    esm_page.deliver({"kind": "state", "effects": effects, "pictures": 1})


def radio(page, name):
    return page.views.get_by_role("radio", name=name, exact=True)


@pytest.mark.parametrize(
    ("language", "group", "names", "high", "guess"),
    [
        ("en", "Detail", ("low", "high", "auto"), "1,105 tokens, $0.0028", "about 810 to 1,600"),
        ("zh", "细节", ("低", "高", "自动"), "1,105 个 token，$0.0028", "约 810 到 1,600 个"),
    ],
)
def test_each_level_has_a_name_and_its_effect(esm_page, language, group, names, high, guess):
    started(esm_page, language)
    expect(esm_page.views.get_by_role("radiogroup", name=group, exact=True)).to_be_visible()
    expect(radio(esm_page, names[1])).to_have_accessible_description(f"{high} 1152x768")
    expect(esm_page.views.get_by_text(guess)).to_be_visible()
    expect(radio(esm_page, names[2])).to_be_checked()


def test_what_bills_nothing_or_cannot_be_told_is_said_in_words(esm_page):
    embedded = NONE | {"billed": False, "size": "512 px"}
    started(esm_page, low=embedded, high=NONE, auto=NONE | {"note": "<b>too thin</b>"})
    about = esm_page.views.locator(".vlm-level-about")
    expect(about.nth(0)).to_have_text("looks at 512 px; no tokens are billed")
    expect(about.nth(1)).to_have_text("no pictures yet")
    expect(about.nth(2)).to_have_text("<b>too thin</b>")


def test_original_is_there_where_the_model_has_it_and_leaves_the_focus_alone(esm_page):
    started(esm_page)
    expect(radio(esm_page, "original")).to_have_count(0)
    radio(esm_page, "auto").focus()
    levels = ["low", "high", "auto", "original"]
    effects = {"low": LOW, "high": HIGH, "auto": HIGH, "original": HIGH | {"tokens": 11_868}}
    state = {"kind": "state", "effects": effects, "pictures": 1}
    esm_page.deliver(state | {"levels": levels})
    expect(radio(esm_page, "auto")).to_be_focused()
    esm_page.page.keyboard.press("ArrowRight")
    assert esm_page.state["value"] == "original"
    expect(radio(esm_page, "original")).to_have_accessible_description(re.compile("11,868 tokens"))
    esm_page.deliver(state | {"levels": levels[:3]})
    expect(radio(esm_page, "original")).to_have_count(0)
    esm_page.set("value", "high")
    esm_page.deliver(state | {"levels": levels})
    expect(radio(esm_page, "high")).to_be_checked()
    expect(radio(esm_page, "original")).not_to_be_checked()


def test_before_anything_is_known_nothing_is_told(esm_page):
    started(esm_page)
    tell(esm_page)
    assert esm_page.views.locator(".vlm-level-effect").all_inner_texts() == [""] * 3


def test_one_stop_for_the_tab_key_and_arrows_choose(esm_page):
    started(esm_page)
    keyboard = esm_page.page.keyboard
    keyboard.press("Tab")
    expect(radio(esm_page, "auto")).to_be_focused()
    keyboard.press("ArrowRight")
    assert (esm_page.state["value"], esm_page.saves) == ("low", 1)
    keyboard.press("ArrowUp")
    keyboard.press("ArrowUp")
    assert esm_page.state["value"] == "high"
    expect(radio(esm_page, "high")).to_be_focused()
    keyboard.press("Tab")
    expect(esm_page.views.get_by_role("button", name="Preview")).to_be_focused()


def test_the_whole_field_can_be_clicked_and_every_view_follows(esm_page):
    started(esm_page, views=2)
    esm_page.views.first.get_by_text("85 tokens").click()
    assert esm_page.state["value"] == "low"
    for view in (0, 1):
        expect(radio(esm_page, "low").nth(view)).to_be_checked()
    esm_page.set("value", "high")
    expect(radio(esm_page, "high").last).to_be_checked()


def preview(esm_page, *sections):
    button = esm_page.views.get_by_role("button", name="Preview", exact=True)
    button.focus()
    esm_page.page.keyboard.press("Enter")
    assert esm_page.sent[-1].content == {"kind": "preview"}
    expect(button).to_have_attribute("aria-busy", "true")
    esm_page.deliver({"kind": "preview", "sections": list(sections)})
    expect(button).to_have_attribute("aria-busy", "false")
    return button


@pytest.mark.parametrize("by", ["Escape", "button", "backdrop"])
def test_the_preview_opens_in_a_dialog_and_the_focus_returns(esm_page, by):
    started(esm_page)
    button = preview(esm_page, "<p>One</p>", "<p>Two</p>")
    dialog = esm_page.views.get_by_role("dialog", name="What the model gets")
    expect(dialog.locator("section")).to_have_text(["One", "Two"])
    if by == "Escape":
        esm_page.page.keyboard.press("Escape")
    elif by == "button":
        dialog.get_by_role("button", name="Close").click()
    else:
        esm_page.page.mouse.click(3, 3)
    expect(dialog).to_have_count(0)
    expect(button).to_be_focused()
    assert esm_page.views.locator("section").count() == 0


def test_without_a_picture_no_dialog_opens(esm_page):
    preview(started(esm_page))
    expect(esm_page.views.get_by_role("dialog")).to_have_count(0)


def test_a_preview_opens_where_it_was_asked_for(esm_page):
    started(esm_page, views=2)
    esm_page.views.last.get_by_role("button", name="Preview").click()
    esm_page.deliver({"kind": "preview", "sections": ["<p>One</p>"]})
    expect(esm_page.views.first.get_by_role("dialog")).to_have_count(0)
    expect(esm_page.views.last.get_by_role("dialog")).to_be_visible()


def test_another_language_redraws_and_nothing_is_left_after_the_end(esm_page):
    started(esm_page)
    preview(esm_page, "<p>One</p>")
    esm_page.set("language", "zh")
    expect(radio(esm_page, "自动")).to_be_checked()
    expect(esm_page.views.get_by_text("1,105 个 token")).to_be_visible()
    esm_page.remove()
    assert (esm_page.listeners, esm_page.errors) == (0, [])


def test_at_phone_width_nothing_overflows(esm_page):
    esm_page.page.set_viewport_size({"width": 390, "height": 844})
    started(esm_page, auto=NONE | {"note": "x" * 200})
    assert esm_page.page.evaluate(RIGHTMOST) <= 390
    preview(esm_page, "<div style='width: 100%'>One</div>")
    assert esm_page.page.evaluate(RIGHTMOST) <= 390
