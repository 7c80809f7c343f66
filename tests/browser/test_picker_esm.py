from __future__ import annotations

import pytest
from esm_page import EsmPage
from playwright.sync_api import expect

from vlm_notebook.view.control import css
from vlm_notebook.widgets.picker import ModelPicker

NAMES = ("gpt-4o", "gpt-4o-mini", "qwen/qwen2.5-vl-72b", "qwen/qwen3-32b")
RIGHTMOST = """() => Math.max(
  ...[...document.querySelectorAll("*")].map((node) => node.getBoundingClientRect().right))"""
KEPT = "() => Object.entries(localStorage).flat()"


def card(name, **about):
    told = {"vision": True, "reason": "features", "context": 131072, "fits": True}
    return {"id": name, **told, "read": "$2.50", "written": "$10.00", "free": False, **about}


def state(*models, **about):
    told = {"recent": [], "place": "abc", "busy": False}
    return {"kind": "state", "models": list(models), **told, **about}


USUAL = state(*map(card, NAMES[:3]), card(NAMES[3], vision=False, fits=False))
MANY = state(*(card(f"maker-{n % 7}/model-{n:03}") for n in range(400)))


@pytest.fixture
def picker(esm_page):
    return started(esm_page)


def started(esm_page, told=USUAL, language="en", views=1, **traits):
    usual = {"value": "gpt-4o", "vision_only": True, "language": language}
    esm_page.load(ModelPicker._esm, css=css("picker"), views=views, **usual | traits)
    esm_page.deliver(told)
    return esm_page


def box(picker):
    return picker.views.get_by_role("combobox")


def options(picker):
    return picker.views.get_by_role("option")


def ids(picker):
    return picker.views.locator("[role=option] .vlm-picker-id").all_inner_texts()


def active(picker):
    return picker.page.evaluate(
        "() => document.getElementById(document.activeElement.getAttribute("
        "'aria-activedescendant'))?.querySelector('bdi').textContent ?? null"
    )


@pytest.mark.parametrize(
    ("language", "name", "everything", "again"),
    [
        ("en", "Model", "all models", "Read the list of models again"),
        ("zh", "模型", "所有模型", "重新读取模型列表"),
    ],
)
def test_everything_has_a_role_and_a_name(esm_page, language, name, everything, again):
    view = started(esm_page, language=language).views
    combobox = view.get_by_role("combobox", name=name, exact=True)
    expect(combobox).to_have_attribute("aria-expanded", "false")
    expect(view.get_by_role("checkbox", name=everything)).not_to_be_checked()
    expect(view.get_by_role("button", name=again)).to_be_visible()
    combobox.click()
    expect(combobox).to_have_attribute("aria-expanded", "true")
    expect(view.get_by_role("listbox")).to_be_visible()
    expect(view.get_by_role("option", selected=True)).to_contain_text("gpt-4o")


def test_an_option_tells_context_and_prices(picker):
    box(picker).click()
    expect(options(picker).first).to_contain_text("128k context")
    expect(options(picker).first).to_contain_text("$2.50 in, $10.00 out per million tokens")


def test_a_context_is_told_in_thousands(esm_page):
    sizes = (4096, 128_000, 131_072, 200_000, 1_048_576)
    box(started(esm_page, state(*(card(f"m{size}", context=size) for size in sizes)))).click()
    told = esm_page.views.locator(".vlm-picker-context").all_inner_texts()
    assert told == [f"{size} context" for size in ("4k", "128k", "128k", "200k", "1M")]


def test_what_is_not_known_is_said_and_what_costs_nothing_is_free(esm_page):
    bare = {"context": None, "written": None}
    unsure = card("unsure", vision=None, reason="", **bare)
    free = card("gift", free=True, read="$0", written="$0")
    box(started(esm_page, state(unsure, free))).click()
    expect(options(esm_page).first).to_contain_text(
        "$2.50 in, ? out per million tokens vision unknown: the endpoint does not say"
    )
    expect(options(esm_page).last).to_contain_text("free")
    expect(options(esm_page).last).not_to_contain_text("$0")


def test_words_are_found_in_any_order_and_marked(picker):
    box(picker).click()
    box(picker).press_sequentially("VL qwen")
    assert ids(picker) == ["qwen/qwen2.5-vl-72b"]
    assert picker.views.locator("mark").all_inner_texts() == ["qwen", "qwen", "vl"]


def test_four_hundred_models_are_searched_with_sixty_in_the_page(esm_page):
    box(started(esm_page, MANY)).click()
    expect(options(esm_page)).to_have_count(60)
    expect(esm_page.views.get_by_text("340 more: type to narrow the list")).to_be_visible()
    box(esm_page).press_sequentially("399")
    assert ids(esm_page) == ["maker-0/model-399"]
    expect(esm_page.views.get_by_text("1 models")).to_be_visible()


def test_arrows_home_and_end_walk_and_enter_chooses(picker):
    box(picker).focus()
    walked = []
    for key in ("ArrowDown", "ArrowDown", "End", "ArrowDown", "ArrowUp", "Home", "ArrowDown"):
        picker.page.keyboard.press(key)
        walked.append(active(picker))
    a, b, c = NAMES[:3]
    assert walked == [a, b, c, a, c, a, b]
    picker.page.keyboard.press("Enter")
    assert (picker.state["value"], picker.saves) == ("gpt-4o-mini", 1)
    expect(box(picker)).to_have_value("gpt-4o-mini")
    expect(box(picker)).to_have_attribute("aria-expanded", "false")
    assert active(picker) is None


def test_a_click_chooses_and_the_focus_stays(picker):
    box(picker).click()
    options(picker).nth(2).click()
    assert picker.state["value"] == "qwen/qwen2.5-vl-72b"
    expect(box(picker)).to_be_focused()
    expect(options(picker)).to_have_count(0)


def test_escape_forgets_what_was_typed(picker):
    box(picker).fill("zzz")
    expect(picker.views.get_by_text("No model of the list has these words")).to_be_visible()
    picker.page.keyboard.press("Escape")
    expect(box(picker)).to_have_value("gpt-4o")
    assert (picker.state["value"], picker.saves) == ("gpt-4o", 0)


def test_enter_takes_an_id_that_is_not_in_the_list_and_says_so(picker):
    box(picker).fill("gpt-4")
    box(picker).press("Enter")
    assert picker.state["value"] == "gpt-4"
    expect(picker.views.get_by_text("“gpt-4” is not in the list")).to_be_visible()


def test_enter_takes_a_known_id_whatever_its_case_and_words_for_the_first_that_has_them(picker):
    box(picker).fill("GPT-4o-Mini")
    box(picker).press("Enter")
    assert picker.state["value"] == "gpt-4o-mini"
    box(picker).fill("qwen vl")
    box(picker).press("Enter")
    assert picker.state["value"] == "qwen/qwen2.5-vl-72b"


def test_without_a_list_an_id_can_be_typed(esm_page):
    started(esm_page, state(), value="")
    box(esm_page).fill("my-model")
    box(esm_page).press("Tab")
    assert esm_page.state["value"] == "my-model"
    expect(esm_page.views.locator(".vlm-picker-note")).to_have_text("")


def test_who_leaves_with_words_to_search_for_has_chosen_nothing(picker):
    box(picker).fill("qwen")
    box(picker).press("Tab")
    expect(box(picker)).to_have_value("gpt-4o")
    expect(picker.views.get_by_text("“qwen” was not taken")).to_be_visible()


def test_models_without_vision_come_with_a_check_mark_only(picker):
    box(picker).click()
    assert len(ids(picker)) == 3
    picker.views.get_by_role("checkbox").check()
    assert picker.state["vision_only"] is False
    box(picker).click()
    assert ids(picker)[-1] == "qwen/qwen3-32b"
    expect(options(picker).last).to_contain_text("no vision")


def test_models_used_lately_come_first(esm_page):
    started(esm_page, USUAL | {"recent": ["gone-one", "qwen/qwen2.5-vl-72b"]})
    box(esm_page).click()
    assert ids(esm_page)[:3] == ["gone-one", "qwen/qwen2.5-vl-72b", "gpt-4o"]
    expect(options(esm_page).first).to_contain_text("used lately")
    box(esm_page).press_sequentially("mini")
    box(esm_page).press("ArrowDown")
    box(esm_page).press("Enter")
    box(esm_page).click()
    assert ids(esm_page)[:3] == ["gpt-4o-mini", "gone-one", "qwen/qwen2.5-vl-72b"]


def test_the_browser_remembers_ids_for_the_next_time_and_nothing_else(page, served):
    served("<!doctype html><body>")
    first = started(EsmPage(page))
    for name in ("qwen/qwen3-32b", "a", "b", "c", "d", "e"):
        box(first).fill(name)
        box(first).press("Enter")
    assert page.evaluate(KEPT) == ["vlm-notebook:models:abc", '["e","d","c","b","a"]']
    page.reload()
    second = started(EsmPage(page))
    box(second).click()
    assert ids(second)[:6] == ["e", "d", "c", "b", "a", "gpt-4o"]


@pytest.mark.parametrize("kept", ["{", '{"a": 1}', "[1, null, {}]", "null"])
def test_what_others_wrote_into_the_browsers_memory_breaks_nothing(page, served, kept):
    served("<!doctype html><body>")
    page.evaluate("kept => localStorage.setItem('vlm-notebook:models:abc', kept)", kept)
    picker = started(EsmPage(page))
    box(picker).click()
    assert ids(picker) == list(NAMES[:3])
    assert picker.errors == []


def test_hostile_ids_are_text_and_hide_nothing(esm_page):
    name = '<img src=x onerror="document.title=1">\u202egpj.\u200b\x07'
    started(esm_page, state(card(name), card("İİ-model", vision=None, reason="<b>no</b>")))
    box(esm_page).click()
    assert ids(esm_page)[0].endswith("\ufffdgpj.\ufffd\ufffd")
    assert esm_page.views.locator("img, b").count() == 0
    box(esm_page).press_sequentially("<IMG")
    expect(esm_page.views.locator("mark")).to_have_text("<img")
    options(esm_page).click()
    assert esm_page.state["value"] == name
    expect(esm_page.views.locator(".vlm-picker-note")).to_have_text("")
    assert (esm_page.page.title(), esm_page.errors) == ("", [])


def test_a_value_set_in_python_shows_in_every_view(esm_page):
    started(esm_page, views=2)
    esm_page.set("value", "gpt-4o-mini")
    for view in (0, 1):
        expect(box(esm_page).nth(view)).to_have_value("gpt-4o-mini")


def test_the_button_asks_for_the_list_again_and_waiting_is_said(picker):
    picker.views.get_by_role("button").click()
    assert picker.wait_sent(2)[1].content == {"kind": "refresh"}
    picker.deliver(USUAL | {"busy": True})
    expect(picker.views.get_by_text("Reading the list of models …")).to_be_visible()


def test_an_input_methods_enter_chooses_nothing(picker):
    box(picker).fill("mo")
    fire = "e => e.dispatchEvent(new KeyboardEvent('keydown', {key: 'Enter', isComposing: true}))"
    box(picker).evaluate(fire)
    assert picker.state["value"] == "gpt-4o"


def test_another_language_redraws_and_nothing_is_left_after_the_end(picker):
    picker.set("language", "zh")
    expect(picker.views.get_by_role("combobox", name="模型")).to_have_value("gpt-4o")
    box(picker).click()
    expect(options(picker)).to_have_count(3)
    picker.remove()
    assert (picker.listeners, picker.errors) == (0, [])


def test_at_phone_width_nothing_overflows(esm_page):
    esm_page.page.set_viewport_size({"width": 390, "height": 844})
    started(esm_page, state(card("x" * 200, vision=None, reason="")), value="x" * 200)
    box(esm_page).click()
    expect(options(esm_page)).to_be_visible()
    assert esm_page.page.evaluate(RIGHTMOST) <= 390
    expect(options(esm_page)).to_be_in_viewport()


def test_low_on_the_page_the_list_opens_upwards(esm_page):
    started(esm_page, MANY)
    esm_page.views.evaluate("el => { el.style.marginTop = `${innerHeight - 90}px`; }")
    box(esm_page).click()
    popup = esm_page.views.locator(".vlm-picker-popup").bounding_box()
    assert popup["y"] >= 0
    assert popup["y"] + popup["height"] <= box(esm_page).bounding_box()["y"]


@pytest.mark.parametrize("how", ["Enter", "Tab"])
def test_a_key_that_is_pasted_is_taken_and_kept_nowhere(picker, how):
    box(picker).fill("sk-or-v1-0123456789abcdef0123456789abcdef")
    box(picker).press(how)
    expect(picker.views.get_by_text("That looks like a key")).to_be_visible()
    expect(box(picker)).to_have_value("gpt-4o")
    assert (picker.state["value"], picker.saves, len(picker.sent)) == ("gpt-4o", 0, 1)


def test_in_forced_colors_the_option_that_enter_takes_stands_out(picker):
    picker.page.emulate_media(forced_colors="active")
    box(picker).click()
    box(picker).press("ArrowDown")
    style = "node => [getComputedStyle(node).outlineStyle, getComputedStyle(node).outlineWidth]"
    assert options(picker).first.evaluate(style) == ["solid", "2px"]
