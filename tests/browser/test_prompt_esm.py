from __future__ import annotations

import pytest
from playwright.sync_api import expect

from vlm_notebook.view.control import css
from vlm_notebook.widgets import prompt

READY = {
    "en": ["Describe", "Read the text", "Compare", "Extract as table", "Count", "Find"],
    "zh": ["描述", "读取文字", "比较", "提取为表格", "计数", "查找"],
}
RIGHTMOST = """() => Math.max(
  ...[...document.querySelectorAll("*")].map((node) => node.getBoundingClientRect().right))"""
TYPED = """(box, text) => [...text].forEach((letter) => {
  box.value += letter;
  box.dispatchEvent(new InputEvent("input"));
})"""
SELECTED = "box => box.value.slice(box.selectionStart, box.selectionEnd)"
COMPOSING = """box => {
  const init = { key: "Enter", ctrlKey: true, isComposing: true, bubbles: true };
  box.dispatchEvent(new KeyboardEvent("keydown", init));
}"""


@pytest.fixture
def prompt_box(esm_page):
    return started(esm_page)


def started(esm_page, language="en", views=1, text="", **traits):
    traits = {"busy": False, "language": language, **traits}
    esm_page.load(prompt._module(), css=css("prompt"), views=views, **traits)
    tell(esm_page, text)
    return esm_page


def tell(esm_page, text, page="", turn=0):
    esm_page.deliver({"kind": "state", "text": text, "page": page, "turn": turn})


def box(esm_page):
    return esm_page.views.get_by_role("textbox")


def button(esm_page, name):
    return esm_page.views.get_by_role("button", name=name, exact=True)


def sent(esm_page, kind):
    return [m.content for m in esm_page.sent if m.content["kind"] == kind]


def test_nothing_is_asked_before_the_kernel_has_said_what_stands_there(esm_page):
    esm_page.load(prompt._module(), css=css("prompt"), busy=False, language="en")
    expect(button(esm_page, "Ask")).to_be_disabled()
    box(esm_page).press("Control+Enter")
    tell(esm_page, "What is it?")
    button(esm_page, "Ask").click()
    assert [content["text"] for content in sent(esm_page, "ask")] == ["What is it?"]


@pytest.mark.parametrize(
    ("language", "names"),
    [
        ("en", ("Prompt", "Ask", "Stop", "Ready prompts")),
        ("zh", ("提示词", "提问", "停止", "常用提示词")),
    ],
)
def test_everything_has_a_role_and_a_name(esm_page, language, names):
    started(esm_page, language)
    name, ask, stop, group = names
    expect(esm_page.views.get_by_role("textbox", name=name, exact=True)).to_be_visible()
    expect(button(esm_page, ask)).to_be_enabled()
    expect(button(esm_page, stop)).to_be_disabled()
    ready = esm_page.views.get_by_role("group", name=group, exact=True)
    assert ready.get_by_role("button").all_inner_texts() == READY[language]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_ready_prompts_fill_the_box_and_can_be_edited_and_undone(esm_page, language):
    started(esm_page, language, text="my own")
    texts = prompt.ready(language)
    for key, name in zip(prompt.READY, READY[language], strict=True):
        button(esm_page, name).click()
        head, _, tail = texts[key].partition("{what}")
        value = box(esm_page).input_value()
        assert value.startswith(head)
        assert value.endswith(tail)
        expect(box(esm_page)).to_be_focused()
    assert box(esm_page).evaluate(SELECTED) == {"en": "cat", "zh": "猫"}[language]
    esm_page.page.keyboard.type("dog")
    assert "dog" in box(esm_page).input_value()
    for _ in range(20):
        esm_page.page.keyboard.press("Control+z")
    expect(box(esm_page)).to_have_value("my own")


@pytest.mark.parametrize("how", ["Control+Enter", "Meta+Enter", "button"])
def test_asking_sends_the_text_at_once_and_keeps_it(prompt_box, how):
    box(prompt_box).fill("What is it?")
    button(prompt_box, "Ask").click() if how == "button" else box(prompt_box).press(how)
    prompt_box.page.wait_for_timeout(400)
    (asked,) = sent(prompt_box, "ask")
    assert asked["text"] == "What is it?"
    assert prompt_box.sent[-1].content == asked  # no draft comes after it
    expect(box(prompt_box)).to_have_value("What is it?")


def test_enter_alone_is_a_new_line_and_so_is_nothing_of_an_input_method(prompt_box):
    box(prompt_box).fill("One")
    box(prompt_box).press("Enter")
    box(prompt_box).evaluate(COMPOSING)
    expect(box(prompt_box)).to_have_value("One\n")
    assert sent(prompt_box, "ask") == []


@pytest.mark.parametrize("text", ["", "  \n "])
def test_an_empty_prompt_is_one_line_and_nothing_is_sent(prompt_box, text):
    box(prompt_box).fill(text)
    button(prompt_box, "Ask").click()
    expect(prompt_box.views.get_by_role("alert")).to_have_text(
        "The prompt is empty: type a question first."
    )
    expect(box(prompt_box)).to_be_focused()
    box(prompt_box).fill("What?")
    button(prompt_box, "Ask").click()
    expect(prompt_box.views.get_by_role("alert")).to_have_count(0)
    assert [asked["text"] for asked in sent(prompt_box, "ask")] == ["What?"]


def test_while_busy_stop_and_escape_stop_and_nothing_asks(prompt_box):
    box(prompt_box).fill("What?")
    prompt_box.set("busy", value=True)
    expect(button(prompt_box, "Ask")).to_be_disabled()
    box(prompt_box).press("Control+Enter")
    button(prompt_box, "Stop").click()
    box(prompt_box).press("Escape")
    assert (len(sent(prompt_box, "stop")), sent(prompt_box, "ask")) == (2, [])
    button(prompt_box, "Stop").focus()
    prompt_box.set("busy", value=False)
    expect(button(prompt_box, "Stop")).to_be_focused()
    prompt_box.page.keyboard.press("Enter")
    box(prompt_box).press("Escape")
    assert len(sent(prompt_box, "stop")) == 2


def test_what_is_typed_is_told_once_it_rests(prompt_box):
    box(prompt_box).evaluate(TYPED, "What is it?")
    prompt_box.wait_sent(2)
    (draft,) = sent(prompt_box, "draft")
    assert (draft["text"], draft["turn"]) == ("What is it?", 1)


def test_a_second_view_shows_what_is_typed_in_the_first(esm_page):
    started(esm_page, views=2, text="Old")
    box(esm_page).first.fill("New")
    expect(box(esm_page).last).to_have_value("New")


def test_what_another_page_types_shows_unless_something_newer_is_typed_here(prompt_box):
    tell(prompt_box, "Theirs", page="other", turn=7)
    expect(box(prompt_box)).to_have_value("Theirs")
    box(prompt_box).fill("Mine")
    tell(prompt_box, "Theirs again", page="other", turn=8)
    expect(box(prompt_box)).to_have_value("Mine")
    (draft,) = prompt_box.wait_sent(2)[1:]
    tell(prompt_box, "Theirs too", page="other", turn=9)
    expect(box(prompt_box)).to_have_value("Mine")
    tell(prompt_box, "Mine", page=draft.content["page"], turn=draft.content["turn"])
    tell(prompt_box, "Theirs at last", page="other", turn=10)
    expect(box(prompt_box)).to_have_value("Theirs at last")


def test_what_python_sets_shows_whatever_is_typed(prompt_box):
    box(prompt_box).fill("Mine")
    prompt_box.deliver({"kind": "set", "text": "Set"})
    expect(box(prompt_box)).to_have_value("Set")
    before = len(prompt_box.sent)
    prompt_box.page.wait_for_timeout(400)
    assert len(prompt_box.sent) == before


def test_the_text_outlives_another_language_and_the_end_tells_it(prompt_box):
    box(prompt_box).fill("Mine")
    prompt_box.set("language", "zh")
    expect(prompt_box.views.get_by_role("textbox", name="提示词")).to_have_value("Mine")
    assert [draft["text"] for draft in sent(prompt_box, "draft")] == ["Mine"]
    box(prompt_box).fill("Mine too")
    prompt_box.remove()
    assert [draft["text"] for draft in sent(prompt_box, "draft")] == ["Mine", "Mine too"]
    assert (prompt_box.listeners, prompt_box.errors) == (0, [])


def test_a_text_too_long_for_a_message_is_one_line_and_not_sent(prompt_box):
    box(prompt_box).fill("x" * (prompt.MAX_CHARS + 1))
    button(prompt_box, "Ask").click()
    expect(prompt_box.views.get_by_role("alert")).to_contain_text("at most 500,000 characters")
    assert sent(prompt_box, "ask") == sent(prompt_box, "draft") == []


def test_the_box_grows_with_its_text_up_to_half_the_window(prompt_box):
    heights = []
    for lines in (1, 12, 200):
        box(prompt_box).fill("line\n" * lines)
        heights.append(box(prompt_box).bounding_box()["height"])
    small, larger, largest = heights
    assert small < larger < largest <= prompt_box.page.viewport_size["height"] / 2


def test_at_phone_width_nothing_overflows(esm_page):
    esm_page.page.set_viewport_size({"width": 390, "height": 844})
    started(esm_page, text="x" * 500)
    assert esm_page.page.evaluate(RIGHTMOST) <= 390


def test_everything_can_be_done_with_the_keyboard(prompt_box):
    keyboard = prompt_box.page.keyboard
    for _ in range(6):
        keyboard.press("Tab")
    keyboard.press("Enter")
    expect(box(prompt_box)).to_have_value("Where in this picture is the cat?")
    keyboard.press("Tab")
    keyboard.press("Space")
    assert [asked["text"] for asked in sent(prompt_box, "ask")] == [
        "Where in this picture is the cat?"
    ]
